import type { LevelAdvice } from '../../src/advice/advice.ts'
import { createCache, memory } from '../../src/index.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { replay } from '../policies/replay.ts'
import type { Point } from './accuracy.ts'

/** A workload, and the cache that gets it. */
export interface Setting {
  readonly keys: Uint32Array
  readonly size: number
  readonly policy: PolicyName
  /** Reads a second. */
  readonly rate: number
  readonly seed: number
}

/** What is told at one size, and how far it may be off, in percent. */
export interface LivePoint extends Point {
  readonly error: number
}

const TRIED: readonly PolicyName[] = ['lru', 'wTinyLfu', 'sieve', 's3Fifo', 'lfu']
const FACTORS = [1 / 4, 1 / 2, 1, 2, 4]
/** How often the world moves on, a second. */
const STEPS = 20

/** What a cache in a running world says of its level 1 when all was read. */
export async function advised({ keys, size, policy, rate, seed }: Setting): Promise<LevelAdvice> {
  const world = new FakeWorld(seed)
  const cache = createCache<number>({ world, advice: true, levels: [memory({ maxEntries: size, policy })] })
  const step = Math.ceil(rate / STEPS)
  for (let at = 0; at < keys.length; at++) {
    await cache.getOrFetch(`key:${keys[at]}`, () => 1)
    if ((at + 1) % step === 0) world.advance((1000 * step) / rate)
  }
  const [level] = cache.advice().levels
  await cache.close()
  return level!
}

/** What whole caches do with the same reads: hit ratios, 0 to 1. */
export class Truth {
  readonly #keys: Uint32Array
  readonly #most: number
  readonly #known = new Map<string, number>()

  constructor(keys: Uint32Array) {
    this.#keys = keys
    this.#most = keys.reduce((most, key) => Math.max(most, key), 0) + 1
  }

  ratio(policy: PolicyName, size: number): number {
    const name = `${policy} ${size}`
    const ratio = this.#known.get(name) ?? replay(policies[policy], this.#keys, this.#most, size) / this.#keys.length
    this.#known.set(name, ratio)
    return ratio
  }
}

/** All that is told at a quarter, half, once, twice and four times the present size. */
export function livePoints({ curves, size }: LevelAdvice, truth: Truth): LivePoint[] {
  return curves.flatMap(({ policy, sizes, ratios, errors }) =>
    FACTORS.flatMap((factor) => {
      const at = sizes.indexOf(Math.round(size! * factor))
      if (at === -1) return []
      const real = 100 * truth.ratio(policy, sizes[at]!)
      return [{ policy, size: sizes[at]!, told: 100 * ratios[at]!, error: 100 * errors[at]!, real }]
    }),
  )
}

/** What is said in words that is not so: that something gains, or loses, which really does the opposite. */
export function untrue({ advice, size, policy, hitRatio }: LevelAdvice, truth: Truth): string[] {
  const real = (other: PolicyName, at: number) => truth.ratio(other, at) - truth.ratio(policy as PolicyName, size!)
  const wrong = advice.filter((text) => {
    const named = TRIED.filter((each) => text.includes(` ${each} `))
    if (text.startsWith('Doubling')) return real(policy as PolicyName, 2 * size!) <= 0
    if (text.startsWith('Four times')) return real(policy as PolicyName, 4 * size!) <= 0
    if (text.includes('would lose:')) return named.some((each) => real(each, size!) >= 0)
    return text.startsWith('The policy') && named.some((each) => real(each, size!) <= 0)
  })
  return wrong.map((text) => `${text} (at ${size}, ${policy}, ${hitRatio})`)
}

/** So many reads of so many keys, the first of them more often: the higher the power, the more. */
export function skewed(reads: number, keys: number, power: number, seed: number): Uint32Array {
  const world = new FakeWorld(seed)
  return Uint32Array.from({ length: reads }, () => Math.floor(world.random() ** power * keys))
}
