import { type Duration, milliseconds } from '../duration.ts'
import { callable, integer, readOptions } from '../options.ts'

/** Something that was acknowledged, and that the source does not have, as far as is known. */
export interface FailedWrite<V> {
  readonly key: string
  /** `undefined` if the key was to be removed. */
  readonly value: V | undefined
  readonly isRemoval: boolean
}

/** How writes are brought to the source after they have been acknowledged. */
export interface BehindOptions<V> {
  /** How long a write waits for others, unless a batch is full. Default: `100ms`. */
  readonly delay?: Duration | undefined
  /** How many keys are written at once at most: 1 to 100,000. Default: 100. */
  readonly maxBatch?: number | undefined
  /** How many keys may wait or be under way: 1 to 10,000,000. Then writes wait for room. Default: 10,000. */
  readonly maxQueued?: number | undefined
  /**
   * How long a write waits for room at most, with up to `maxQueued` others; then it rejects with `ERR_QUEUE_FULL`.
   * 0: not at all. Default: `5s`.
   */
  readonly maxWait?: Duration | undefined
  /** How often a write that has failed is tried again: 0 to 1,000,000. Default: 10, about a minute. */
  readonly retries?: number | undefined
  /** The pause before the first retry, doubled for each further one, up to 30 seconds. Default: `100ms`. */
  readonly backoff?: Duration | undefined
  /**
   * Told what was acknowledged and could not be written, after all retries or when closing: it is out of the queue and
   * of the cache. Default: a warning of the process.
   */
  readonly onFailed?: ((failed: readonly FailedWrite<V>[], error: unknown) => unknown) | undefined
}

/** {@link BehindOptions}, checked and complete. */
export interface BehindSettings<V> {
  readonly delay: number
  readonly maxBatch: number
  readonly maxQueued: number
  readonly maxWait: number
  readonly retries: number
  readonly backoff: number
  readonly onFailed: BehindOptions<V>['onFailed']
}

const schema = {
  delay: milliseconds,
  maxBatch: integer(1, 100_000),
  maxQueued: integer(1, 10_000_000),
  maxWait: milliseconds,
  retries: integer(0, 1_000_000),
  backoff: milliseconds,
  onFailed: callable<NonNullable<BehindOptions<never>['onFailed']>>(),
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_INVALID` */
export function behindSettings<V>(options: unknown, where: string): BehindSettings<V> {
  const read = readOptions(where, schema, options)
  return {
    delay: read.delay ?? 100,
    maxBatch: read.maxBatch ?? 100,
    maxQueued: read.maxQueued ?? 10_000,
    maxWait: read.maxWait ?? 5000,
    retries: read.retries ?? 10,
    backoff: read.backoff ?? 100,
    onFailed: read.onFailed as BehindOptions<V>['onFailed'],
  }
}
