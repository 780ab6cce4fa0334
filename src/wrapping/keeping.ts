import { checkPairs, checkValue, type FetchOptions, type SetOptions } from '../cache/calls.ts'
import { together, type WriteResult } from '../cache/write.ts'
import { shown, TerraceError } from '../errors.ts'
import type { SourceCache } from './cache-verbs.ts'
import type { CallerOptions, Pair, Source } from './source.ts'
import type { WrittenVersions } from './source-calls.ts'

/** What was written to a source, with how the cache is to keep it. */
export interface Written<V> {
  readonly key: string
  readonly value: V
  readonly options: SetOptions | undefined
}

/**
 * Throws for options that `set` would not take, where it is not said otherwise with these defaults; what it returns
 * throws for keys and values that it would not take. The source must not be told what the cache refuses.
 */
export type SetCheck<V> = (options: SetOptions | undefined, defaults: SetOptions) => (key: string, value: V) => void

/** The cache in front of a source: what is read through it, and what it keeps of what was written. */
export class Keeping<V> {
  readonly #cache: SourceCache<V>
  readonly #source: Source<V>
  readonly #fetch: FetchOptions<V>
  readonly #defaults: SetOptions
  readonly #keepsUnversioned: boolean
  readonly #checkSet: SetCheck<V>

  /**
   * @param fetch options of reads, of which `ttl`, `tags`, `staleFor` and `priority` hold for writes as well
   * @param keepsUnversioned whether nobody else writes what is written here: then the last write of this process is
   * what the source has. If others do, only versions can tell whose write was the last.
   */
  constructor(
    cache: SourceCache<V>,
    source: Source<V>,
    fetch: FetchOptions<V>,
    keepsUnversioned: boolean,
    checkSet: SetCheck<V>,
  ) {
    this.#cache = cache
    this.#source = source
    this.#fetch = fetch
    const { ttl, tags, staleFor, priority } = fetch
    this.#defaults = { ttl, tags, staleFor, priority }
    this.#keepsUnversioned = keepsUnversioned
    this.#checkSet = checkSet
  }

  /** Reads one value. */
  async get(key: string, options: CallerOptions | undefined): Promise<V | undefined> {
    const { data } = await this.#cache.getOrFetch(key, this.#source.read, this.#with(options))
    return data
  }

  /** Reads several values. */
  async getMany(keys: readonly string[], options: CallerOptions | undefined): Promise<(V | undefined)[]> {
    const { readMany } = this.#source
    if (readMany === undefined && Array.isArray(keys)) return Promise.all(keys.map((key) => this.get(key, options)))
    const results = await this.#cache.getOrFetchMany(keys, readMany!, this.#with(options))
    return results.map(({ data }) => data)
  }

  /** Pairs as a map, each key with its last value. @throws TerraceError as the cache does, and before anything has changed */
  checked(pairs: Iterable<Pair<V>>, options: SetOptions | undefined): Map<string, V> {
    const check = this.#checkSet(options, this.#defaults)
    const values = new Map<string, V>()
    for (const [key, value] of checkPairs(pairs)) {
      checkValue('set', value)
      check(key, value)
      values.set(key, value)
    }
    this.checkKeys(values.keys())
    return values
  }

  /** @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED` */
  checkKeys(keys: Iterable<string>): void {
    for (const key of keys) this.#cache.peek(key)
  }

  /** The keys, each once. @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_KEY_INVALID`, `ERR_CLOSED` */
  checkedKeys(keys: unknown): readonly string[] {
    if (!Array.isArray(keys)) {
      throw new TerraceError('ERR_ARGUMENT_INVALID', `delete: expected an array of keys, got ${shown(keys)}`)
    }
    const all = [...new Set<string>(keys)]
    this.checkKeys(all)
    return all
  }

  /** Writes values into the cache, whatever the source has. */
  write(values: Iterable<Pair<V>>, options: SetOptions | undefined): Promise<WriteResult> {
    return this.#cache.setMany(values, this.#keepAs(options))
  }

  /** Keeps what the source has taken, as far as it is known to be the last it took; forgets the rest. */
  async keep(written: readonly Written<V>[], versions: WrittenVersions): Promise<WriteResult> {
    const gone: string[] = []
    const plain = new Map<SetOptions | undefined, Pair<V>[]>()
    const results: Promise<WriteResult>[] = []
    for (const [n, { key, value, options }] of written.entries()) {
      const version = versions[n]
      if (version !== undefined) results.push(this.#cache.set(key, value, { ...this.#keepAs(options), version }))
      else if (!this.#keepsUnversioned && options?.version === undefined) gone.push(key)
      else if (plain.has(options)) plain.get(options)!.push([key, value])
      else plain.set(options, [[key, value]])
    }
    for (const [options, pairs] of plain) results.push(this.write(pairs, options))
    if (gone.length > 0) results.push(this.forget(gone))
    return together(await Promise.all(results))
  }

  forget(keys: readonly string[]): Promise<WriteResult> {
    return this.#cache.deleteMany(keys)
  }

  #keepAs(options: SetOptions | undefined): SetOptions {
    return options === undefined ? this.#defaults : { ...this.#defaults, ...options }
  }

  #with(options: CallerOptions | undefined): FetchOptions<V> {
    return options === undefined ? this.#fetch : { ...this.#fetch, ...options, signal: options.signal }
  }
}
