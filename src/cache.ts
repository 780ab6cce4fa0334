import { expire, increment } from './cache/amend.ts'
import {
  askingMany,
  askingOne,
  type BatchFetcher,
  checkAmount,
  checkFetcher,
  checkObserver,
  checkPairs,
  checkSignal,
  checkValue,
  type Fetcher,
  type FetchOptions,
  type IncrementOptions,
  type Result,
  readFetchOptions,
  readIncrementOptions,
  readSetOptions,
  readStatsOptions,
  resultOf,
  type SetOptions,
} from './cache/calls.ts'
import { makeEntry } from './cache/fetch.ts'
import { followAll } from './cache/follow.ts'
import { allKeys, type Explanation, explain, firstHeld, serverInfo } from './cache/inspect.ts'
import { Keyspace } from './cache/keyspace.ts'
import { makeParts, type Parts } from './cache/parts.ts'
import { fetchBelow, fetchMany, getBelow, getMany, tellHit } from './cache/read.ts'
import { shutDown } from './cache/shut-down.ts'
import { snapshot } from './cache/snapshot.ts'
import { invalidate, replace, replaceFirst, type WriteResult } from './cache/write.ts'
import { type Duration, milliseconds } from './duration.ts'
import { remaining } from './entry/age.ts'
import { tagList } from './entry/answer.ts'
import { type Entry, NO_TAGS } from './entry/entry.ts'
import { valueIn } from './entry/held.ts'
import { EVERYTHING, keyScope, type Scope } from './entry/scope.ts'
import { TerraceError } from './errors.ts'
import type { Observer } from './events.ts'
import type { ServerInfo } from './level.ts'
import type { CacheStats } from './observe/stats.ts'
import { type CacheOptions, makePlan } from './plan.ts'
import type { GuardedLevel } from './remote/guarded-level.ts'

/**
 * Makes a cache over one or more levels.
 *
 * ```ts
 * const cache = createCache<User>({ levels: [memory({ maxEntries: 1_000 }), memory()], ttl: '10m' })
 * const { found, data } = await cache.getOrFetch('user:1', (key, { signal }) => db.users.find(1, { signal }))
 * ```
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function createCache<V = unknown>(options?: CacheOptions): MultiLevelCache<V> {
  const parts = makeParts(makePlan(options))
  followAll(parts)
  return new MultiLevelCache<V>(parts, new Keyspace('', parts.plan.maxKeyLength))
}

/**
 * Several levels behind one call. Made by {@link createCache}; a namespace of it is the same thing
 * with a prefix before every key.
 *
 * Except where a method says otherwise it rejects with `ERR_KEY_INVALID` for a key that is no string
 * or too long, `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for other
 * arguments, and `ERR_CLOSED` after `close`. A failing level fails no call.
 */
export class MultiLevelCache<V = unknown> {
  readonly #parts: Parts
  readonly #space: Keyspace
  readonly #first: GuardedLevel

  /** Not for callers: use {@link createCache}. */
  constructor(parts: Parts, space: Keyspace) {
    this.#parts = parts
    this.#space = space
    this.#first = parts.levels[0]!
  }

  /**
   * The value under `key`: from the first level that has it, else from `fetcher`, which runs once
   * for all who ask meanwhile. What was found or fetched is kept in every level above or passed.
   *
   * Rejects with what the fetcher throws, or with the reason of `options.signal`. Options are
   * checked when level 1 has no answer.
   */
  async getOrFetch<T extends V>(key: string, fetcher: Fetcher<T>, options?: FetchOptions): Promise<Result<T>> {
    // The hottest path there is: a hit awaits nothing. (V8's own promise beats Promise.resolve.)
    const full = this.#space.full(key)
    const held = this.#first.look(full)
    if (held === undefined || options?.signal?.aborted) return this.#fetchOne(key, fetcher, options)
    if (this.#parts.observers.any) tellHit(this.#parts, full)
    return resultOf<T>(held)
  }

  /** The value under `key`, or `undefined` if no level has one. Waits for no fetcher. */
  async get(key: string): Promise<V | undefined> {
    const full = this.#space.full(key)
    const held = this.#first.look(full)
    if (held === undefined) return this.#getBelow(key)
    if (this.#parts.observers.any) tellHit(this.#parts, full)
    return valueIn(held) as V | undefined
  }

  /**
   * The value under `key` if level 1 has it, at once. Neither counts nor touches. `undefined` always
   * where level 1 is not in this process.
   *
   * @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED`
   */
  peek(key: string): V | undefined {
    return valueIn(this.#first.peek(this.#enter('peek', key))) as V | undefined
  }

  /** Whether some level has a value under `key`. Neither counts nor touches. */
  async has(key: string): Promise<boolean> {
    return (await firstHeld(this.#parts, this.#enter('has', key)))?.found === true
  }

  /** Keeps a value in level 1 only, however it is called below. Resolves with whether level 1 kept it. */
  async put(key: string, value: V, options?: SetOptions): Promise<boolean> {
    const full = this.#enter('put', key)
    return replaceFirst(this.#parts, this.#entry('put', full, value, options))
  }

  /**
   * Writes a value into every level, deepest first. When it has resolved, no read of this process
   * gets anything older, even where a level failed. Concurrent writes of a key take effect in the
   * order of their calls. A ttl of 0 removes the key.
   */
  async set(key: string, value: V, options?: SetOptions): Promise<WriteResult> {
    const full = this.#enter('set', key)
    return replace(this.#parts, [this.#entry('set', full, value, options)])
  }

  /** {@link MultiLevelCache.set} for several keys, in one batch a level. A key given twice gets its last value. */
  async setMany(pairs: Iterable<readonly [string, V]>, options?: SetOptions): Promise<WriteResult> {
    this.#open('setMany')
    const entries = new Map<string, Entry>()
    for (const [key, value] of checkPairs(pairs)) {
      const full = this.#space.check(key, 'setMany')
      entries.set(full, this.#entry('setMany', full, value, options))
    }
    return replace(this.#parts, [...entries.values()])
  }

  /** Removes a key from every level, deepest first. When it has resolved, no read of this process gets the old value. */
  async delete(key: string): Promise<WriteResult> {
    return invalidate(this.#parts, [keyScope(this.#enter('delete', key))])
  }

  async deleteMany(keys: readonly string[]): Promise<WriteResult> {
    this.#open('deleteMany')
    return invalidate(this.#parts, this.#space.checkAll(keys, 'deleteMany').map(keyScope))
  }

  /** The values under several keys, in their order, `undefined` where no level has one. Levels are asked in batches. */
  async getMany(keys: readonly string[]): Promise<(V | undefined)[]> {
    this.#open('getMany')
    const held = await getMany(this.#parts, this.#space.checkAll(keys, 'getMany'))
    return held.map((each) => valueIn(each) as V | undefined)
  }

  /**
   * {@link MultiLevelCache.getOrFetch} for several keys: levels are asked in batches, and `fetcher`
   * once, with the keys that no level has and nobody fetches yet. Results come in the order of the keys.
   */
  async getOrFetchMany<T extends V>(
    keys: readonly string[],
    fetcher: BatchFetcher<T>,
    options?: FetchOptions,
  ): Promise<Result<T>[]> {
    this.#open('getOrFetchMany')
    checkFetcher('getOrFetchMany', fetcher)
    const { terms, signal } = readFetchOptions('getOrFetchMany', options, this.#parts.plan)
    const asked = this.#space.checkAll(keys, 'getOrFetchMany')
    checkSignal(signal)
    const ask = askingMany(fetcher, this.#space.prefix.length)
    const held = await fetchMany(this.#parts, asked, terms, signal, ask)
    return held.map((each) => resultOf<T>(each))
  }

  /** Invalidates everything kept under any of the tags, in every namespace. What is being fetched now is not kept either. */
  async invalidateTags(tags: readonly string[]): Promise<WriteResult> {
    this.#open('invalidateTags')
    const scopes = tagList(tags, 'invalidateTags: tags').map((tag): Scope => ({ kind: 'tag', tag }))
    return invalidate(this.#parts, scopes)
  }

  /** Removes everything, of a namespace everything in it. */
  async clear(): Promise<WriteResult> {
    this.#open('clear')
    const { prefix } = this.#space
    return invalidate(this.#parts, [prefix === '' ? EVERYTHING : { kind: 'prefix', prefix }])
  }

  /** Removes all keys that start with `prefix`. */
  async clearPrefix(prefix: string): Promise<WriteResult> {
    return invalidate(this.#parts, [{ kind: 'prefix', prefix: this.#enter('clearPrefix', prefix) }])
  }

  /** Gives a key a new time to live from now, in every level that holds it; 0 removes it. Resolves with whether any did. */
  async expire(key: string, ttl: Duration): Promise<boolean> {
    const full = this.#enter('expire', key)
    return expire(this.#parts, full, milliseconds(ttl, 'expire: ttl'))
  }

  /** Milliseconds the nearest copy of a key has left: `Infinity` for no end, `undefined` if no level has a value. */
  async ttl(key: string): Promise<number | undefined> {
    const entry = await firstHeld(this.#parts, this.#enter('ttl', key))
    return entry?.found === true ? remaining(entry, this.#parts.world.tick()) : undefined
  }

  /**
   * Adds `by` (default 1) to the number under a key in one step that no other write of this process
   * comes between; a key without value counts as 0. Resolves with the sum.
   *
   * Rejects with `ERR_NOT_A_NUMBER` if there is anything but a finite number, or would be.
   */
  async increment(key: string, by = 1, options?: IncrementOptions): Promise<number> {
    const full = this.#enter('increment', key)
    checkAmount(by)
    return increment(this.#parts, full, by, readIncrementOptions(options))
  }

  /** Every key with a value in a level that can list its keys, each once, in no order. Remembers the keys it has told. */
  async *keys(prefix = ''): AsyncGenerator<string, void, undefined> {
    const full = this.#enter('keys', prefix)
    for await (const key of allKeys(this.#parts, full)) yield this.#space.own(key)
  }

  /**
   * The counts of the whole cache and of each level, namespaces included. With `keys`, also up to so
   * many keys of each level, from least to most recently used (in the order its policy evicts).
   *
   * @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID`, `ERR_CLOSED`
   */
  stats(options?: { readonly keys?: number }): CacheStats {
    this.#open('stats')
    return snapshot(this.#parts, readStatsOptions(options))
  }

  /** What the servers of the levels tell of themselves, by name of the level; a level that has none, or does not answer, is left out. */
  async info(): Promise<Readonly<Record<string, ServerInfo>>> {
    this.#open('info')
    return serverInfo(this.#parts)
  }

  /** Where a key is now, level by level, and why it is or is not served. */
  async explain(key: string): Promise<Explanation> {
    return { ...(await explain(this.#parts, this.#enter('explain', key))), key }
  }

  /**
   * A part of this cache with keys, and a value type, of its own: `namespace<User>('users')` keeps
   * under `users:` before the key. It shares everything else: levels, tags, statistics, closing.
   *
   * @throws TerraceError `ERR_ARGUMENT_INVALID` for a name that is empty, over 100 characters or has a colon
   */
  namespace<U = V>(name: string): MultiLevelCache<U> {
    this.#open('namespace')
    return new MultiLevelCache<U>(this.#parts, this.#space.within(name))
  }

  /** Tells `observer` every event from now on, synchronously. @returns stops telling it */
  on(observer: Observer): () => void {
    this.#open('on')
    checkObserver(observer)
    return this.#parts.observers.add(observer)
  }

  /** Ends the levels' work and all timers. Calls that wait are answered; later ones reject with `ERR_CLOSED`. Can be repeated. */
  close(): Promise<void> {
    this.#parts.closing ??= shutDown(this.#parts)
    return this.#parts.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #fetchOne<T extends V>(key: string, fetcher: Fetcher<T>, options?: FetchOptions): Promise<Result<T>> {
    const full = this.#enter('getOrFetch', key)
    checkFetcher('getOrFetch', fetcher)
    const { terms, signal } = readFetchOptions('getOrFetch', options, this.#parts.plan)
    checkSignal(signal)
    return resultOf<T>(await fetchBelow(this.#parts, full, terms, signal, askingOne(fetcher, key)))
  }

  async #getBelow(key: string): Promise<V | undefined> {
    return valueIn(await getBelow(this.#parts, this.#enter('get', key))) as V | undefined
  }

  #entry(where: string, full: string, value: V, options: SetOptions | undefined): Entry {
    checkValue(where, value)
    const { ttl = this.#parts.plan.ttl, tags = NO_TAGS, version } = readSetOptions(where, options)
    return makeEntry(this.#parts, full, value, ttl, tags, version)
  }

  #open(where: string): void {
    if (this.#parts.closing !== undefined) throw new TerraceError('ERR_CLOSED', `${where}: the cache is closed`)
  }

  #enter(where: string, key: string): string {
    this.#open(where)
    return this.#space.check(key, where)
  }
}
