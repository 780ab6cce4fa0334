import type { CostReport, LatencyReport } from '../levels/levels-report.ts'
import type { Goal } from './advise-plan.ts'

/** What a goal is measured by. */
export interface Measured {
  readonly latency: LatencyReport
  readonly cost: CostReport | null
  /** Fetches in percent of all requests. */
  readonly fetchRatio: number
}

/** What is to be as little as possible. */
export function measure({ latency, cost, fetchRatio }: Measured, goal: Goal): number {
  if (goal === 'latency') return latency.mean
  return goal === 'fetches' ? fetchRatio : cost!.total
}

/** By how many percent `other` is worse than `best`; negative where it is better. */
export function worseBy(best: Measured, other: Measured, goal: Goal): number {
  const [least, more] = [measure(best, goal), measure(other, goal)]
  return least === 0 ? (more === 0 ? 0 : 100) : (100 * (more - least)) / least
}
