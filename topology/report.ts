import { Durations } from '../src/observe/durations.ts'
import type { Phase } from './load/phase.ts'

/** A run, or a phase of it. Times in milliseconds. */
export interface Row {
  readonly phase: string
  readonly seconds: number
  readonly reads: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** What a reader may have to wait by the deadlines of what may fail, and how many waited longer. */
  readonly budget: number
  readonly overBudget: number
  /** Reads that were not sent, as too many waited. */
  readonly unsent: number
  /** Reads that missed a change of another process, within the promise; and by how much at most. */
  readonly behind: number
  readonly furthestBehind: number
  /** Reads that missed a change that the writer knew to be pending. */
  readonly pending: number
  readonly stale: number
  readonly wrong: number
  readonly writes: number
  readonly pendingWrites: number
  readonly repeatedWrites: number
  readonly lostWrites: number
  readonly fetches: number
  /** Of all reads of all app servers: what some level answered. */
  readonly hitRatio: number
}

export interface Rest {
  /** Items that were written, and whose last change every level has been told: read from each app server. */
  readonly checked: number
  /** Reads of those that did not say what the database has. */
  readonly different: readonly string[]
  /** Items whose last write nobody acknowledged, or whose writer died before it could tell every level. */
  readonly uncertain: number
}

export interface Report {
  readonly ok: boolean
  readonly chaos: boolean
  readonly seed: number
  readonly rate: number
  readonly seconds: number
  readonly database: string
  readonly total: Row
  readonly phases: readonly Row[]
  readonly happenings: readonly { readonly at: number; readonly text: string }[]
  readonly rest: Rest
  /** What went wrong, in words; some of it. */
  readonly examples: readonly string[]
}

/** Phases of one name are one row: the times between faults, for example. */
export function rowsOf(phases: readonly Phase[]): Row[] {
  const names = [...new Set(phases.map(({ name }) => name))]
  return names.map((name) =>
    rowOf(
      name,
      phases.filter((phase) => phase.name === name),
    ),
  )
}

export function rowOf(name: string, phases: readonly Phase[]): Row {
  const sum = (of: (phase: Phase) => number): number => phases.reduce((sum, phase) => sum + of(phase), 0)
  const [first, ...others] = phases
  const durations = others.length === 0 ? first!.durations : merged(phases)
  return {
    phase: name,
    seconds: sum(({ began, ended }) => (ended ?? began) - began) / 1000,
    reads: durations.count,
    errors: sum(({ errors }) => errors),
    p50: durations.percentile(0.5) ?? 0,
    p99: durations.percentile(0.99) ?? 0,
    max: durations.max ?? 0,
    budget: Math.max(...phases.map(({ budget }) => budget)),
    overBudget: sum(({ overBudget }) => overBudget),
    unsent: sum(({ unsent }) => unsent),
    behind: sum(({ behind }) => behind),
    furthestBehind: Math.max(...phases.map(({ furthestBehind }) => furthestBehind)),
    pending: sum(({ pending }) => pending),
    stale: sum(({ stale }) => stale),
    wrong: sum(({ wrong }) => wrong),
    writes: sum(({ writes }) => writes),
    pendingWrites: sum(({ pendingWrites }) => pendingWrites),
    repeatedWrites: sum(({ repeated }) => repeated),
    lostWrites: sum(({ lostWrites }) => lostWrites),
    fetches: sum(({ fetches }) => fetches),
    hitRatio:
      sum(({ hits }) => hits) /
      Math.max(
        1,
        sum(({ requests }) => requests),
      ),
  }
}

function merged(phases: readonly Phase[]): Phase['durations'] {
  const all = new Durations()
  for (const { durations } of phases) all.addAll(durations)
  return all
}

/** Whether every reader got an answer, and no stale one. */
export function isWell(total: Row, rest: Rest): boolean {
  const { reads, errors, unsent, stale, wrong } = total
  return reads > 0 && errors + unsent + stale + wrong + rest.different.length === 0
}

const ms = (time: number): string => (time < 10 ? time.toFixed(1) : String(Math.round(time)))

const COLUMNS: readonly (readonly [head: string, cell: (row: Row) => string])[] = [
  ['phase', ({ phase }) => phase],
  ['s', ({ seconds }) => seconds.toFixed(1)],
  ['reads', ({ reads }) => String(reads)],
  ['errors', ({ errors, unsent }) => String(errors + unsent)],
  ['stale', ({ stale, wrong }) => String(stale + wrong)],
  ['p50', ({ p50 }) => ms(p50)],
  ['p99', ({ p99 }) => ms(p99)],
  ['max', ({ max }) => ms(max)],
  ['budget', ({ budget }) => String(budget)],
  ['over', ({ overBudget }) => String(overBudget)],
  ['behind', ({ behind }) => String(behind)],
  ['by', ({ behind, furthestBehind }) => (behind === 0 ? '' : ms(furthestBehind))],
  ['of pending', ({ pending }) => String(pending)],
  ['writes', ({ writes }) => String(writes)],
  ['pending', ({ pendingWrites }) => String(pendingWrites)],
  ['repeated', ({ repeatedWrites }) => String(repeatedWrites)],
  ['fetches', ({ fetches }) => String(fetches)],
  ['hit ratio', ({ hitRatio }) => `${(hitRatio * 100).toFixed(1)} %`],
]

/** The report for people. */
export function tableOf({ phases, total, rest, examples, database, ok }: Report): string {
  const rows = [...phases, total].map((row) => COLUMNS.map(([, cell]) => cell(row)))
  const lines = [COLUMNS.map(([head]) => head), ...rows]
  const widths = COLUMNS.map((_, n) => Math.max(...lines.map((line) => line[n]!.length)))
  const table = lines.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  '),
  )
  const { checked, different, uncertain } = rest
  return [
    ...table,
    '',
    'Times of phases in seconds, all others in milliseconds, through the load balancer. budget: what a reader may have',
    'to wait by the deadlines of what fails; over: who waited longer. behind: reads that missed a change another process',
    'had acknowledged, within the promise; by: how long ago at most. of pending: reads that missed a change of which',
    'the writer was told that it was pending.',
    '',
    `At rest: ${checked} changed items read from each app server, ${different.length} answers other than in the database (${database})` +
      (uncertain === 0
        ? '.'
        : `; of ${uncertain} more nothing can be said: their last write was not acknowledged everywhere.`),
    ...[...examples, ...different].map((example) => `  ! ${example}`),
    ok
      ? `Every one of ${total.reads} reads got an answer, and none was stale.`
      : `NOT WELL: ${total.errors + total.unsent} reads without an answer, ${total.stale + total.wrong} stale or wrong, ${different.length} different at rest.`,
  ].join('\n')
}
