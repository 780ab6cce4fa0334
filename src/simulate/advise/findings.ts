import type { AdvisedSetup, LevelVerdict } from './advice.ts'
import type { Goal } from './advise-plan.ts'
import type { Spending } from './budget.ts'
import { measure, worseBy } from './goal.ts'
import type { Trial } from './trial.ts'

/** A doubling that improves the goal by less than this many percent is not worth telling. */
export const FLAT = 2
/** Differences below this many percent of the goal are taken for none. */
const SAME = 0.1
/** A level that improves the goal by less than this many percent is hardly worth having. */
const HARDLY = 1

/** A trial as advice tells it. `budget` is the whole budget in its unit. */
export function advised({ spending, report }: Trial, budget: number, sampled: boolean): AdvisedSetup {
  return {
    setup: report.setup,
    budget: Math.round(budget * spending.factor),
    levels: report.levels.map(({ name, size, copies, policy, share }) => ({ name, size, copies, policy, share })),
    hitRatio: report.hitRatio,
    fetchRatio: report.source.share,
    latency: report.latency,
    cost: report.cost,
    sampled,
  }
}

/** The trial that is best for the goal; of those that are as good, the one that spends least. */
export function bestOf(trials: readonly Trial[], goal: Goal): Trial | undefined {
  const value = ({ report }: Trial): number => measure({ ...report, fetchRatio: report.source.share }, goal)
  const least = Math.min(...trials.map(value))
  return trials
    .filter((trial) => value(trial) <= least * (1 + SAME / 100))
    .toSorted((a, b) => a.spending.factor - b.spending.factor || value(a) - value(b))[0]
}

/** The trials by what a spending has in common, each with its best. */
export function bestBy<G>(
  trials: readonly Trial[],
  goal: Goal,
  group: (spending: Spending) => G,
): ReadonlyMap<G, Trial> {
  const groups = new Map<G, Trial[]>()
  for (const trial of trials) {
    const key = group(trial.spending)
    groups.set(key, [...(groups.get(key) ?? []), trial])
  }
  return new Map([...groups].map(([key, own]) => [key, bestOf(own, goal)!]))
}

/** The best trial in which an open level gets something, and the best in which it gets nothing; none where there is no such pair. */
export function withAndWithout(trials: readonly Trial[], open: number, goal: Goal): readonly Trial[] {
  const [having, lacking] = [true, false].map((has) =>
    bestOf(
      trials.filter(({ spending }) => spending.shares[open]! > 0 === has),
      goal,
    ),
  )
  return having === undefined || lacking === undefined ? [] : [having, lacking]
}

/** The least budget of a rising curve from which on no doubling brings {@link FLAT} percent; `null` if the last one does. */
export function flatFrom(curve: readonly AdvisedSetup[], goal: Goal): number | null {
  let from = curve.length - 1
  while (from > 0 && worseBy(curve[from]!, curve[from - 1]!, goal) < FLAT) from--
  return from === curve.length - 1 ? null : curve[from]!.budget
}

/** What a level brings, from the best with it and the best without. */
export function levelVerdict(name: string, best: AdvisedSetup, without: AdvisedSetup, goal: Goal): LevelVerdict {
  const loss = worseBy(best, without, goal)
  const verdict = loss < 0 ? 'not worth having' : loss < HARDLY ? 'hardly worth having' : 'worth having'
  return { name, with: best, without, loss, verdict }
}
