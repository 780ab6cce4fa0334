import { Durations } from '../../src/observe/durations.ts'
import type { Verdict } from './verifier.ts'

/** At most so many examples are kept of what went wrong. */
const EXAMPLES = 20

/** A part of a run: what readers and writers met in it. Whoever asks belongs to the phase in which he asked. */
export class Phase {
  readonly name: string
  /** Milliseconds that a reader may have to wait here, by the deadlines of what may fail. */
  readonly budget: number
  readonly began: number
  ended: number | undefined
  readonly durations: Durations = new Durations()
  overBudget = 0
  errors = 0
  /** Reads that were not sent: too many waited already. */
  unsent = 0
  behind = 0
  furthestBehind = 0
  pending = 0
  stale = 0
  wrong = 0
  writes = 0
  pendingWrites = 0
  /** Tries to write that were not answered, and were repeated. */
  repeated = 0
  lostWrites = 0
  fetches = 0
  hits = 0
  requests = 0
  /** Stale and wrong answers, in words, and reads that were not answered. */
  readonly untrue: string[] = []
  readonly unanswered: string[] = []

  constructor(name: string, budget: number, began: number) {
    this.name = name
    this.budget = budget
    this.began = began
  }

  answered(ms: number, verdict: Verdict): void {
    this.durations.add(ms)
    if (ms > this.budget) this.overBudget++
    if (verdict.kind === 'fresh') return
    this[verdict.kind]++
    if (verdict.kind === 'behind') this.furthestBehind = Math.max(this.furthestBehind, verdict.by)
    if (verdict.kind === 'stale' || verdict.kind === 'wrong') note(this.untrue, verdict.why)
  }

  failed(why: string): void {
    this.errors++
    note(this.unanswered, why)
  }
}

function note(examples: string[], text: string): void {
  if (examples.length < EXAMPLES) examples.push(text)
}
