import { changed, eachBatch } from '../each-batch.ts'
import type { SetupReport } from '../levels/levels-report.ts'
import type { SetupPlan } from '../levels/setup.ts'
import { SetupRun } from '../levels/setup-run.ts'
import { levelBound, type TrafficSurvey } from '../levels/traffic-survey.ts'
import type { ProgressMeter, Work } from '../progress.ts'
import type { Bound } from '../size.ts'
import { invalidTrace, type Trace } from '../trace.ts'
import type { AdvisePlan } from './advise-plan.ts'
import type { Spending } from './budget.ts'
import { SampledTrace } from './sampled-trace.ts'

/** A spending and what a replay of it showed. */
export interface Trial {
  readonly spending: Spending
  readonly report: SetupReport
}

/** Caches that are in memory at the same time. */
const MOST_CACHES = 256

/** Replays ways to spend a budget, over all of a trace or over a part of its keys. */
export class Trials {
  readonly #plan: AdvisePlan
  readonly #trace: Trace
  readonly #survey: TrafficSurvey
  readonly #meter: ProgressMeter

  constructor(plan: AdvisePlan, trace: Trace, survey: TrafficSurvey, meter: ProgressMeter) {
    this.#plan = plan
    this.#trace = trace
    this.#survey = survey
    this.#meter = meter
  }

  /** @param rate the part of the keys that is replayed; caches are scaled down by the same */
  async of(spendings: readonly Spending[], rate: number): Promise<readonly Trial[]> {
    const trials: Trial[] = []
    for (const group of grouped(spendings)) {
      const reports = await this.#replay(group, rate)
      trials.push(...group.map((spending, i) => ({ spending, report: reports[i]! })))
    }
    return trials
  }

  async #replay(group: readonly Spending[], rate: number): Promise<readonly SetupReport[]> {
    const { traffic, signal } = this.#plan
    const work = workOf(group, rate, this.#trace.bytes)
    const trace = rate === 1 ? this.#trace : new SampledTrace(this.#trace, rate)
    const runs = group.map(({ setup }) => new SetupRun(setup, this.#bounds(setup, rate), traffic, rate))
    try {
      let requests = 0
      await eachBatch({ trace, work, meter: this.#meter, signal }, (batch) => {
        requests += batch.keys.length
        for (const run of runs) run.replay(batch)
      })
      if (requests === 0) throw invalidTrace(trace.name, '', 'is too short for a sample of its keys')
      if (rate === 1 && requests !== this.#survey.requests) throw changed(this.#trace)
      const expected = Math.round(this.#survey.requests * rate)
      return runs.map((run) => run.report(requests, trace.sized, expected))
    } finally {
      for (const run of runs) run.close()
    }
  }

  /** Scaled down, a cache has still room for an ordinary value, or it would refuse them all. */
  #bounds(setup: SetupPlan, rate: number): readonly Bound[] {
    const { distinctBytes, distinctKeys } = this.#survey
    return setup.levels.map(({ size, overhead }) => {
      const { entries, bytes } = levelBound(size!, overhead, this.#survey)
      if (rate === 1) return { entries, bytes }
      const scaled = Math.max(1, Math.round(entries * rate))
      if (bytes === undefined) return { entries: scaled, bytes }
      const ordinary = Math.min(bytes, Math.ceil(distinctBytes / distinctKeys) + overhead)
      return { entries: scaled, bytes: Math.max(1, ordinary, Math.round(bytes * rate)) }
    })
  }
}

/** The passes that a trial of these spendings takes. */
export function trialWorks(spendings: readonly Spending[], rate: number, bytes: number): readonly Work[] {
  return grouped(spendings).map((group) => workOf(group, rate, bytes))
}

function workOf(group: readonly Spending[], rate: number, bytes: number): Work {
  const levels = group.reduce((sum, { setup }) => sum + setup.levels.length, 0)
  return { pass: 'replay', bytes, cells: levels * rate }
}

/** Groups of no more caches than may be in memory together. */
function grouped(spendings: readonly Spending[]): readonly (readonly Spending[])[] {
  const groups: Spending[][] = []
  let room = 0
  for (const spending of spendings) {
    const caches = spending.setup.levels.reduce((sum, { servers }) => sum + Math.max(1, servers), 0)
    if (caches > room || groups.length === 0) {
      groups.push([])
      room = MOST_CACHES
    }
    groups.at(-1)!.push(spending)
    room -= caches
  }
  return groups
}
