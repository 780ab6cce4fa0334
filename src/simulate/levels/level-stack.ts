import { MemoryCache } from '../../memory/index.ts'
import { mixed } from '../fingerprint.ts'
import { ReplayWorld } from '../replay-world.ts'
import type { Bound } from '../size.ts'
import type { Batch } from '../trace.ts'
import type { LevelPlan, SetupPlan } from './setup.ts'
import { TimedWorld, TraceClock } from './trace-clock.ts'
import { Balancer, type Traffic } from './traffic.ts'

type Cache = MemoryCache<number | string, number>

/** What a replay counted in one level, all its copies together. */
interface LevelTally {
  readonly lookups: number
  readonly hits: number
  readonly evictions: number
  readonly expired: number
  /** Entries and bytes held at the end. */
  readonly entries: number
  readonly bytes: number
}

/** What a replay counted in all. Bytes are 0 where the trace has no sizes. */
export interface StackTally {
  readonly levels: readonly LevelTally[]
  readonly fetches: number
  readonly fetchedBytes: number
  readonly invalidations: number
}

const NEVER = Number.POSITIVE_INFINITY

/**
 * A set-up under replay: real `MemoryCache` instances as levels, one of each server's own levels for
 * each server, and one of each level below that they share.
 *
 * A request goes to one server and down its levels. What a level has goes up into all levels above it,
 * with the time it has left; what none has is fetched and kept in all of them, deepest first.
 */
export class LevelStack {
  readonly #plans: readonly LevelPlan[]
  /** Of each server, from its first level to the last. */
  readonly #servers: readonly (readonly Cache[])[]
  /** Of each level, its copies. */
  readonly #copies: readonly (readonly Cache[])[]
  readonly #hits: Float64Array
  readonly #traffic: Traffic
  readonly #balancer: Balancer
  readonly #writes: ReplayWorld
  readonly #clock: TraceClock | undefined
  #requests = 0
  #fetches = 0
  #fetchedBytes = 0
  #invalidations = 0

  /** @param bounds what one copy of each level may hold */
  constructor(setup: SetupPlan, bounds: readonly Bound[], traffic: Traffic) {
    const clock = traffic.rate === undefined ? undefined : new TraceClock()
    let made = 0
    this.#plans = setup.levels
    this.#copies = setup.levels.map((level, n) =>
      Array.from({ length: Math.max(1, level.servers) }, () => {
        const seed = traffic.seed + 0x10001 * made++
        const world = clock === undefined ? new ReplayWorld(seed) : new TimedWorld(seed, clock)
        return cacheOf(level, bounds[n]!, world)
      }),
    )
    this.#servers = Array.from({ length: setup.servers }, (_, server) =>
      this.#copies.map((copies) => copies[server] ?? copies[0]!),
    )
    this.#hits = new Float64Array(setup.levels.length)
    this.#traffic = traffic
    this.#balancer = new Balancer(traffic, setup.servers)
    this.#writes = new ReplayWorld(mixed(traffic.seed ^ 0x3717e))
    this.#clock = clock
  }

  replay(batch: Batch): void {
    const { keys, sizes } = batch
    const { rate, writes } = this.#traffic
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      if (rate !== undefined) this.#clock!.advanceTo(Math.floor((this.#requests * 1000) / rate))
      this.#requests++
      if (writes > 0 && this.#writes.random() < writes) this.#invalidate(key)
      this.#read(this.#servers[this.#balancer.next(key)]!, key, sizes === undefined ? 0 : sizes[i]!)
    }
  }

  tally(): StackTally {
    let lookups = this.#requests
    const levels = this.#copies.map((copies, n) => {
      const stats = copies.map((cache) => cache.stats())
      const sum = (of: 'evictions' | 'expired' | 'entries' | 'bytes'): number =>
        stats.reduce((total, each) => total + each[of], 0)
      const level = {
        lookups,
        hits: this.#hits[n]!,
        evictions: sum('evictions'),
        expired: sum('expired'),
        entries: sum('entries'),
        bytes: sum('bytes'),
      }
      lookups -= level.hits
      return level
    })
    return {
      levels,
      fetches: this.#fetches,
      fetchedBytes: this.#fetchedBytes,
      invalidations: this.#invalidations,
    }
  }

  close(): void {
    for (const copies of this.#copies) for (const cache of copies) cache.close()
  }

  /** Proves the invariants of every cache. For tests. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    for (const copies of this.#copies) for (const cache of copies) cache.check()
  }

  #read(levels: readonly Cache[], key: number | string, size: number): void {
    for (let n = 0; n < levels.length; n++) {
      const held = levels[n]!.get(key)
      if (held === undefined) continue
      this.#hits[n]!++
      if (n > 0) this.#keep(levels, n - 1, key, held, this.#clock === undefined ? NEVER : levels[n]!.ttl(key)!)
      return
    }
    this.#fetches++
    this.#fetchedBytes += size
    this.#keep(levels, levels.length - 1, key, size, this.#traffic.ttl)
  }

  /** Keeps an entry from a level upwards, nowhere longer than it has left. */
  #keep(levels: readonly Cache[], from: number, key: number | string, size: number, left: number): void {
    for (let n = from; n >= 0; n--) {
      const ttl = Math.min(left, this.#plans[n]!.ttl)
      if (ttl === NEVER) levels[n]!.set(key, size)
      else levels[n]!.set(key, size, { ttl })
    }
  }

  #invalidate(key: number | string): void {
    this.#invalidations++
    for (const copies of this.#copies) for (const cache of copies) cache.delete(key)
  }
}

function cacheOf(level: LevelPlan, { entries, bytes }: Bound, world: ReplayWorld): Cache {
  const { policy, overhead } = level
  if (bytes === undefined) return new MemoryCache({ maxEntries: entries, policy, world })
  const sizeOf = (size: number): number => Math.max(1, size + overhead)
  return new MemoryCache({ maxEntries: entries, maxBytes: bytes, sizeOf, policy, world })
}
