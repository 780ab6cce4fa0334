import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { FakeWorld } from '../src/testing/index.ts'
import type { Happening } from './chaos/chaos.ts'
import { BUDGET } from './chaos/faults.ts'
import type { Database, Item } from './database/database.ts'
import { Load } from './load/load.ts'
import type { Phase } from './load/phase.ts'
import { Phases } from './load/phases.ts'
import { Verifier } from './load/verifier.ts'
import { warmUp } from './load/warm-up.ts'
import { CACHE } from './plan.ts'
import { isWell, type Report, type Rest, rowOf, rowsOf } from './report.ts'
import type { PageServer } from './watch/page-server.ts'
import type { Address } from './watch/probes.ts'
import { snapshotOf } from './watch/snapshot.ts'
import { Watch } from './watch/watch.ts'
import { aborted } from './wire/aborted.ts'
import { ask } from './wire/ask.ts'

/** Milliseconds everything may take at the end to be well again. */
const RECOVERY = 20_000
/** A run may take so many times as long as it was meant to, for its faults to happen. */
const MOST_DELAYED = 1.5
/** Wrong answers at rest that are told in words, at most. */
const EXAMPLES = 20

export interface RunOptions {
  /** All parts. */
  readonly addresses: readonly Address[]
  readonly database: Database
  readonly databaseName: string
  readonly page: PageServer
  readonly rate: number
  readonly seed: number
  readonly seconds: number
  readonly hasChaos: boolean
  /** Ends the run before its time: then nothing is checked at rest. */
  readonly signal: AbortSignal
  readonly tell: (text: string) => void
  /** What happens besides, until the signal says that it must be over. The load goes on until then. */
  readonly meanwhile?: (run: Run, signal: AbortSignal) => Promise<void>
}

/** What takes part in a run. */
interface Run {
  readonly verifier: Verifier
  readonly phases: Phases
  readonly watch: Watch
  readonly random: () => number
  /** Notes that something was done. */
  readonly happened: (text: string) => void
}

/**
 * Sends load through everything for a while, watches it, shows it, and tells how it was.
 *
 * @throws Error if nothing answers at first
 */
export async function run(options: RunOptions): Promise<Report> {
  const { addresses, database, page, rate, seed, seconds, signal, tell } = options
  const verifier = new Verifier(CACHE.maxStaleness, await database.versions())
  const base = urlOf(addresses.find(({ kind }) => kind === 'balancer')!)
  page.tell('addresses', addresses)
  await warmUp(base, signal)
  const phases = new Phases('rising load', BUDGET)
  const watch = new Watch({ addresses, database, verifier, phase: () => phases.now })
  await watch.look()
  const load = new Load({ base, rate, random: seeded(seed), verifier, phase: () => phases.now })
  const happenings: Happening[] = []
  const began = performance.now()
  const happened = (text: string): void => {
    const at = performance.now() - began
    happenings.push({ at, text })
    tell(`${(at / 1000).toFixed(1).padStart(6)} s  ${text}`)
    page.tell('happenings', happenings.slice(-100))
  }
  const time = new AbortController()
  const timer = setTimeout(() => time.abort(), seconds * 1000)
  const over = AbortSignal.any([signal, time.signal])
  // On a slow machine parts take long to come back: what was planned happens all the same, within reason.
  const tooLate = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000 * MOST_DELAYED)])
  watch.begin(() => page.tell('snapshot', snapshotOf(addresses, watch, phases, performance.now() - began)))
  load.begin()
  try {
    const together: Run = { verifier, phases, watch, random: seeded(seed + 1), happened }
    await Promise.all([options.meanwhile?.(together, tooLate), aborted(over)])
  } finally {
    clearTimeout(timer)
    await load.end()
    phases.end()
  }
  const lasted = (performance.now() - began) / 1000
  const rest = signal.aborted ? NOT_CHECKED : await atRest(addresses, database, verifier, watch)
  await watch.end()
  const total = rowOf('in all', phases.all)
  const report: Report = {
    ok: isWell(total, rest),
    chaos: options.hasChaos,
    seed,
    rate,
    seconds: lasted,
    database: options.databaseName,
    total,
    phases: rowsOf(phases.all),
    happenings,
    rest,
    examples: [...examples(phases, ({ untrue }) => untrue), ...examples(phases, ({ unanswered }) => unanswered)],
  }
  page.tell('report', report)
  return report
}

const NOT_CHECKED: Rest = { checked: 0, different: [], uncertain: 0 }

/** Asks every app server for all that was written, once everybody must know of it. */
async function atRest(
  addresses: readonly Address[],
  database: Database,
  verifier: Verifier,
  watch: Watch,
): Promise<Rest> {
  const rested = performance.now() + CACHE.maxStaleness
  const end = performance.now() + RECOVERY
  while (performance.now() < end && (performance.now() < rested || !watch.isAllWell)) await pause(100)
  const versions = await database.versions()
  const { ids, uncertain } = verifier.certain(versions)
  const different: string[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  for (const app of addresses.filter(({ kind }) => kind === 'app')) {
    const read = async (id: number): Promise<void> => {
      const { status, text } = await ask(agent, urlOf(app), 'GET', `/items/${id}`)
      const version = status === 200 ? (JSON.parse(text) as Item).version : `status ${status}`
      if (version === versions.get(id)) return
      different.push(`at rest: item ${id}: ${app.name} said ${version}, the database ${versions.get(id)}`)
    }
    await Promise.all(ids.map(read))
  }
  agent.destroy()
  return { checked: ids.length, different: different.slice(0, EXAMPLES), uncertain: uncertain.length }
}

function examples({ all }: Phases, of: (phase: Phase) => readonly string[]): string[] {
  return all.flatMap((phase) => of(phase).map((text) => `${phase.name}: ${text}`)).slice(0, EXAMPLES)
}

const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`

/** Random numbers that follow from a seed. */
function seeded(seed: number): () => number {
  const world = new FakeWorld(seed)
  return () => world.random()
}
