import type { CacheStats, LevelStats } from '../src/index.ts'
import type { Catalogue } from './catalogue.ts'
import type { Shop } from './shop.ts'

/** What one phase of the demo came to: the shop without a cache, or with one. */
export interface Phase {
  readonly requests: number
  readonly requestsPerSecond: number
  /** What half of the visitors, or 99 of 100, waited at most. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Summary {
  readonly traffic: string
  readonly products: number
  readonly withoutCache: Phase
  readonly withCache: Phase
  readonly levels: readonly {
    readonly name: string
    /** Not there where a level cannot tell without being asked. */
    readonly entries: number | undefined
    readonly hits: number
    /** Of all requests, those that this level answered. */
    readonly sharePercent: number
    readonly evictions: number | undefined
    /** Calls that failed. */
    readonly failures: number
    /** Invalidations it has missed and not yet been told. */
    readonly pending: number
    readonly breaker: LevelStats['breaker']
    /** How the demo would hear of what other processes change there; not there for a level of its own. */
    readonly hearing: LevelStats['hearing']
    readonly proven: LevelStats['proven']
  }[]
  readonly fetches: number
  readonly databaseQueries: number
  readonly priceChanges: number
  readonly staleViews: number
  /** Whether the database was asked exactly as often as the cache fetched, and nobody saw an old price. */
  readonly correct: boolean
}

/** What the demo has to show at one moment. */
export interface Frame extends Summary {
  /** Seconds since the start, of how many. */
  readonly elapsed: number
  readonly seconds: number
}

export function phaseOf(shop: Shop, milliseconds: number): Phase {
  return {
    requests: shop.requests,
    requestsPerSecond: Math.round(shop.requests / (milliseconds / 1000)),
    p50Ms: rounded(shop.latencies.percentile(0.5)),
    p99Ms: rounded(shop.latencies.percentile(0.99)),
  }
}

export function summaryOf(
  traffic: string,
  catalogue: Catalogue,
  stats: CacheStats,
  withoutCache: Phase,
  withCache: Phase,
  shop: Shop,
): Summary {
  const databaseQueries = catalogue.queries.cache
  return {
    traffic,
    products: catalogue.products,
    withoutCache,
    withCache,
    levels: stats.levels.map(({ name, size, evictions, failures, pending, breaker, hearing, proven }, n) => ({
      name,
      entries: size,
      hits: stats.hitsByLevel[n]!,
      sharePercent: rounded((100 * stats.hitsByLevel[n]!) / Math.max(1, stats.requests)),
      evictions,
      failures,
      pending,
      breaker,
      hearing,
      proven,
    })),
    fetches: stats.fetches,
    databaseQueries,
    priceChanges: shop.reprices,
    staleViews: shop.staleViews,
    correct: databaseQueries === stats.fetches && shop.staleViews === 0,
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
