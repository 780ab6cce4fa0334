import { type Figures, figuresOf } from './figures.ts'
import type { CountedKey, ProcessState, TopKeys, WatchedProcess } from './watched-process.ts'

/** What `top` shows at one moment; with `--json`, a line. */
export interface Report {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly cache: string | null
  /** Of all processes together; `null` before any has told. */
  readonly figures: Figures | null
  readonly processes: readonly ReportedProcess[]
  readonly keys: TopKeys
}

export interface ReportedProcess {
  readonly address: string
  /** What it calls itself. */
  readonly process: string | null
  readonly state: ProcessState
  /** Why it is away. */
  readonly reason: string | null
  readonly figures: Figures | null
}

const MOST_KEYS = 50

/** What the processes have told since the last report. */
export function reportOf(processes: readonly WatchedProcess[], at: number): Report {
  const taken = processes.map((process) => process.take())
  const told = taken.filter((each) => each !== undefined)
  return {
    at: Math.round(at),
    cache: processes.find(({ cache }) => cache !== undefined)?.cache ?? null,
    figures: told.length === 0 ? null : figuresOf(told),
    processes: processes.map(({ client, name, state, failure }, n) => ({
      address: client.shown,
      process: name ?? null,
      state,
      reason: failure?.message ?? null,
      figures: taken[n] === undefined ? null : figuresOf([taken[n]]),
    })),
    keys: {
      hottest: added(processes.map(({ keys }) => keys.hottest)),
      fetched: added(processes.map(({ keys }) => keys.fetched)),
      missed: added(processes.map(({ keys }) => keys.missed)),
    },
  }
}

/** The counts of several processes added up, the greatest first. */
function added(lists: readonly (readonly CountedKey[])[]): readonly CountedKey[] {
  if (lists.length === 1) return lists[0]!
  const counts = new Map<string, number>()
  for (const list of lists) for (const { key, count } of list) counts.set(key, (counts.get(key) ?? 0) + count)
  return [...counts]
    .map(([key, count]) => ({ key, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_KEYS)
}
