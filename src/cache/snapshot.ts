import { type CacheStats, type Latency, type LevelStats, ratio } from '../observe/stats.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Parts } from './parts.ts'

/** The counts as they stand. `keys`: how many of each level's keys to list. */
export function snapshot(parts: Parts, keys: number): CacheStats {
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
    leases: { held: tally.leased, awaited: tally.awaited },
    flights: lookups.size + fetches.size,
    uptime: world.mono() - started,
    levels: levels.map((level) => levelStats(level, keys, world.tick())),
  }
}

function levelStats(level: GuardedLevel, keys: number, now: number): LevelStats {
  const { hits, misses, sets, deletes, failures } = level.tally
  const { sized, shares } = level.traits
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
    hearing: shares?.hearing,
    proven: hears ? now < shares.provenUntil : undefined,
    latency: latency(level),
  }
  return keys > 0 && sized !== undefined ? { ...stats, keys: sized.order(keys) } : stats
}

function latency({ tally, traits }: GuardedLevel): Latency | undefined {
  if (traits.near !== undefined || tally.reads === 0) return undefined
  return { mean: tally.readTime / tally.reads, max: tally.longestRead }
}
