import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import type { Phases } from '../load/phases.ts'
import type { Verifier } from '../load/verifier.ts'
import type { Topology } from '../parts/topology.ts'
import type { Watch } from '../watch/watch.ts'
import { aborted } from '../wire/aborted.ts'
import { BUDGET, FAULT } from './faults.ts'
import type { Planned } from './schedule.ts'

/** Something that was done, or has been noticed. */
export interface Happening {
  /** Milliseconds since the load began. */
  readonly at: number
  readonly text: string
}

export interface ChaosOptions {
  readonly topology: Topology
  readonly database: Database
  readonly verifier: Verifier
  readonly phases: Phases
  readonly watch: Watch
  readonly signal: AbortSignal
  readonly tell: (text: string) => void
}

/** What replicas had not yet been sent when a master went was acknowledged at most so many milliseconds before. */
const REPLICATION_LAG = 1000
/** Milliseconds that everything may take to be well again before the next fault begins all the same. */
const RECOVERY = 10_000

/** Lets the planned faults happen, one after another. Resolves when the last is over, or once the signal says so. */
export async function letHappen(planned: readonly Planned[], options: ChaosOptions): Promise<void> {
  const { signal, phases } = options
  const began = performance.now()
  for (const fault of planned) {
    await until(began + fault.at, signal)
    if (signal.aborted) return
    await happen(fault, options)
    phases.enter('calm', BUDGET)
  }
}

async function happen({ name, lasts, which }: Planned, options: ChaosOptions): Promise<void> {
  const { topology, database, verifier, phases, watch, signal, tell } = options
  const { costs, losesWrites, begin } = FAULT[name]
  phases.enter(name, BUDGET + costs)
  const began = performance.now()
  // What its replica had not been sent yet; and what it takes before it has heard that it is a master no more.
  const losses = losesWrites ? [verifier.mayLose(began - REPLICATION_LAG)] : []
  const underway = await begin(topology, database, which)
  for (const loss of losses) loss.until = performance.now()
  tell(`${name}: ${underway.part}`)
  try {
    await until(began + lasts, signal)
    const done = await Promise.race([underway.noticed, aborted(signal)])
    if (done !== undefined) tell(done)
  } finally {
    if (losesWrites) losses.push(verifier.mayLose(performance.now()))
    // Also after Ctrl-C: what is frozen would not hear that it is over.
    await underway.end()
  }
  tell(`${underway.part} is back`)
  await recovered(watch, signal)
  for (const loss of losses) {
    loss.over = performance.now()
    loss.until = Math.min(loss.until, loss.over)
  }
}

async function recovered(watch: Watch, signal: AbortSignal): Promise<void> {
  const end = performance.now() + RECOVERY
  do {
    await pause(100)
    await watch.look()
  } while (!watch.isAllWell && performance.now() < end && !signal.aborted)
}

async function until(moment: number, signal: AbortSignal): Promise<void> {
  const left = moment - performance.now()
  if (left > 0) await pause(left, undefined, { signal }).catch(() => undefined)
}
