import { isDeepStrictEqual } from 'node:util'
import { type Duration, milliseconds } from '../duration.ts'
import { type Check, callable, expected, flag, integer, readOptions } from '../options.ts'

/** Says what the source has under a key now; `undefined` or `notFound()` for nothing. */
export type VerifySource = (key: string) => unknown

/** Options of `verify`. */
export interface VerifyOptions {
  /** Reads that are looked at a second, at most: 1 to 1,000. Default: 10. */
  readonly perSecond?: number | undefined
  /** Reads that are looked at at the same time: 1 to 100. Default: 4. */
  readonly concurrency?: number | undefined
  /** Within which times it is counted what agrees: 1 to 5, from 1 s to 1 h. Default: `['1s', '10s', '1m']`. */
  readonly within?: readonly Duration[] | undefined
  /**
   * What the source has under a key, with its namespace in front: reads are then compared with it as well. Give
   * it the source itself, not a cache before it. Default: they are not.
   */
  readonly source?: VerifySource | undefined
  /** Calls of `source` a second, at most: 1 to 1,000. Default: 1. */
  readonly sourcePerSecond?: number | undefined
  /** Whether two values are the same. Default: they have the same structure and the same types (`isDeepStrictEqual`). */
  readonly equals?: ((served: unknown, held: unknown) => boolean) | undefined
  /** How many keys that did not agree are remembered: 0 to 1,000. Default: 20. */
  readonly offenders?: number | undefined
  /** Whether events and offenders carry the values themselves. Default: `false`. */
  readonly values?: boolean | undefined
}

/** {@link VerifyOptions}, checked and complete. */
export interface VerifySettings {
  readonly perSecond: number
  readonly concurrency: number
  /** Milliseconds, ascending. */
  readonly within: readonly number[]
  readonly source: VerifySource | undefined
  readonly sourcePerSecond: number
  readonly equals: (served: unknown, held: unknown) => boolean
  readonly offenders: number
  readonly values: boolean
}

const SHORTEST = 1000
const LONGEST = 3_600_000
const MOST = 5

const bounds: Check<readonly number[]> = (value, where) => {
  const what = `an array of 1 to ${MOST} durations from 1 s to 1 h, ascending`
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST) return expected(what, value, where)
  const times = value.map((each: unknown, n) => milliseconds(each, `${where}[${n}]`))
  const isAscending = times.every((ms, n) => ms >= SHORTEST && ms <= LONGEST && (n === 0 || ms > times[n - 1]!))
  return isAscending ? times : expected(what, value, where)
}

const schema = {
  perSecond: integer(1, 1000),
  concurrency: integer(1, 100),
  within: bounds,
  source: callable<VerifySource>(),
  sourcePerSecond: integer(1, 1000),
  equals: callable<(served: unknown, held: unknown) => boolean>(),
  offenders: integer(0, 1000),
  values: flag,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readVerifyOptions(options: VerifyOptions | undefined): VerifySettings {
  const read = readOptions('verify', schema, options)
  return {
    perSecond: read.perSecond ?? 10,
    concurrency: read.concurrency ?? 4,
    within: read.within ?? [1000, 10_000, 60_000],
    source: read.source,
    sourcePerSecond: read.sourcePerSecond ?? 1,
    equals: read.equals ?? isDeepStrictEqual,
    offenders: read.offenders ?? 20,
    values: read.values ?? false,
  }
}
