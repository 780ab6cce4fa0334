import { TerraceError } from '../../errors.ts'
import { eachBatch } from '../each-batch.ts'
import type { LevelPlan } from '../levels/setup.ts'
import { sizedTrace } from '../levels/simulate-levels.ts'
import { type TrafficSurvey, TrafficSurveyor } from '../levels/traffic-survey.ts'
import { type Progress, ProgressMeter } from '../progress.ts'
import { boundOf } from '../size.ts'
import { invalidTrace, type Trace } from '../trace.ts'
import type { Advice, SampleReport } from './advice.ts'
import { adviceWords } from './advice-words.ts'
import { type AdviseOptions, type AdvisePlan, advisePlan } from './advise-plan.ts'
import type { Budget } from './budget.ts'
import { advised, bestBy, bestOf, flatFrom, levelVerdict, withAndWithout } from './findings.ts'
import { worseBy } from './goal.ts'
import { FACTORS, grid } from './grid.ts'
import { type Trial, Trials, trialWorks } from './trial.ts'

/** A sample has no fewer keys than this. */
const SAMPLE_KEYS = 5000
/** The part of the progress that the first pass is taken for. */
const SURVEY_PART = 0.05

/**
 * Tells how best to spend a budget of memory on levels, by replaying a trace through many ways to do so.
 *
 * Ways to divide the budget, policies, and budgets from a sixteenth to the double are replayed; for a
 * large trace on a part of its keys, chosen by hash, with caches scaled down alike. What it then tells
 * (the best way, the others it is compared with, each budget of the curve) is replayed over the whole
 * trace, and how far the sample was off is told too.
 *
 * @throws TerraceError as `simulateLevels`
 */
export async function advise(options: AdviseOptions): Promise<Advice> {
  const plan = advisePlan(options)
  const trace = await sizedTrace(plan.trace, plan)
  if (plan.budget.unit === 'bytes' && !trace.sized) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `advise: the budget '${plan.budget.label}' is in bytes, but ${trace.name} has no sizes; give the size of a value (valueSize), such as 2kb`,
    )
  }
  const survey = await surveyed(plan, trace)
  // A trace that is not much larger than its sample is replayed as a whole for every figure.
  const part = Math.max(plan.sample / survey.requests, SAMPLE_KEYS / survey.distinctKeys)
  const rate = part > 0.8 ? 1 : part
  return await new Adviser(plan, trace, survey, rate).advice()
}

async function surveyed(plan: AdvisePlan, trace: Trace): Promise<TrafficSurvey> {
  const work = { pass: 'survey', bytes: trace.bytes, cells: 0 } as const
  const meter = new ProgressMeter([work], scaled(plan, 0, SURVEY_PART))
  const surveyor = new TrafficSurveyor()
  await eachBatch({ trace, work, meter, signal: plan.signal }, (batch) => surveyor.take(batch))
  if (surveyor.requests === 0) throw invalidTrace(trace.name, '', 'holds no requests')
  return surveyor.survey()
}

function scaled({ onProgress }: AdvisePlan, from: number, part: number): ((progress: Progress) => void) | undefined {
  return onProgress && ((progress) => onProgress({ ...progress, done: from + part * progress.done }))
}

/** What the replays have shown. */
interface Found {
  /** Of each open level the best policy. */
  readonly chosen: readonly LevelPlan[]
  /** The best for each policy of the first open level, and for each budget. */
  readonly policies: readonly Trial[]
  readonly curve: readonly Trial[]
  /** Every division of the whole budget, and the best with and without each open level. */
  readonly whole: readonly Trial[]
  readonly without: readonly Trial[]
}

/** Finds advice for one trace: the story of the replays, from coarse to exact. */
class Adviser {
  readonly #plan: AdvisePlan
  readonly #trace: Trace
  readonly #survey: TrafficSurvey
  readonly #rate: number
  readonly #budget: Budget
  readonly #trials: Trials
  /** What was replayed over a part of the keys; the same as {@link #exact} where that is all. */
  readonly #coarse: Trial[] = []
  /** What was replayed over the whole trace. */
  readonly #exact: Trial[] = []

  constructor(plan: AdvisePlan, trace: Trace, survey: TrafficSurvey, rate: number) {
    this.#plan = plan
    this.#trace = trace
    this.#survey = survey
    this.#rate = rate
    const { budget } = plan
    const unit = budget.unit === 'bytes' ? 'bytes' : 'entries'
    this.#budget = {
      unit,
      amount: unit === 'bytes' ? budget.amount : boundOf(budget, { ...survey, nextUses: undefined }).entries,
    }
    const meter = new ProgressMeter(this.#works(), scaled(plan, SURVEY_PART, 1 - SURVEY_PART))
    this.#trials = new Trials(plan, trace, survey, meter)
  }

  async advice(): Promise<Advice> {
    const { goal, open } = this.#plan
    const first = await this.#try(this.#grid([1], open.choices))
    if (first.length === 0) {
      throw new TerraceError(
        'ERR_OPTION_INVALID',
        `advise: the budget '${this.#plan.budget.label}' holds no entry in any level`,
      )
    }
    const firstPolicy = ({ policies }: Trial['spending']): string => policies[0]!.policyName
    const having = first.filter(({ spending }) => spending.shares[0]! > 0)
    const candidates = [...bestBy(having.length > 0 ? having : first, goal, firstPolicy).values()]
    const policies = await this.#prove(candidates)
    const chosen = bestOf(policies, goal)!.spending.policies
    const others = FACTORS.filter((factor) => factor !== 1)
    await this.#try(
      this.#grid(
        others,
        chosen.map((policy) => [policy]),
      ),
    )
    // Under which policy a level is that gets nothing, does not matter.
    const own = this.#coarse.filter(({ spending }) =>
      spending.shares.every((share, i) => share === 0 || spending.policies[i] === chosen[i]),
    )
    const curve = await this.#prove([...bestBy(own, goal, ({ factor }) => factor).values()])
    const whole = own.filter(({ spending }) => spending.factor === 1)
    const without = await this.#prove(open.open.flatMap((_, i) => withAndWithout(whole, i, goal)))
    return this.#composed({ chosen, policies, curve, whole, without })
  }

  #composed(found: Found): Advice {
    const { goal, open, budget, traffic } = this.#plan
    const { requests, distinctKeys, distinctBytes } = this.#survey
    const tell = (trial: Trial): Advice['best'] => advised(trial, this.#budget.amount, !this.#exact.includes(trial))
    const atMost = [...found.policies, ...found.curve, ...found.without].filter(({ spending }) => spending.factor <= 1)
    const best = tell(bestOf(atMost, goal)!)
    const curve = found.curve
      .toSorted((a, b) => a.spending.factor - b.spending.factor)
      .map((trial) => ({
        factor: trial.spending.factor,
        best: tell(trial),
        alone: this.#alone(trial.spending.factor, found.chosen, tell),
      }))
    const budgets = curve.map((point) => point.best)
    const draft = {
      trace: this.#trace.name,
      requests,
      distinctKeys,
      distinctBytes: this.#budget.unit === 'bytes' ? distinctBytes : null,
      firstRequests: (100 * distinctKeys) / requests,
      budget: { asked: budget.label, ...this.#budget },
      goal,
      servers: open.setup.servers,
      seed: traffic.seed,
      sample: this.#sample(),
      tried: this.#coarse.length,
      best,
      tuned: open.setup.levels[open.open[0]!]!.name,
      policies: found.policies
        .map((trial) => ({ policy: trial.spending.policies[0]!.policyName, best: tell(trial) }))
        .toSorted((a, b) => worseBy(b.best, a.best, goal)),
      curve,
      splits: found.whole.map((trial) => ({
        share: trial.spending.shares[0]!,
        setup: tell(this.#proven(trial) ?? trial),
      })),
      half: curve.find(({ factor }) => factor === 0.5)?.best ?? null,
      double: curve.find(({ factor }) => factor === 2)?.best ?? null,
      flattens: flatFrom(budgets, goal),
      levels: open.open.flatMap((n, i) => {
        const [having, lacking] = withAndWithout(found.without, i, goal)
        if (having === undefined || lacking === undefined) return []
        return [levelVerdict(open.setup.levels[n]!.name, tell(having), tell(lacking), goal)]
      }),
    }
    return { ...draft, words: adviceWords(draft) }
  }

  /** Of a budget what it brings when all of it is in one level. */
  #alone(
    factor: number,
    policies: readonly LevelPlan[],
    tell: (trial: Trial) => Advice['best'],
  ): Advice['curve'][0]['alone'] {
    const { open, setup } = this.#plan.open
    if (open.length < 2) return []
    return open.flatMap((n, i) => {
      const trial = this.#coarse.find(
        ({ spending }) =>
          spending.factor === factor && spending.shares[i] === 1 && spending.policies[i] === policies[i],
      )
      return trial === undefined ? [] : [{ level: setup.levels[n]!.name, setup: tell(this.#proven(trial) ?? trial) }]
    })
  }

  #grid(factors: readonly number[], choices: readonly (readonly LevelPlan[])[]): ReturnType<typeof grid> {
    return grid(this.#plan.open, this.#budget, factors, choices, Math.max(1, this.#survey.smallest))
  }

  /** Replays over a part of the keys, if the trace is large. */
  async #try(spendings: ReturnType<typeof grid>): Promise<readonly Trial[]> {
    const trials = await this.#trials.of(spendings, this.#rate)
    this.#coarse.push(...trials)
    if (this.#rate === 1) this.#exact.push(...trials)
    return trials
  }

  /** The same trials over the whole trace. */
  async #prove(trials: readonly Trial[]): Promise<readonly Trial[]> {
    const fresh = [...new Set(trials.map(({ spending }) => spending))].filter(
      (spending) => !this.#exact.some((trial) => trial.spending === spending),
    )
    if (fresh.length > 0) this.#exact.push(...(await this.#trials.of(fresh, 1)))
    return trials.map((trial) => this.#proven(trial)!)
  }

  #proven({ spending }: Trial): Trial | undefined {
    return this.#exact.find((trial) => trial.spending === spending)
  }

  #sample(): SampleReport | null {
    if (this.#rate === 1) return null
    const errors = this.#exact.map((trial) => {
      const coarse = this.#coarse.find(({ spending }) => spending === trial.spending)!
      return Math.abs(coarse.report.hitRatio - trial.report.hitRatio)
    })
    return {
      rate: this.#rate,
      requests: this.#coarse[0]!.report.requests,
      error: { largest: Math.max(...errors), mean: errors.reduce((sum, error) => sum + error, 0) / errors.length },
      checked: errors.length,
    }
  }

  /** About what there is to do, for progress. */
  #works(): ReturnType<typeof trialWorks> {
    const { choices } = this.#plan.open
    const { bytes } = this.#trace
    const some = this.#grid(
      FACTORS,
      choices.map((own) => own.slice(0, 1)),
    )
    const coarse = [...this.#grid([1], choices), ...some.filter(({ factor }) => factor !== 1)]
    const exact = this.#rate === 1 ? [] : some.slice(0, choices[0]!.length + FACTORS.length + 2)
    return [...trialWorks(coarse, this.#rate, bytes), ...trialWorks(exact, 1, bytes)]
  }
}
