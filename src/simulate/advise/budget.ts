import type { LevelPlan, SetupPlan } from '../levels/setup.ts'
import type { Size } from '../size.ts'

/** What there is to spend, on one trace. */
export interface Budget {
  readonly unit: 'bytes' | 'entries'
  readonly amount: number
}

/** A way to spend a budget: how much of it, divided how, under which policies. */
export interface Spending {
  /** Of the whole budget: 1, 0.5, 2 … */
  readonly factor: number
  /** The part of it that goes to each open level, all copies together; 0: the set-up goes without it. */
  readonly shares: readonly number[]
  /** Of each open level. */
  readonly policies: readonly LevelPlan[]
  readonly setup: SetupPlan
}

/** Levels to choose sizes for, among others whose size is given. */
export interface OpenSetup {
  readonly setup: SetupPlan
  /** Where in it the open levels are: one or two. */
  readonly open: readonly number[]
  /** For each open level itself under each policy to be tried. */
  readonly choices: readonly (readonly LevelPlan[])[]
}

const UNITS = [
  ['gb', 2 ** 30],
  ['mb', 2 ** 20],
  ['kb', 2 ** 10],
  ['b', 1],
] as const

/** The spending that a choice comes to; `undefined` where a level would get less than it needs for one entry. */
export function spending(
  { setup, open }: OpenSetup,
  budget: Budget,
  choice: Pick<Spending, 'factor' | 'shares' | 'policies'>,
  least: number,
): Spending | undefined {
  const { factor, shares, policies } = choice
  const levels: LevelPlan[] = []
  for (const [n, level] of setup.levels.entries()) {
    const at = open.indexOf(n)
    if (at < 0) levels.push(level)
    else if (shares[at]! > 0) {
      const amount = (budget.amount * factor * shares[at]!) / Math.max(1, level.servers)
      if (amount < (budget.unit === 'bytes' ? least + level.overhead : 1)) return undefined
      levels.push({ ...policies[at]!, size: sizeOf(amount, budget.unit) })
    }
  }
  return { ...choice, setup: { ...setup, levels } }
}

/** A size that a description can say in a few characters, no more than the amount. */
export function sizeOf(amount: number, unit: Budget['unit']): Size {
  if (unit === 'entries') return { label: String(Math.floor(amount)), unit, amount: Math.floor(amount) }
  const [suffix, factor] = UNITS.find(([, each]) => amount >= each) ?? ['b', 1]
  const decimals = amount / factor < 100 && factor > 1 ? 10 : 1
  const shown = Math.floor((amount / factor) * decimals) / decimals
  return { label: `${shown}${suffix}`, unit, amount: Math.round(shown * factor) }
}
