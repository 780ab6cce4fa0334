import type { BreakerState } from '../events.ts'
import type { Hearing, LevelQueue, ShareFigures } from '../level.ts'
import type { VerifiedStats } from './verified.ts'

/** How long the reads of a level took since the cache was made, in milliseconds. */
export interface Latency {
  readonly mean: number
  /** Of the slowest since the cache was made. */
  readonly max: number
}

/** What one level did since the cache was made. */
export interface LevelStats {
  readonly name: string
  /** Entries held now; `undefined` where the level cannot tell without being asked. */
  readonly size: number | undefined
  /** Bytes held now, where the level is bounded by bytes. */
  readonly bytes: number | undefined
  /** The most entries and bytes it may hold; `undefined` where there is no bound, or the level does not tell. */
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
  /** The name of its eviction policy; `undefined` where it has none, or does not tell. */
  readonly policy: string | undefined
  /** Reads of this level that found an entry. */
  readonly hits: number
  /** Reads of this level that found none. */
  readonly misses: number
  /** hits / (hits + misses), 0 to 1; 0 before the first read. */
  readonly hitRatio: number
  /** Entries written: fills, promotions, sets and puts. */
  readonly sets: number
  /** Keys deleted. */
  readonly deletes: number
  /** Entries that left to make room; `undefined` where the level cannot tell. */
  readonly evictions: number | undefined
  /** Entries that left because their time was over; `undefined` where the level cannot tell. */
  readonly expired: number | undefined
  /** Calls that threw, rejected, were late or answered with the wrong shape. */
  readonly failures: number
  /** Invalidations this level has missed and not yet been told. */
  readonly pending: number
  /** Whether the level is asked: `closed` is the ordinary state, `open` while it does not answer. */
  readonly breaker: BreakerState
  /** Of a level over several servers, the nodes (`host:port`) or shards that do not answer; `undefined` for any other. */
  readonly silent: readonly string[] | undefined
  /** How this process hears of what others invalidate here; `undefined` for a level of its own. */
  readonly hearing: Hearing | undefined
  /** Whether it is known to hear of everything, within the level's `maxStaleness`; `undefined` where nothing is heard. */
  readonly proven: boolean | undefined
  /** Of reads; `undefined` for a level inside the process, or before the first read. */
  readonly latency: Latency | undefined
  /** With `stats({ keys: n })`: up to n keys, the next to be evicted first (from least to most recently used under `lru`). */
  readonly keys?: readonly string[]
  /** With `stats({ queues: n })`, where the level's policy has queues: up to n keys of each. */
  readonly queues?: readonly LevelQueue[]
}

/** How the source is being spared, and what was done for it since the cache was made. A batch counts as one. */
export interface SourceStats {
  /** How many fetches may be under way now; `undefined` for no limit. */
  readonly limit: number | undefined
  /** Fetches under way. */
  readonly inFlight: number
  /** Fetches that wait for their turn. */
  readonly queued: number
  /** Fetches that were not let through. */
  readonly shed: number
  /** Retries of fetches that had failed. */
  readonly retried: number
  /** Milliseconds that all fetches together have waited for their turn. */
  readonly waited: number
}

/** What a namespace did since it was declared: as {@link CacheStats} counts it, for its keys alone. */
export interface NamespaceStats
  extends Pick<
    CacheStats,
    | 'requests'
    | 'hits'
    | 'misses'
    | 'hitRatio'
    | 'hitsByLevel'
    | 'fetches'
    | 'fetchFailures'
    | 'unproven'
    | 'stale'
    | 'refreshes'
  > {
  /** As it is called from the cache: `users`; `users:posts` within it; `users@3` with a version of the code. */
  readonly name: string
  /** Values from outside the process that did not fit its schema. */
  readonly mismatched: number
  /**
   * What it has of level 1. `undefined` where that is not `memory()`; and among the `namespaces` of a whole cache, where it
   * has no bounds of its own: its entries would have to be counted.
   */
  readonly share: ShareFigures | undefined
}

/** What a cache did since it was made. */
export interface CacheStats {
  /** Keys asked for, by `get`, `getOrFetch` and their batches. */
  readonly requests: number
  /** Requests a level answered. */
  readonly hits: number
  /** Requests no level could answer. */
  readonly misses: number
  /** hits / requests, 0 to 1; 0 before the first request. */
  readonly hitRatio: number
  /** Requests answered by each level, in order. A request that joined a flight counts for where the flight ended. */
  readonly hitsByLevel: readonly number[]
  /** Keys fetchers were called for. */
  readonly fetches: number
  /** Keys whose fetcher threw or rejected. */
  readonly fetchFailures: number
  /** Hits of level 1 while the shared levels could not be reached for longer than their `maxStaleness`. */
  readonly unproven: number
  /** Requests answered with a stale copy, because the source had failed or was slow. */
  readonly stale: number
  /** Keys fetched anew in the background before they were stale. */
  readonly refreshes: number
  /** Keys fetched by this process for the whole fleet, and keys it let another process fetch. */
  readonly leases: { readonly held: number; readonly awaited: number }
  /** Keys being looked up or fetched now. */
  readonly flights: number
  /** `undefined` where nothing is to spare the source: see `source` of the cache's options. */
  readonly source: SourceStats | undefined
  /** Milliseconds since the cache was made. */
  readonly uptime: number
  /** What checking reads has shown (`verify`); `undefined` while nothing is checked. */
  readonly verified: VerifiedStats | undefined
  /** Level 1 first. */
  readonly levels: readonly LevelStats[]
  /** Those that were declared with options, in that order; in the statistics of a namespace, that one. */
  readonly namespaces: readonly NamespaceStats[]
}

/** The counts of a whole cache. The synchronous hits of level 1 are counted by that level alone: one increment a hit. */
export class Tally {
  /** By level, without the synchronous hits of level 1. */
  readonly hits: number[]
  misses = 0
  fetches = 0
  fetchFailures = 0
  unproven = 0
  stale = 0
  refreshes = 0
  leased = 0
  awaited = 0

  constructor(levels: number) {
    this.hits = new Array(levels).fill(0)
  }
}

/** A part of a whole, 0 to 1; 0 of nothing. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
