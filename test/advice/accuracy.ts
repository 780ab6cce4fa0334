import { LevelShadows } from '../../src/advice/level-shadows.ts'
import { shadowPlan } from '../../src/advice/shadow-plan.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { hashed, replay, requests, type Trace } from '../policies/replay.ts'

/** What level 1 gets of the default memory above one shared level. */
const LEVEL_MEMORY = 2 ** 20 * (1 - 1 / 16 - 1 / 10)
const TRIED: readonly PolicyName[] = ['wTinyLfu', 'sieve', 's3Fifo', 'lfu']

/** One point of a curve: hit ratios in percent, as the shadows have it and as a whole cache of that size really does. */
export interface Point {
  readonly policy: PolicyName
  readonly size: number
  readonly told: number
  readonly real: number
}

/** What is told of a trace in a cache of `size` entries at all its sizes, and what whole caches do. */
export function points(trace: Trace, size: number, seed: number): Point[] {
  const keys = requests(trace.name)
  const plan = shadowPlan(LEVEL_MEMORY, size, TRIED, false)
  const world = new FakeWorld(seed)
  const shadows = new LevelShadows(plan, true, () => world.random())
  for (const key of keys) {
    const hash = hashed(key, seed * 7919)
    shadows.read(hash, 1, false, 0, true)
    shadows.keep(hash, 1, Number.POSITIVE_INFINITY, false)
  }
  shadows.check()
  const real = (policy: PolicyName, at: number) => {
    return (100 * replay(policies[policy], keys, trace.keys, at)) / keys.length
  }
  const lru = shadows.reuse.ratios(keys.length)
  return [
    ...plan.sizes.map((at) => {
      const told = 100 * lru[shadows.reuse.sizes.indexOf(at)]!
      return { policy: 'lru' as const, size: at, told, real: real('lru', at) }
    }),
    ...shadows.miniatures.map((miniature) => {
      const { policy, size: at } = miniature
      return { policy, size: at, told: 100 * miniature.ratio(keys.length), real: real(policy, at) }
    }),
  ]
}

/** The sizes of a trace at which a cache is taken to be now: a small one and a large one. */
export function presentSizes({ sizes }: Trace): number[] {
  return [sizes[1]!, sizes[3]!]
}

/** Mean absolute error, in points, by policy. */
export function errors(of: readonly Point[]): Map<PolicyName, number> {
  const byPolicy = new Map<PolicyName, Point[]>()
  for (const point of of) byPolicy.set(point.policy, [...(byPolicy.get(point.policy) ?? []), point])
  return new Map(
    [...byPolicy].map(([policy, own]) => [policy, mean(own.map((each) => Math.abs(each.told - each.real)))]),
  )
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
