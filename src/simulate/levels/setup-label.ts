import { shownLatency } from './latency.ts'
import type { LevelPlan, SetupPlan } from './setup.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A set-up in the words of a description, complete and in one order. */
export function setupLabel({ levels, source }: SetupPlan): string {
  const words = [`source ${compact(source.latency)}`, ...(source.cost > 0 ? [`cost ${source.cost}`] : [])]
  return [...levels.map(levelLabel), words.join(' ')].join(', ')
}

/** A level in the words of a description. */
function levelLabel(level: LevelPlan): string {
  const { name, size, policyName, latency, servers, ttl, overhead, cost, price } = level
  const words = [name, ...(size === undefined ? [] : [size.label]), policyName, compact(latency)]
  if (servers > 1) words.push(`x${servers}`)
  if (ttl !== Number.POSITIVE_INFINITY) words.push(`ttl ${shownLifetime(ttl)}`)
  if (overhead > 0) words.push(`overhead ${overhead}b`)
  if (cost > 0) words.push(`cost ${cost}`)
  if (price > 0) words.push(`price ${price}`)
  return words.join(' ')
}

/** Milliseconds in the largest unit that divides them: `10m`, `90s`. */
export function shownLifetime(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => milliseconds % each === 0) ?? ['ms', 1]
  return `${milliseconds / length}${unit}`
}

function compact(latency: number): string {
  return shownLatency(latency).replace(' ', '')
}
