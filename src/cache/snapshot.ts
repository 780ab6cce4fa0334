import type { SpaceTally } from '../observe/space-tally.ts'
import {
  type CacheStats,
  type Latency,
  type LevelStats,
  type NamespaceStats,
  ratio,
  type SourceStats,
} from '../observe/stats.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Keyspace } from './keyspace.ts'
import type { Parts } from './parts.ts'

/** How many keys of each level, and of each queue of its policy, to list. */
interface Listed {
  readonly keys: number
  readonly queues: number
}

/** The counts as they stand. */
export function snapshot(parts: Parts, listed: Listed = { keys: 0, queues: 0 }): CacheStats {
  const { tally, levels, lookups, fetches, world, started } = parts
  const hitsByLevel = [...tally.hits]
  // The synchronous hits of level 1 are counted there alone.
  if (levels[0]!.traits.near !== undefined) hitsByLevel[0]! += levels[0]!.tally.hits
  const hits = hitsByLevel.reduce((sum, count) => sum + count, 0)
  return {
    requests: hits + tally.misses,
    hits,
    misses: tally.misses,
    hitRatio: ratio(hits, hits + tally.misses),
    hitsByLevel,
    fetches: tally.fetches,
    fetchFailures: tally.fetchFailures,
    unproven: tally.unproven,
    stale: tally.stale,
    refreshes: tally.refreshes,
    leases: { held: tally.leased, awaited: tally.awaited },
    flights: lookups.size + fetches.size,
    source: sourceStats(parts),
    uptime: world.mono() - started,
    verified: parts.observers.checks.stats(),
    levels: levels.map((level) => levelStats(level, listed, world.tick())),
    namespaces: [...parts.spaces.counted].map(([prefix, counts]) => namespaceStats(parts, prefix, counts, false)),
  }
}

/** {@link snapshot}; what is counted for a namespace apart, for that one. */
export function statsOf(parts: Parts, space: Keyspace | undefined, listed: Listed): CacheStats {
  const whole = snapshot(parts, listed)
  const counts = space?.traits.tally
  if (counts === undefined) return whole
  const own = namespaceStats(parts, prefixOf(counts), counts, true)
  const { requests, hits, misses, hitRatio, hitsByLevel, fetches, fetchFailures, unproven, stale, refreshes } = own
  const counted = { requests, hits, misses, hitRatio, hitsByLevel, fetches, fetchFailures, unproven, stale, refreshes }
  return { ...whole, ...counted, namespaces: [own] }
}

/** @param isCounted whether entries may be counted one by one to tell the share of level 1 */
function namespaceStats({ levels }: Parts, prefix: string, counts: SpaceTally, isCounted: boolean): NamespaceStats {
  return { ...counts.figures(), share: levels[0]!.traits.divides?.share(prefix, isCounted) }
}

function prefixOf({ name }: SpaceTally): string {
  return `${name}:`
}

function sourceStats({ governor }: Parts): SourceStats | undefined {
  if (governor === undefined) return undefined
  const { limit, inFlight, queued, shed, retried, waited } = governor
  return { limit: Number.isFinite(limit) ? limit : undefined, inFlight, queued, shed, retried, waited }
}

function levelStats(level: GuardedLevel, listed: Listed, now: number): LevelStats {
  const { hits, misses, sets, deletes, failures } = level.tally
  const { sized, shares, spreads } = level.traits
  const hears = shares !== undefined && shares.hearing !== 'nothing'
  const measure = sized?.measure()
  const stats = {
    name: level.name,
    size: measure?.size,
    bytes: measure?.bytes,
    maxEntries: measure?.maxEntries,
    maxBytes: measure?.maxBytes,
    policy: measure?.policy,
    hits,
    misses,
    hitRatio: ratio(hits, hits + misses),
    sets,
    deletes,
    evictions: measure?.evictions,
    expired: measure?.expired,
    failures,
    pending: level.pending,
    breaker: level.breaker,
    silent: spreads?.silent,
    hearing: shares?.hearing,
    proven: hears ? now < shares.provenUntil : undefined,
    latency: latency(level),
  }
  if (sized === undefined || (listed.keys === 0 && listed.queues === 0)) return stats
  const keys = listed.keys > 0 ? { keys: sized.order(listed.keys) } : {}
  const queues = listed.queues > 0 ? sized.queues?.(listed.queues) : undefined
  return { ...stats, ...keys, ...(queues && { queues }) }
}

function latency({ tally, traits }: GuardedLevel): Latency | undefined {
  if (traits.near !== undefined || tally.reads === 0) return undefined
  return { mean: tally.readTime / tally.reads, max: tally.longestRead }
}
