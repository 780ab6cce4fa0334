import type { Duration } from '../../duration.ts'
import { keepSchema } from '../../entry/answer.ts'
import { TerraceError } from '../../errors.ts'
import { abortSignal, type Check, callable, expected, integer, readOptions } from '../../options.ts'
import type { BatchFetcher, Fetcher } from '../calls.ts'
import type { WarmReport } from './report.ts'

/** Options of `warm`. */
export interface WarmOptions<V = unknown> {
  /** Fetches a key that no level has. Default: what no level has is `missing`. */
  readonly fetch?: Fetcher<V> | undefined
  /** The same for several keys at once, up to 100. */
  readonly fetchMany?: BatchFetcher<V> | undefined
  /** How long what is fetched may be served. Default: the cache's `ttl`. */
  readonly ttl?: Duration | undefined
  /** Tags of what is fetched. Default: none. */
  readonly tags?: readonly string[] | undefined
  /** The most keys to warm. Default: what level 1 has room for. */
  readonly most?: number | undefined
  /** Of another cache: only the keys that begin so. Default: all. */
  readonly prefix?: string | undefined
  /** How many calls of `fetch`, or batches of 100 keys, are under way at a time: 1 to 1,000. Default: 4. */
  readonly concurrency?: number | undefined
  /** Ends the warming when it aborts; what was done by then is told. */
  readonly signal?: AbortSignal | undefined
  /** Told after each batch how far it has come. What it throws ends the warming, and the call rejects with it. */
  readonly onProgress?: ((report: WarmReport) => void) | undefined
}

/** {@link WarmOptions}, checked and complete. */
export type WarmCall = WarmOptions<unknown> & {
  readonly most: number
  readonly prefix: string
  readonly concurrency: number
  readonly ttl: number | undefined
}

/** A list of keys longer than this is a mistake: no level 1 holds as many. */
export const MOST_KEYS = 10_000_000

const CONCURRENCY = 4

const isPrefix: Check<string> = (value, where) =>
  typeof value === 'string' ? value : expected('a string', value, where)

const schema = {
  fetch: callable<Fetcher<unknown>>(),
  fetchMany: callable<BatchFetcher<unknown>>(),
  ttl: keepSchema.ttl,
  tags: keepSchema.tags,
  most: integer(0, MOST_KEYS),
  prefix: isPrefix,
  concurrency: integer(1, 1000),
  signal: abortSignal,
  onProgress: callable<(report: WarmReport) => void>(),
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readWarmOptions(where: string, options: unknown): WarmCall {
  const read = readOptions(where, schema, options)
  if (read.fetch !== undefined && read.fetchMany !== undefined) {
    throw new TerraceError('ERR_OPTION_INVALID', `${where}: fetch and fetchMany do the same: take one`)
  }
  return {
    ...read,
    ttl: read.ttl,
    most: read.most ?? MOST_KEYS,
    prefix: read.prefix ?? '',
    concurrency: read.concurrency ?? CONCURRENCY,
  }
}
