import { type Duration, milliseconds } from '../duration.ts'
import { type Answer, isAnswer, type Keep, type KeepOptions, keepSchema } from '../entry/answer.ts'
import { ABSENT } from '../entry/held.ts'
import type { LevelUses } from '../entry/level-use.ts'
import { shown, TerraceError } from '../errors.ts'
import { abortSignal, type Check, flag, integer, readOptions } from '../options.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { type Ask, type BatchContext, type FetchContext, ManyContext, OneContext } from './fetch-context.ts'
import type { Keyspace } from './keyspace.ts'
import type { Aim } from './parts.ts'
import { type Route, readRoute } from './route.ts'
import { type FreshnessOptions, freshnessSchema, type Terms, withTerms } from './terms.ts'
import { checkToken } from './token-text.ts'

/** What `getOrFetch` answers. `null`, `0`, `''`, `false` and `NaN` are data like any other. */
export type Result<T> = { readonly found: true; readonly data: T } | { readonly found: false; readonly data: undefined }

/**
 * Gets a value from its source, called when no level has it. Returns the value, `undefined` or
 * `notFound()` for nothing, or `found(value, …)` to say how it is kept; what it throws, its callers get. `S` is the
 * type of the stale copy it is given: a type of its own, so that `T` can follow from what is returned.
 */
export type Fetcher<T, S = T> = (key: string, context: FetchContext<S>) => Answer<T> | PromiseLike<Answer<T>>

/** What a {@link BatchFetcher} returns: answers in the order of the keys, or by key; what is left out was not found. */
export type BatchAnswer<T> = readonly Answer<T>[] | ReadonlyMap<string, Answer<T>>

/** Gets the values of several keys at once. `S` as of a {@link Fetcher}. */
export type BatchFetcher<T, S = T> = (
  keys: readonly string[],
  context: BatchContext<S>,
) => BatchAnswer<T> | PromiseLike<BatchAnswer<T>>

/** Options of `get`, `getMany` and `has`. */
export interface ReadOptions {
  /** A `token()` of another process: nothing is returned that its writes have replaced or invalidated. Default: what the session must not be behind, if there is one. */
  readonly after?: string | undefined
  /**
   * How long ago this process may last have heard of everything that others invalidated, instead of the levels' own
   * `maxStaleness`; else the shared level is asked first, once. 0: always. Default: what the levels say.
   */
  readonly maxStaleness?: Duration | undefined
}

/** Options of `getOrFetch` and `getOrFetchMany`. */
export interface FetchOptions<T = unknown> extends FreshnessOptions, ReadOptions {
  /** How long a fetched value may be served, unless the fetcher says. Default: the cache's `ttl`. */
  readonly ttl?: Duration | undefined
  /** Tags of a fetched value, unless the fetcher says. Default: none. */
  readonly tags?: readonly string[] | undefined
  /** This caller's own: when it aborts, the call rejects with its reason at once, and others go on waiting. */
  readonly signal?: AbortSignal | undefined
  /** What is answered, and not kept, when the fetch fails or takes too long and there is no stale copy: a value, or what a function returns. */
  readonly fallback?: T | (() => T) | undefined
  /** Fetches anew whatever the levels hold, and keeps the result in all of them. Default: `false`. */
  readonly bypass?: boolean | undefined
  /** Levels this call does not ask, or does not fill, or for a time of its own: `{ L1: false }`, `{ redis: { ttl: '1h' } }`. */
  readonly levels?: LevelUses | undefined
  /** Answers from the levels alone, without a fetch: not found is not found. Default: `false`. */
  readonly onlyIfCached?: boolean | undefined
}

/** Options of `set`, `setMany` and `put`. */
export interface SetOptions extends KeepOptions {
  /** Levels that do not keep the value, or for a time of their own. In one that does not, the key is invalidated. Not for `put`. */
  readonly levels?: LevelUses | undefined
}

/** Options of `increment`. */
export interface IncrementOptions {
  /** A new time to live. Default: the key keeps the time it has left; a new key gets the cache's `ttl`. */
  readonly ttl?: Duration | undefined
}

/** {@link FetchOptions}, checked. */
export interface FetchCall {
  readonly terms: Terms
  readonly signal: AbortSignal | undefined
  readonly fallback: (() => unknown) | undefined
  /** What of the levels will do. */
  readonly aim: Aim
  readonly onlyIfCached: boolean
  readonly route?: Route | undefined
  /** A token. */
  readonly after?: string | undefined
  /** Milliseconds. */
  readonly maxStaleness?: number | undefined
  /** Takes no stale copy, and joins nobody who may have taken what cannot be proven. */
  readonly isStrict?: boolean | undefined
}

const fallbackOf: Check<() => unknown> = (value) =>
  typeof value === 'function' ? (value as () => unknown) : () => value

const fetchSchema = {
  ...freshnessSchema,
  ttl: keepSchema.ttl,
  tags: keepSchema.tags,
  signal: abortSignal,
  fallback: fallbackOf,
  bypass: flag,
  onlyIfCached: flag,
  levels: usesOf,
  after: checkToken,
  maxStaleness: milliseconds,
}

/** The names of {@link FetchOptions}. */
export const FETCH_OPTIONS: readonly string[] = Object.freeze(Object.keys(fetchSchema))

function usesOf(value: unknown): LevelUses {
  return value as LevelUses
}

/** @param terms those of the cache or namespace */
export function readFetchOptions(
  where: string,
  options: FetchOptions | undefined,
  terms: Terms,
  levels: readonly GuardedLevel[],
): FetchCall {
  if (options === undefined) return { terms, signal: undefined, fallback: undefined, aim: 'fresh', onlyIfCached: false }
  const read = readOptions(where, fetchSchema, options)
  const { signal, fallback, bypass = false, onlyIfCached = false, after, maxStaleness, levels: uses, ...said } = read
  if (bypass && onlyIfCached) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `${where}: bypass asks the source, and onlyIfCached does not: take one`,
    )
  }
  const route = readRoute(where, uses, levels)
  const aim = bypass ? 'nothing' : 'fresh'
  return { terms: withTerms(terms, said), signal, fallback, aim, onlyIfCached, route, after, maxStaleness }
}

/** Whether a call may not be answered with what level 1 holds, however fresh. */
export function passesBy(options: FetchOptions): boolean {
  if (options === null) return true // which whoever reads the options refuses
  const { bypass, after, maxStaleness, levels, signal } = options
  const isPlain = after === undefined && maxStaleness === undefined && levels === undefined
  return !isPlain || bypass === true || signal?.aborted === true
}

/** @throws the reason of a signal that has aborted already */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason
}

export function readReadOptions(
  where: string,
  options: ReadOptions | undefined,
): Pick<FetchCall, 'after' | 'maxStaleness'> {
  return readOptions(where, { after: checkToken, maxStaleness: milliseconds }, options)
}

/** {@link SetOptions}, checked. */
export interface SetCall {
  readonly keep: Keep
  readonly route: Route | undefined
}

export function readSetOptions(
  where: string,
  options: SetOptions | undefined,
  levels: readonly GuardedLevel[],
): SetCall {
  const { levels: uses, ...keep } = readOptions(where, setSchema, options)
  if (uses !== undefined && where === 'put') {
    throw new TerraceError('ERR_OPTION_INVALID', 'put: levels: put keeps a value in level 1 and nowhere else; use set')
  }
  return { keep, route: readRoute(where, uses, levels) }
}

const setSchema = { ...keepSchema, levels: usesOf }

export function readIncrementOptions(options: IncrementOptions | undefined): number | undefined {
  return readOptions('increment', { ttl: milliseconds }, options).ttl
}

/** Options of `stats`. */
export interface StatsOptions {
  /** Up to so many keys of each level, from least to most recently used (in the order its policy evicts). Default: 0. */
  readonly keys?: number | undefined
  /** Up to so many keys of each queue of a level's policy, where it has queues. Default: 0. */
  readonly queues?: number | undefined
}

export function readStatsOptions(options: StatsOptions | undefined): {
  readonly keys: number
  readonly queues: number
} {
  const most = integer(0, 1_000_000)
  const { keys = 0, queues = 0 } = readOptions('stats', { keys: most, queues: most }, options)
  return { keys, queues }
}

export function resultOf<T>(held: unknown): Result<T> {
  return held === undefined || held === ABSENT ? { found: false, data: undefined } : { found: true, data: held as T }
}

/** A fetcher of one key, asked for a batch of one. The caller's own key is passed on, without its namespace. */
export function askingOne<T, S>(fetcher: Fetcher<T, S>, key: string): Ask {
  return async ([wanted], errand) => [await fetcher(key, new OneContext(key, errand, wanted!.spare))]
}

/** A fetcher of many keys. What it tells in a `Map` of others that it was not asked for is kept as well. */
export function askingMany<T, S>(fetcher: BatchFetcher<T, S>, space: Keyspace): Ask {
  const strip = space.prefix.length
  return async (wanted, errand) => {
    const keys = wanted.map(({ key }) => key.slice(strip))
    errand.extras.begin()
    const answers: unknown = await fetcher(keys, new ManyContext<S>(wanted, errand, strip))
    if (answers instanceof Map) {
      const asked = new Set(keys)
      for (const [key, answer] of answers) {
        if (!asked.has(key)) errand.extras.add(space.check(key, 'getOrFetchMany: an answer for a key'), answer)
      }
      return keys.map((key) => answers.get(key))
    }
    if (Array.isArray(answers) && answers.length === keys.length) return answers
    const promised = `an array of ${keys.length} answers in the order of the keys, or a Map by key`
    throw new TerraceError(
      'ERR_ARGUMENT_INVALID',
      `getOrFetchMany: expected the fetcher to return ${promised}, got ${shown(answers)}`,
    )
  }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if `value` is no function */
export function checkFetcher(where: string, value: unknown): void {
  if (typeof value !== 'function') {
    throw new TerraceError('ERR_ARGUMENT_INVALID', `${where}: expected a fetcher (function), got ${shown(value)}`)
  }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if `by` is no finite number */
export function checkAmount(by: unknown): void {
  if (Number.isFinite(by)) return
  throw new TerraceError('ERR_ARGUMENT_INVALID', `increment: expected a finite number to add, got ${shown(by)}`)
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if `value` is `undefined` or `ABSENT`, which no level can tell from nothing, or an answer of a fetcher */
export function checkValue(where: string, value: unknown): void {
  if (value === undefined || value === ABSENT) {
    throw new TerraceError(
      'ERR_ARGUMENT_INVALID',
      `${where}: expected a value, got ${shown(value)}; use delete to remove one`,
    )
  }
  if (isAnswer(value)) {
    const text = `${where}: found() and notFound() are answers of a fetcher; pass the value itself, and how it is kept as options`
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` if this is no iterable of pairs */
export function* checkPairs<V>(pairs: Iterable<readonly [string, V]>): Generator<readonly [string, V]> {
  if (typeof pairs !== 'object' || pairs === null || typeof pairs[Symbol.iterator] !== 'function') {
    throw new TerraceError('ERR_ARGUMENT_INVALID', `setMany: expected pairs of key and value, got ${shown(pairs)}`)
  }
  for (const pair of pairs) {
    if (Array.isArray(pair) && pair.length === 2) yield pair
    else throw new TerraceError('ERR_ARGUMENT_INVALID', `setMany: expected [key, value], got ${shown(pair)}`)
  }
}
