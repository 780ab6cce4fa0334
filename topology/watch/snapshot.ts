import type { Phases } from '../load/phases.ts'
import type { Address, Health } from './probes.ts'
import type { Watch } from './watch.ts'

/** What one box of the page shows. */
interface Box {
  readonly name: string
  readonly health: Health | 'unknown'
  /** Milliseconds its sign of life took. */
  readonly ms: number
  readonly role?: string | undefined
  /** Of an app server. */
  readonly app?: AppBox | undefined
}

interface AppBox {
  /** Since the look before. */
  readonly requests: number
  readonly hitsByLevel: readonly number[]
  readonly fetches: number
  /** Milliseconds of a statement; `undefined` where there was none. */
  readonly databaseMs: number | undefined
  readonly levels: readonly {
    readonly name: string
    readonly size: number | undefined
    readonly breaker: string
    readonly pending: number
    readonly proven: boolean | undefined
    /** Of a read, milliseconds: the mean since it was started. */
    readonly latency: number | undefined
  }[]
}

/** How everything is at one moment. */
export interface Snapshot {
  /** Milliseconds since the load began. */
  readonly at: number
  readonly phase: string
  readonly boxes: readonly Box[]
  /** Since the beginning. */
  readonly reads: number
  readonly errors: number
  readonly stale: number
  readonly behind: number
  readonly writes: number
  readonly pendingWrites: number
  /** Of the reads of this phase, milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function snapshotOf(addresses: readonly Address[], watch: Watch, phases: Phases, at: number): Snapshot {
  const { now, all } = phases
  const sum = (of: (phase: Phases['now']) => number): number => all.reduce((sum, phase) => sum + of(phase), 0)
  return {
    at,
    phase: now.name,
    boxes: addresses.map((address) => boxOf(address, watch)),
    reads: sum(({ durations }) => durations.count),
    errors: sum(({ errors, unsent }) => errors + unsent),
    stale: sum(({ stale, wrong }) => stale + wrong),
    behind: sum(({ behind }) => behind),
    writes: sum(({ writes }) => writes),
    pendingWrites: sum(({ pendingWrites }) => pendingWrites),
    p50: now.durations.percentile(0.5) ?? 0,
    p99: now.durations.percentile(0.99) ?? 0,
    max: now.durations.max ?? 0,
  }
}

function boxOf({ name }: Address, watch: Watch): Box {
  const found = watch.foundAt(name)
  if (found === undefined) return { name, health: 'unknown', ms: 0 }
  const { health, ms, role, stats } = found
  if (stats === undefined) return { name, health, ms, role }
  const { requests, hitsByLevel, fetches, statements, databaseMs } = watch.spellOf(name)
  const levels = stats.cache.levels.map(({ name, size, breaker, pending, proven, latency }) => {
    return { name, size, breaker, pending, proven, latency: latency?.mean }
  })
  const app = {
    requests,
    hitsByLevel,
    fetches,
    databaseMs: statements === 0 ? undefined : databaseMs / statements,
    levels,
  }
  return { name, health, ms, role, app }
}
