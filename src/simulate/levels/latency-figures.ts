import type { StackTally } from './level-stack.ts'
import type { CostReport, LatencyReport } from './levels-report.ts'
import type { SetupPlan } from './setup.ts'

const GB = 2 ** 30
const MONTH_SECONDS = 30 * 24 * 3600

/**
 * What reads took: one that level n answers has paid for the look-ups down to it, one that none answers
 * for all of them and the fetch. As latencies are constants there are no more different times than
 * levels and one, and the percentiles are exact: the p-th is the least time that p % of the reads
 * did not exceed.
 */
export function latencyFigures(setup: SetupPlan, tally: StackTally, requests: number): LatencyReport {
  let paid = 0
  const outcomes = setup.levels.map(({ latency }, n) => {
    paid += latency
    return { latency: paid, count: tally.levels[n]!.hits }
  })
  outcomes.push({ latency: paid + setup.source.latency, count: tally.fetches })
  const percentile = (p: number): number => {
    const rank = Math.ceil((p * requests) / 100)
    let below = 0
    return outcomes.find(({ count }) => {
      below += count
      return below >= rank
    })!.latency
  }
  const sum = outcomes.reduce((total, { latency, count }) => total + latency * count, 0)
  return { mean: sum / requests, p50: percentile(50), p90: percentile(90), p99: percentile(99) }
}

/** What a million requests cost; `null` where nothing costs anything. `rate` is needed where memory has a price. */
export function costFigures(
  setup: SetupPlan,
  tally: StackTally,
  requests: number,
  rate: number | undefined,
): CostReport | null {
  if (setup.source.cost === 0 && setup.levels.every(({ cost, price }) => cost === 0 && price === 0)) return null
  const million = 1e6 / requests
  const source = tally.fetches * setup.source.cost * million
  const lookups = setup.levels.reduce((sum, { cost }, n) => sum + tally.levels[n]!.lookups * cost, 0) * million
  const month = setup.levels.reduce(
    (sum, { price, size, servers }) => sum + (price === 0 ? 0 : (price * size!.amount * Math.max(1, servers)) / GB),
    0,
  )
  const memory = rate === undefined ? 0 : (month * 1e6) / (rate * MONTH_SECONDS)
  return { source, lookups, memory, total: source + lookups + memory }
}
