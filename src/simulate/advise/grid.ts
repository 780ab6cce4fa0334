import type { LevelPlan } from '../levels/setup.ts'
import { setupLabel } from '../levels/setup-label.ts'
import { type Budget, type OpenSetup, type Spending, spending } from './budget.ts'

/** Parts of the budget that the first of two open levels is tried with. */
const SHARES = [0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1]
/** Budgets that are tried, as multiples of the one asked about: doublings, up to its double. */
export const FACTORS: readonly number[] = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2]

/** Every way to divide a budget under every choice of policies; ways that come to the same set-up once. */
export function grid(
  open: OpenSetup,
  budget: Budget,
  factors: readonly number[],
  choices: readonly (readonly LevelPlan[])[],
  least: number,
): readonly Spending[] {
  const all = new Map<string, Spending>()
  for (const factor of factors) {
    for (const shares of sharesOf(open)) {
      for (const policies of combinations(choices)) {
        const way = spending(open, budget, { factor, shares, policies }, least)
        if (way === undefined || way.setup.levels.length === 0) continue
        const label = `${factor} ${setupLabel(way.setup)}`
        if (!all.has(label)) all.set(label, way)
      }
    }
  }
  return [...all.values()]
}

function sharesOf({ open, setup }: OpenSetup): readonly (readonly number[])[] {
  if (open.length === 2) return SHARES.map((share) => [share, 1 - share])
  // Without the one open level there has to be another, or there would be no cache at all.
  return setup.levels.length > 1 ? [[0], [1]] : [[1]]
}

function combinations(choices: readonly (readonly LevelPlan[])[]): readonly (readonly LevelPlan[])[] {
  return choices.reduce<readonly (readonly LevelPlan[])[]>(
    (all, own) => all.flatMap((before) => own.map((policy) => [...before, policy])),
    [[]],
  )
}
