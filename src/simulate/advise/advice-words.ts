import { shownLatency } from '../levels/latency.ts'
import { money } from '../levels/levels-table.ts'
import { byteCount, grouped } from '../table.ts'
import type { Advice, AdvisedSetup, LevelVerdict } from './advice.ts'
import { FLAT } from './findings.ts'
import { measure, worseBy } from './goal.ts'

type Draft = Omit<Advice, 'words'>

/** Less than this many percent of the goal between policies is told as no difference. */
const ALIKE = 0.5

/** Advice in sentences, the most important first. */
export function adviceWords(draft: Draft): readonly string[] {
  return [
    best(draft),
    ...policies(draft),
    ...doublings(draft),
    flat(draft),
    ...draft.levels.map((each) => level(draft, each)),
    limit(draft),
    method(draft),
  ]
}

/** A budget in its unit: `512 MB`, `20,000 entries`. */
export function shownBudget({ budget }: Pick<Advice, 'budget'>, amount: number): string {
  return budget.unit === 'bytes' ? byteCount(amount) : `${grouped(amount)} entries`
}

/** The levels of a set-up with their sizes: `memory 42.6mb wTinyLfu on each of 3 servers, redis 384mb lru`. */
export function shownLevels({ levels }: AdvisedSetup): string {
  return levels
    .map(
      ({ name, size, policy, copies }) =>
        `${name} ${size} ${policy}${copies > 1 ? ` on each of ${copies} servers` : ''}`,
    )
    .join(', ')
}

function best(draft: Draft): string {
  const { best } = draft
  const shares = best.levels.map(({ name, share }) => `${name} ${share.toFixed(1)} %`).join(', ')
  const least =
    best.budget < draft.budget.amount ? ` That is ${shownBudget(draft, best.budget)}: more is of no use.` : ''
  const cost = best.cost === null ? '' : `, a million reads cost ${money(best.cost.total)}`
  return `Best: ${shownLevels(best)}. Then ${best.hitRatio.toFixed(1)} % of the reads are hits${best.levels.length > 1 ? ` (${shares})` : ''}, a read takes ${shownLatency(best.latency.mean)} in the mean${cost}.${least}`
}

function policies(draft: Draft): readonly string[] {
  const [first, ...rest] = draft.policies
  if (rest.length === 0) return []
  const worst = Math.max(...rest.map(({ best }) => worseBy(first!.best, best, draft.goal)))
  if (worst < ALIKE)
    return [`The policy of ${draft.tuned} hardly matters here: all that were tried are within ${worst.toFixed(1)} %.`]
  const others = rest.map(({ policy, best }) => `${policy} ${compared(draft, first!.best, best)}`)
  return [`Policy of ${draft.tuned}: ${first!.policy}. At the best split for each, with ${others.join('; with ')}.`]
}

function doublings(draft: Draft): readonly string[] {
  const { half, double, goal } = draft
  const full = draft.curve.find(({ factor }) => factor === 1)?.best
  if (full === undefined) return []
  const sentences: string[] = []
  if (half !== null) {
    const name = `Half of it, ${shownBudget(draft, half.budget)},`
    const fetches =
      goal === 'fetches' ? '' : `, and ${(100 * (half.fetchRatio / full.fetchRatio - 1)).toFixed(0)} % more is fetched`
    sentences.push(
      isAlike(draft, full, half)
        ? `${name} would do as well.`
        : `${name} would lose ${points(full, half)}: ${compared(draft, full, half)}${fetches}. That is what the last doubling brings.`,
    )
  }
  if (double !== null) {
    const name = `The next doubling, to ${shownBudget(draft, double.budget)},`
    sentences.push(
      isAlike(draft, full, double)
        ? `${name} would bring nothing.`
        : `${name} would bring ${points(double, full)}: ${compared(draft, full, double)}.`,
    )
  }
  return sentences
}

function isAlike({ goal }: Draft, one: AdvisedSetup, other: AdvisedSetup): boolean {
  return Math.abs(worseBy(one, other, goal)) < ALIKE && Math.abs(one.hitRatio - other.hitRatio) < 0.05
}

function flat(draft: Draft): string {
  const { flattens, curve } = draft
  const [first, last] = [curve[0]!.best, curve.at(-1)!.best]
  if (flattens === null)
    return `The curve has not flattened at ${shownBudget(draft, last.budget)}: the last doubling still brings more than ${FLAT} %.`
  const already = flattens === first.budget ? ', the least that was tried, or below' : ''
  return `The curve flattens at ${shownBudget(draft, flattens)}${already}: no doubling beyond brings ${FLAT} %.`
}

function level(draft: Draft, { name, verdict, with: having, without }: LevelVerdict): string {
  const elsewhere = without.levels.map((each) => each.name).join(' and ')
  if (verdict === 'not worth having') {
    return `${name} is not worth having with this budget: best is ${shownLevels(without)}; with ${shownLevels(having)}, the best found that has it, ${compared(draft, without, having)}.`
  }
  return `${name} is ${verdict}: with all of the budget in ${elsewhere}, ${compared(draft, having, without)}.`
}

function limit(draft: Draft): string {
  const { distinctBytes, distinctKeys, firstRequests } = draft
  const all =
    distinctBytes === null
      ? `${grouped(distinctKeys)} keys`
      : `${grouped(distinctKeys)} keys of ${byteCount(distinctBytes)}`
  return `Limit: the trace asks for ${all}, and ${firstRequests.toFixed(1)} % of its requests are the first for their key: no more than ${(100 - firstRequests).toFixed(1)} % can be hits.`
}

function method({ sample, tried, requests }: Draft): string {
  if (sample === null) return `Found by replaying all ${grouped(requests)} requests through ${tried} ways to spend.`
  const { rate, error, checked } = sample
  return `Found by replaying ${(100 * rate).toFixed(rate < 0.1 ? 1 : 0)} % of the keys (${grouped(sample.requests)} requests) through ${tried} ways to spend, and ${checked} of them over the whole trace: these are the figures above. There the sample was off by ${error.largest.toFixed(1)} points of hit ratio at most, ${error.mean.toFixed(1)} in the mean.`
}

function points(more: AdvisedSetup, less: AdvisedSetup): string {
  return `${(more.hitRatio - less.hitRatio).toFixed(1)} points of hit ratio`
}

/** How `other` compares with `base`: `a read takes 22 % longer (1.52 ms)`. */
function compared({ goal }: Pick<Draft, 'goal'>, base: AdvisedSetup, other: AdvisedSetup): string {
  const by = worseBy(base, other, goal)
  const size = Math.abs(by).toFixed(Math.abs(by) < 9.95 ? 1 : 0)
  const value = measure(other, goal)
  const same = size === '0.0'
  if (goal === 'latency') {
    const time = shownLatency(value)
    return same ? `a read takes as long (${time})` : `a read takes ${size} % ${by > 0 ? 'longer' : 'less'} (${time})`
  }
  const what = goal === 'fetches' ? `${value.toFixed(1)} % of the reads` : `${money(value)} a million reads`
  if (goal === 'fetches')
    return same ? `as many fetches (${what})` : `${size} % ${by > 0 ? 'more' : 'fewer'} fetches (${what})`
  return same ? `it costs as much (${what})` : `it is ${size} % ${by > 0 ? 'dearer' : 'cheaper'} (${what})`
}
