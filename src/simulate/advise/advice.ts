import type { CostReport, LatencyReport } from '../levels/levels-report.ts'
import type { Goal } from './advise-plan.ts'

/** A way to spend the budget, or another one, and what it brings. Ratios are percentages of all requests. */
export interface AdvisedSetup {
  /** The set-up in the words of a description, for `simulate --levels`. */
  readonly setup: string
  /** Bytes or entries spent, all levels and servers together. */
  readonly budget: number
  readonly levels: readonly AdvisedLevel[]
  readonly hitRatio: number
  /** Fetches in percent of all requests. */
  readonly fetchRatio: number
  readonly latency: LatencyReport
  readonly cost: CostReport | null
  /** Whether the figures are of a part of the keys. */
  readonly sampled: boolean
}

/** A level of an {@link AdvisedSetup}. */
export interface AdvisedLevel {
  readonly name: string
  /** The size of one copy, in the words of a description. */
  readonly size: string
  readonly copies: number
  readonly policy: string
  /** Hits in percent of all requests. */
  readonly share: number
}

/** How far figures of a part of the keys can be trusted. */
export interface SampleReport {
  /** The part of the keys that was replayed to choose. */
  readonly rate: number
  readonly requests: number
  /** The largest and the mean distance, in points of hit ratio, between the part and the whole of the trace, over the set-ups replayed in both ways. */
  readonly error: { readonly largest: number; readonly mean: number }
  readonly checked: number
}

/** A budget of another size. */
export interface CurvePoint {
  /** Of the budget asked about: 0.5, 1, 2 … */
  readonly factor: number
  readonly best: AdvisedSetup
  /** All of it in one of the open levels, where there are two. */
  readonly alone: readonly { readonly level: string; readonly setup: AdvisedSetup }[]
}

/** What a level brings. */
export interface LevelVerdict {
  readonly name: string
  /** The best that was found without it; with all of the budget elsewhere. */
  readonly without: AdvisedSetup
  /** The best that was found with it. */
  readonly with: AdvisedSetup
  /** By how much the goal is worse without it, in percent; negative where it is better. */
  readonly loss: number
  readonly verdict: 'worth having' | 'hardly worth having' | 'not worth having'
}

/** The outcome of `advise`: plain data, the same after a round trip through JSON. */
export interface Advice {
  readonly trace: string
  readonly requests: number
  readonly distinctKeys: number
  /** What all distinct keys weigh together; `null` for a budget in entries. */
  readonly distinctBytes: number | null
  /** Requests in percent that are the first for their key: nobody can have them. */
  readonly firstRequests: number
  readonly budget: { readonly asked: string; readonly unit: 'bytes' | 'entries'; readonly amount: number }
  readonly goal: Goal
  readonly servers: number
  readonly seed: number
  /** `null` where all of the trace was replayed for every figure. */
  readonly sample: SampleReport | null
  /** How many ways to spend were replayed. */
  readonly tried: number
  readonly best: AdvisedSetup
  /** The level whose policies were compared: the first without a size. */
  readonly tuned: string
  /** The best split under each policy of that level, the best first. */
  readonly policies: readonly { readonly policy: string; readonly best: AdvisedSetup }[]
  /** The best split of each budget, the smallest first; the whole budget and its double among them. */
  readonly curve: readonly CurvePoint[]
  /** The whole budget divided otherwise, under the best policies: from none in the first open level to all. */
  readonly splits: readonly { readonly share: number; readonly setup: AdvisedSetup }[]
  readonly half: AdvisedSetup | null
  readonly double: AdvisedSetup | null
  /** The least budget beyond which no doubling improves the goal by 2 %; `null` where the curve is still rising at the double. */
  readonly flattens: number | null
  readonly levels: readonly LevelVerdict[]
  /** The advice in sentences. */
  readonly words: readonly string[]
}
