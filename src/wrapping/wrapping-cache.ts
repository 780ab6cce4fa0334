import type { BatchFetcher, Fetcher, FetchOptions, Result, SetOptions } from '../cache/calls.ts'
import { readFetchOptions, readSetOptions } from '../cache/calls.ts'
import { fitting } from '../cache/fitting.ts'
import { KeyedCache } from '../cache/keyed-cache.ts'
import type { Keyspace } from '../cache/keyspace.ts'
import type { Parts } from '../cache/parts.ts'
import { tagged } from '../cache/source.ts'
import { DEFAULT_TERMS } from '../cache/terms.ts'
import { checkOpen } from '../cache/whole-cache.ts'
import type { WriteResult } from '../cache/write.ts'
import type { Answer } from '../entry/answer.ts'
import { NO_TAGS } from '../entry/entry.ts'
import type { SourceCache } from './cache-verbs.ts'
import type { Source, Through } from './source.ts'
import { type ThroughOptions, through } from './through.ts'
import { type WrappedOf, wrap } from './wrap.ts'
import { WrappedNames } from './wrapped-names.ts'
import type { WrapOptionsOf } from './wrapping.ts'

/** What a cache does for functions and sources, by means of nothing but what it does for keys. */
export abstract class WrappingCache<V> extends KeyedCache implements SourceCache<V> {
  readonly #parts: Parts
  readonly #space: Keyspace
  readonly #names = new WrappedNames()

  constructor(parts: Parts, space: Keyspace) {
    super(parts, space)
    this.#parts = parts
    this.#space = space
  }

  abstract getOrFetch<T extends V, S = T>(
    key: string,
    fetcher: Fetcher<T, S>,
    options?: FetchOptions<T>,
  ): Promise<Result<T>>
  abstract getOrFetchMany<T extends V, S = T>(
    keys: readonly string[],
    fetcher: BatchFetcher<T, S>,
    options?: FetchOptions<T>,
  ): Promise<Result<T>[]>
  abstract peek(key: string): V | undefined
  abstract set(key: string, value: V, options?: SetOptions): Promise<WriteResult>
  abstract setMany(pairs: Iterable<readonly [string, V]>, options?: SetOptions): Promise<WriteResult>

  /**
   * A function of the same arguments whose results are kept here, for `getOrFetch` would do what the function does:
   *
   * ```ts
   * const getUser = cache.wrap(fetchUser, { key: (id) => `user:${id}`, ttl: '5m' })
   * ```
   *
   * It rejects with what the function throws, and where a key cannot be made of the arguments (`ERR_KEY_INVALID`).
   *
   * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
   */
  wrap<F extends (...args: never[]) => Answer<V> | PromiseLike<Answer<V>>>(
    code: F,
    options?: WrapOptionsOf<F>,
  ): WrappedOf<F> {
    checkOpen(this.#parts, 'wrap')
    return wrap(this, code, options, this.#names, (passedOn) => this.#check('wrap', passedOn))
  }

  /**
   * A source that is read and written through this cache, at once or, with `behind`, later:
   *
   * ```ts
   * const users = cache.through({ read: (key) => db.find(key), write: (entries) => db.save(entries) }, { ttl: '5m' })
   * await users.set('user:1', user)
   * ```
   *
   * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
   */
  through<T extends V, S = T>(source: Source<T, S>, options?: ThroughOptions<T>): Through<T> {
    checkOpen(this.#parts, 'through')
    const { isFar, world, closers } = this.#parts
    const cache = this as unknown as SourceCache<T>
    const close = (within: number): Promise<void> => made.close({ within })
    const made: Through<T> = through(cache, source as unknown as Source<T>, options, {
      world,
      isShared: isFar,
      checkFetch: (passedOn) => this.#check('through', passedOn),
      checkSet: (given, defaults) => this.#checkSet(given, defaults),
      onClosed: () => closers.delete(close),
    })
    closers.add(close)
    return made
  }

  #checkSet(options: SetOptions | undefined, defaults: SetOptions): (key: string, value: unknown) => void {
    const { tags = defaults.tags ?? NO_TAGS } = readSetOptions('set', options, this.#parts.levels).keep
    const { terms, writes } = this.#space.traits
    tagged(tags, terms.ownTags)
    return (key, value) => void fitting(writes, 'set', this.#space.check(key, 'set'), value)
  }

  #check(where: string, options: FetchOptions): void {
    readFetchOptions(where, options, DEFAULT_TERMS, this.#parts.levels)
  }
}
