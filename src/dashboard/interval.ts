import { Durations } from '../observe/durations.ts'
import type { CacheStats, LevelStats } from '../observe/stats.ts'
import type { CacheColumns, LevelColumns, Point, Told } from './protocol.ts'

const BREAKERS = { closed: 0, probing: 1, open: 2 } as const

/** What is gathered about a cache from one moment to another. */
export class Interval {
  readonly fetches: Durations = new Durations()
  readonly reads: readonly Durations[]
  /** When it began: on the monotonic clock. */
  began: number
  #before: CacheStats
  /** The worst that was seen meanwhile. */
  readonly #breakers: number[]
  readonly #proofs: Told[]
  #feedLag: Told = null

  constructor(before: CacheStats, now: number) {
    this.#before = before
    this.began = now
    this.reads = before.levels.map(() => new Durations())
    this.#breakers = before.levels.map(() => 0)
    this.#proofs = before.levels.map(() => null)
  }

  /** A look in between: what passes by must not be lost. */
  look({ levels }: CacheStats, feedLag: number | undefined): void {
    if (feedLag !== undefined) this.#feedLag = Math.max(this.#feedLag ?? 0, feedLag)
    for (const [n, { breaker, proven }] of levels.entries()) {
      this.#breakers[n] = Math.max(this.#breakers[n]!, BREAKERS[breaker])
      if (proven !== undefined) this.#proofs[n] = Math.min(this.#proofs[n] ?? 1, Number(proven))
    }
  }

  /** All that a shorter one has measured. */
  take({ fetches, reads }: Interval): void {
    this.fetches.addAll(fetches)
    for (const [n, durations] of reads.entries()) this.reads[n]!.addAll(durations)
  }

  /** What happened since it began; the next one begins. `at`: the wall clock. */
  end(after: CacheStats, feedLag: number | undefined, now: number, at: number): Point {
    this.look(after, feedLag)
    const before = this.#before
    const point: Point = {
      at,
      length: now - this.began,
      total: this.#total(before, after),
      levels: after.levels.map((level, n) => this.#level(n, before, after, level)),
    }
    this.#before = after
    this.began = now
    this.#feedLag = null
    this.fetches.clear()
    for (const [n, durations] of this.reads.entries()) {
      durations.clear()
      this.#breakers[n] = 0
      this.#proofs[n] = null
    }
    return point
  }

  #total(before: CacheStats, after: CacheStats): CacheColumns<Told> {
    return {
      reads: after.requests - before.requests,
      hits: after.hits - before.hits,
      misses: after.misses - before.misses,
      fetches: after.fetches - before.fetches,
      fetchFailures: after.fetchFailures - before.fetchFailures,
      fetchMean: told(this.fetches.mean),
      fetchP50: told(this.fetches.percentile(0.5)),
      fetchP90: told(this.fetches.percentile(0.9)),
      fetchP99: told(this.fetches.percentile(0.99)),
      unproven: after.unproven - before.unproven,
      stale: after.stale - before.stale,
      refreshes: after.refreshes - before.refreshes,
      leased: after.leases.held - before.leases.held,
      awaited: after.leases.awaited - before.leases.awaited,
      flights: after.flights,
      ...sourceNow(after),
      feedLag: this.#feedLag,
      shed: difference(after.source?.shed, before.source?.shed),
      retried: difference(after.source?.retried, before.source?.retried),
    }
  }

  #level(n: number, before: CacheStats, after: CacheStats, level: LevelStats): LevelColumns<Told> {
    const was = before.levels[n]!
    const reads = this.reads[n]!
    return {
      answered: after.hitsByLevel[n]! - before.hitsByLevel[n]!,
      hits: level.hits - was.hits,
      misses: level.misses - was.misses,
      sets: level.sets - was.sets,
      deletes: level.deletes - was.deletes,
      evictions: difference(level.evictions, was.evictions),
      expired: difference(level.expired, was.expired),
      failures: level.failures - was.failures,
      size: told(level.size),
      bytes: told(level.bytes),
      pending: level.pending,
      breaker: this.#breakers[n]!,
      proven: this.#proofs[n]!,
      latencyMean: told(reads.mean),
      latencyP50: told(reads.percentile(0.5)),
      latencyP90: told(reads.percentile(0.9)),
      latencyP99: told(reads.percentile(0.99)),
      latencyMax: told(reads.max),
    }
  }
}

/** How the source is being spared at this moment. */
export function sourceNow({
  source,
}: CacheStats): Pick<CacheColumns<Told>, 'sourceLimit' | 'sourceInFlight' | 'sourceQueued'> {
  return {
    sourceLimit: told(source?.limit),
    sourceInFlight: told(source?.inFlight),
    sourceQueued: told(source?.queued),
  }
}

/** A number as JSON can say it. */
export function told(value: number | undefined): Told {
  return value === undefined || !Number.isFinite(value) ? null : value
}

function difference(after: number | undefined, before: number | undefined): Told {
  return after === undefined || before === undefined ? null : after - before
}
