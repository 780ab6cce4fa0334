import { increment } from './cache/amend.ts'
import {
  askingMany,
  askingOne,
  type BatchFetcher,
  checkAmount,
  checkFetcher,
  checkPairs,
  checkSignal,
  checkValue,
  type Fetcher,
  type FetchOptions,
  type IncrementOptions,
  passesBy,
  type ReadOptions,
  type Result,
  readFetchOptions,
  readIncrementOptions,
  readSetOptions,
  resultOf,
  type SetCall,
  type SetOptions,
} from './cache/calls.ts'
import { fitting, fittingAsk } from './cache/fitting.ts'
import { entered } from './cache/keyed-cache.ts'
import { type Keyspace, wholeSpace } from './cache/keyspace.ts'
import { type NamespaceOptions, namespaceWithin } from './cache/namespace.ts'
import type { Parts } from './cache/parts.ts'
import { fetchFor, fetchManyFor, getFor, getManyFor } from './cache/read-after.ts'
import { upkept } from './cache/source.ts'
import { startUp } from './cache/start-up.ts'
import { tellHit } from './cache/tell-hit.ts'
import type { WarmOptions } from './cache/warm/options.ts'
import type { WarmReport } from './cache/warm/report.ts'
import { warm } from './cache/warm/warm.ts'
import { checkOpen, traced } from './cache/whole-cache.ts'
import { replace, replaceFirst, type WriteResult } from './cache/write.ts'
import type { Entry } from './entry/entry.ts'
import { valueIn } from './entry/held.ts'
import type { SpaceTally } from './observe/space-tally.ts'
import { type CacheOptions, makePlan } from './plan.ts'
import type { GuardedLevel } from './remote/guarded-level.ts'
import { WrappingCache } from './wrapping/wrapping-cache.ts'

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
  const parts = startUp(makePlan(options))
  return new MultiLevelCache<V>(parts, wholeSpace(parts.plan))
}

/** A cache whose values may be numbers. */
export interface HoldsNumbers {
  set(key: string, value: number): Promise<WriteResult>
}

/**
 * Several levels behind one call. Made by {@link createCache}; a namespace of it is the same thing
 * with a prefix before every key.
 *
 * Except where a method says otherwise it rejects with `ERR_KEY_INVALID` for a key that is no string
 * or too long, `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for other
 * arguments, and `ERR_CLOSED` after `close`. A failing level fails no call.
 */
export class MultiLevelCache<V = unknown> extends WrappingCache<V> {
  readonly #parts: Parts
  readonly #space: Keyspace
  readonly #tally: SpaceTally | undefined
  readonly #first: GuardedLevel

  /** Not for callers: use {@link createCache}. */
  constructor(parts: Parts, space: Keyspace) {
    super(parts, space)
    this.#parts = parts
    this.#space = space
    this.#tally = space.traits.tally
    this.#first = parts.levels[0]!
  }

  /**
   * The value under `key`: from the first level that has it, else from `fetcher`, which runs once
   * for all who ask meanwhile. What was found or fetched is kept in every level above or passed.
   *
   * Rejects with what the fetcher throws, or with the reason of `options.signal`. Options are
   * checked when level 1 has no answer.
   */
  getOrFetch<T extends V, S = T>(key: string, fetcher: Fetcher<T, S>, options?: FetchOptions<T>): Promise<Result<T>> {
    // The hottest path there is. What awaits is a function of its own: V8 makes nothing quick of one that may be left
    // and come back to, and a promise of an async function's own beats Promise.resolve.
    const full = this.#space.full(key)
    const held = options !== undefined && passesBy(options) ? undefined : this.#first.look(full)
    return held === undefined ? this.#fetchMissed<T, S>(key, fetcher, options) : this.#found<T>(full, held)
  }

  /** The value under `key`, or `undefined` if no level has one. Waits for no fetcher. */
  get(key: string, options?: ReadOptions): Promise<V | undefined> {
    const full = this.#space.full(key)
    const held = options === undefined ? this.#first.look(full) : undefined
    return held === undefined ? this.#getMissed(key, options) : this.#got(full, held)
  }

  /**
   * The value under `key` if level 1 has it, at once. Neither counts nor touches. `undefined` always
   * where level 1 is not in this process.
   *
   * @throws TerraceError `ERR_KEY_INVALID`, `ERR_CLOSED`
   */
  peek(key: string): V | undefined {
    return valueIn(this.#first.peek(entered(this.#parts, this.#space, 'peek', key))) as V | undefined
  }

  /** Keeps a value in level 1 only, however it is called below. Resolves with whether level 1 kept it. */
  async put(key: string, value: V, options?: SetOptions): Promise<boolean> {
    const full = entered(this.#parts, this.#space, 'put', key)
    const entry = this.#entry('put', full, value, this.#setCall('put', options))
    return traced(this.#parts, 'put', [full], () => replaceFirst(this.#parts, entry))
  }

  /**
   * Writes a value into every level, deepest first. When it has resolved, no read of this process
   * gets anything older, even where a level failed. Concurrent writes of a key take effect in the
   * order of their calls. A ttl of 0 removes the key.
   */
  async set(key: string, value: V, options?: SetOptions): Promise<WriteResult> {
    const full = entered(this.#parts, this.#space, 'set', key)
    const call = this.#setCall('set', options)
    const entries = [this.#entry('set', full, value, call)]
    return traced(this.#parts, 'set', [full], () => replace(this.#parts, entries, call.route))
  }

  /** {@link MultiLevelCache.set} for several keys, in one batch a level. A key given twice gets its last value. */
  async setMany(pairs: Iterable<readonly [string, V]>, options?: SetOptions): Promise<WriteResult> {
    checkOpen(this.#parts, 'setMany')
    const call = this.#setCall('setMany', options)
    const entries = new Map<string, Entry>()
    for (const [key, value] of checkPairs(pairs)) {
      const full = this.#space.check(key, 'setMany')
      entries.set(full, this.#entry('setMany', full, value, call))
    }
    return traced(this.#parts, 'setMany', [...entries.keys()], () =>
      replace(this.#parts, [...entries.values()], call.route),
    )
  }

  /** The values under several keys, in their order, `undefined` where no level has one. Levels are asked in batches. */
  async getMany(keys: readonly string[], options?: ReadOptions): Promise<(V | undefined)[]> {
    checkOpen(this.#parts, 'getMany')
    const asked = this.#space.checkAll(keys, 'getMany')
    const held = await traced(this.#parts, 'getMany', asked, () => getManyFor(this.#parts, asked, options))
    return held.map((each) => valueIn(each) as V | undefined)
  }

  /**
   * {@link MultiLevelCache.getOrFetch} for several keys: levels are asked in batches, and `fetcher`
   * once, with the keys that no level has and nobody fetches yet. Results come in the order of the keys.
   */
  async getOrFetchMany<T extends V, S = T>(
    keys: readonly string[],
    fetcher: BatchFetcher<T, S>,
    options?: FetchOptions<T>,
  ): Promise<Result<T>[]> {
    checkOpen(this.#parts, 'getOrFetchMany')
    checkFetcher('getOrFetchMany', fetcher)
    const call = readFetchOptions('getOrFetchMany', options, this.#space.traits.terms, this.#parts.levels)
    const asked = this.#space.checkAll(keys, 'getOrFetchMany')
    checkSignal(call.signal)
    const many = askingMany(fetcher, this.#space)
    const ask = fittingAsk(this.#space.traits.writes, 'getOrFetchMany', many)
    const held = await traced(this.#parts, 'getOrFetchMany', asked, () => fetchManyFor(this.#parts, asked, call, ask))
    return held.map((each) => resultOf<T>(each))
  }

  /**
   * Adds `by` (default 1) to the number under a key in one step that no other write of this process
   * comes between; a key without value counts as 0. Resolves with the sum.
   *
   * Rejects with `ERR_NOT_A_NUMBER` if there is anything but a finite number, or would be. Sums are numbers as
   * JavaScript has them: whole ones are exact up to `Number.MAX_SAFE_INTEGER`, and rounded beyond.
   */
  async increment(
    this: MultiLevelCache<V> & HoldsNumbers,
    key: string,
    by = 1,
    options?: IncrementOptions,
  ): Promise<number> {
    const full = entered(this.#parts, this.#space, 'increment', key)
    checkAmount(by)
    const ttl = readIncrementOptions(options)
    return traced(this.#parts, 'increment', [full], () =>
      increment(this.#parts, full, by, ttl, this.#space.traits.terms),
    )
  }

  /**
   * Brings keys into level 1 before they are asked for: from the levels below, and with `fetch` or `fetchMany` from
   * the source; or what another cache of this process holds in its level 1, the hottest first. Counts as no
   * request, and never evicts: it ends where level 1 is full. A key that fails is counted.
   */
  async warm<T extends V>(from: Iterable<string> | MultiLevelCache, options?: WarmOptions<T>): Promise<WarmReport> {
    checkOpen(this.#parts, 'warm')
    const place = from instanceof MultiLevelCache ? { parts: from.#parts, space: from.#space } : from
    return warm({ parts: this.#parts, space: this.#space }, place, options)
  }

  /**
   * A part of this cache with keys, and a value type, of its own: `namespace<User>('users')` keeps under `users:`
   * before the key. It shares levels, tags and closing. With options it has its own defaults, bounds, schema and
   * statistics; declare it so once, then ask for it by its name.
   *
   * @throws TerraceError `ERR_ARGUMENT_INVALID` for a name that is empty, over 100 characters or has `:` or `@` in it,
   * `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` (also if it was declared with other options), `ERR_CLOSED`
   */
  namespace<U = V>(name: string, options?: NamespaceOptions<U>): MultiLevelCache<U> {
    checkOpen(this.#parts, 'namespace')
    const space = namespaceWithin(this.#parts, this.#space, name, options)
    this.#parts.advisor.noteSpace(space.prefix)
    return new MultiLevelCache<U>(this.#parts, space)
  }

  async #found<T>(full: string, held: unknown): Promise<Result<T>> {
    if (this.#tally !== undefined) this.#tally.near++
    if (this.#parts.observers.hearsHits) tellHit(this.#parts, full, 'getOrFetch')
    return resultOf<T>(held)
  }

  async #got(full: string, held: unknown): Promise<V | undefined> {
    if (this.#tally !== undefined) this.#tally.near++
    if (this.#parts.observers.hearsHits) tellHit(this.#parts, full, 'get')
    return valueIn(held) as V | undefined
  }

  async #fetchMissed<T, S>(key: string, fetcher: Fetcher<T, S>, options?: FetchOptions<T>): Promise<Result<T>> {
    return resultOf<T>(await this.#fetchOne(key, fetcher, options))
  }

  async #getMissed(key: string, options: ReadOptions | undefined): Promise<V | undefined> {
    return valueIn(await this.#getBelow(key, options)) as V | undefined
  }

  // Not async: an async function that hands on the promise of another settles three turns later.

  #fetchOne<T, S>(key: string, fetcher: Fetcher<T, S>, options?: FetchOptions<T>): Promise<unknown> {
    const full = entered(this.#parts, this.#space, 'getOrFetch', key)
    checkFetcher('getOrFetch', fetcher)
    const call = readFetchOptions('getOrFetch', options, this.#space.traits.terms, this.#parts.levels)
    checkSignal(call.signal)
    const ask = fittingAsk(this.#space.traits.writes, 'getOrFetch', askingOne(fetcher, key))
    return traced(this.#parts, 'getOrFetch', [full], () => fetchFor(this.#parts, full, call, ask))
  }

  #getBelow(key: string, options: ReadOptions | undefined): Promise<unknown> {
    const full = entered(this.#parts, this.#space, 'get', key)
    const get = () => getFor(this.#parts, full, options)
    return this.#parts.observers.traces ? traced(this.#parts, 'get', [full], get) : get()
  }

  #setCall(where: string, options: SetOptions | undefined): SetCall {
    return readSetOptions(where, options, this.#parts.levels)
  }

  #entry(where: string, full: string, value: V, { keep }: SetCall): Entry {
    checkValue(where, value)
    const fit = fitting(this.#space.traits.writes, where, full, value)
    return upkept(this.#parts, full, fit, keep, this.#space.traits.terms, 0)
  }
}
