import { type Duration, durationWithin } from '../duration.ts'
import { type Check, callable, expected, integer, number, readOptions } from '../options.ts'
import type { AdaptiveBounds } from './adaptive-limit.ts'

/** Bounds of a limit that follows the latency of the source. */
export interface AdaptiveOptions {
  /**
   * The fewest concurrent fetches allowed (1 to 1,000), which is also how few there are while the latency of
   * the source at rest is measured. Default: 3.
   */
  readonly min?: number | undefined
  /** The most concurrent fetches allowed: up to 100,000. Default: 200. */
  readonly max?: number | undefined
  /** How many are allowed at first. Default: 20, or what of `min` and `max` is nearest to that. */
  readonly initial?: number | undefined
}

/** When a fetch that failed is tried again. */
export interface RetryOptions {
  /** How often a fetch is tried again at most, after the first time: 1 to 10. Default: 2. */
  readonly attempts?: number | undefined
  /**
   * How many fetches may be retries, as a fraction of the others, both within the last ten seconds: 0 to 1.
   * Three in ten seconds are always allowed. Default: 0.1.
   */
  readonly budget?: number | undefined
  /**
   * The pause before the first retry is drawn between 0 and this, before each further one between 0 and twice
   * as much as before: at most 10 seconds. Default: 50 ms.
   */
  readonly backoff?: Duration | undefined
  /** Whether a fetch that failed with this is tried again. Default: always, unless it is an error of this library. */
  readonly on?: ((error: unknown) => boolean) | undefined
}

/** How the source is spared: options of a cache. */
export interface SourceOptions {
  /**
   * How many fetches may be under way at a time, a batch counting as one: 1 to 100,000, or `'adaptive'` (or its
   * bounds) for a limit that follows the latency of the source. Default: no limit.
   */
  readonly maxConcurrent?: number | 'adaptive' | AdaptiveOptions | undefined
  /** How many fetches may wait for their turn; those beyond are shed. 0 to 1,000,000. Default: 1,000. */
  readonly maxQueued?: number | undefined
  /** How long a fetch may wait for its turn before it is shed: 1 ms to one hour. Default: 5 seconds. */
  readonly maxQueueTime?: Duration | undefined
  /**
   * For how long a fetch is counted as under way at most; one that takes longer goes on, uncounted, so that
   * fetchers that never end do not hold the places of others for good. 1 ms to one day. Default: one minute.
   */
  readonly maxFetchTime?: Duration | undefined
  /** When a fetch that failed is tried again. `{}` for the defaults. Default: never. */
  readonly retries?: RetryOptions | undefined
}

/** {@link RetryOptions}, checked and complete. */
export interface RetrySettings {
  readonly attempts: number
  readonly budget: number
  readonly backoff: number
  readonly on: ((error: unknown) => boolean) | undefined
}

/** {@link SourceOptions}, checked and complete. */
export interface SourceSettings {
  /** `Infinity` for no limit. */
  readonly maxConcurrent: number | AdaptiveBounds
  readonly maxQueued: number
  readonly maxQueueTime: number
  readonly maxFetchTime: number
  readonly retries: RetrySettings | undefined
}

const MOST_CONCURRENT = 100_000
const DEFAULT_BOUNDS = { min: 3, max: 200, initial: 20 }
const DEFAULT_RETRIES = { attempts: 2, budget: 0.1, backoff: 50, on: undefined }
const LONGEST_BACKOFF = 10_000
const HOUR = 3_600_000

const adaptiveSchema = {
  min: integer(1, 1000),
  max: integer(1, MOST_CONCURRENT),
  initial: integer(1, MOST_CONCURRENT),
}

const retrySchema = {
  attempts: integer(1, 10),
  budget: number(0, 1),
  backoff: durationWithin(0, LONGEST_BACKOFF, 'a duration of up to 10 seconds'),
  on: callable<(error: unknown) => boolean>(),
}

const schema = {
  maxConcurrent: concurrency,
  maxQueued: integer(0, 1_000_000),
  maxQueueTime: durationWithin(1, HOUR, 'a duration from 1 ms to one hour'),
  maxFetchTime: durationWithin(1, 24 * HOUR, 'a duration from 1 ms to one day'),
  retries: retrySettings,
}

/** How the source is spared; `undefined` where nothing is asked for. */
export const sourceCheck: Check<SourceSettings | undefined> = (value, where) => {
  const read = readOptions(where, schema, value)
  const { maxConcurrent, maxQueued = 1000, maxQueueTime = 5000, maxFetchTime = 60_000, retries } = read
  for (const name of ['maxQueued', 'maxQueueTime', 'maxFetchTime'] as const) {
    if (maxConcurrent !== undefined || read[name] === undefined) continue
    return expected('maxConcurrent beside it, for without a limit nothing waits', read[name], `${where}: ${name}`)
  }
  if (maxConcurrent === undefined && retries === undefined) return undefined
  const limit = maxConcurrent ?? Number.POSITIVE_INFINITY
  return Object.freeze({ maxConcurrent: limit, maxQueued, maxQueueTime, maxFetchTime, retries })
}

function retrySettings(value: unknown, where: string): RetrySettings {
  if (typeof value === 'number') return expected('an object of options, such as { attempts: 3 }', value, where)
  return Object.freeze({ ...DEFAULT_RETRIES, ...readOptions(where, retrySchema, value) })
}

function concurrency(value: unknown, where: string): number | AdaptiveBounds {
  if (value === 'adaptive') return DEFAULT_BOUNDS
  if (typeof value === 'object' && value !== null) return bounds(value, where)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_CONCURRENT) return value
  const wanted = `a whole number from 1 to ${MOST_CONCURRENT}, 'adaptive', or its bounds { min, max, initial }`
  return expected(wanted, value, where)
}

function bounds(value: object, where: string): AdaptiveBounds {
  const read = readOptions(where, adaptiveSchema, value)
  const min = read.min ?? Math.min(DEFAULT_BOUNDS.min, read.max ?? DEFAULT_BOUNDS.min)
  const max = read.max ?? Math.max(DEFAULT_BOUNDS.max, min)
  if (max < min) return expected(`at least min, ${min}`, max, `${where}: max`)
  const initial = read.initial ?? Math.min(max, Math.max(min, DEFAULT_BOUNDS.initial))
  if (initial < min || initial > max) return expected(`a number from ${min} to ${max}`, initial, `${where}: initial`)
  return Object.freeze({ min, max, initial })
}
