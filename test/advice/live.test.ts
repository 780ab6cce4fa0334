import { describe, expect, it } from 'vitest'
import type { PolicyName } from '../../src/policies/index.ts'
import { manifest, requests, tracesArePresent } from '../policies/replay.ts'
import { errors, mean, presentSizes } from './accuracy.ts'
import { advised, type LivePoint, livePoints, skewed, Truth, untrue } from './live.ts'

/** So much is told in words from on, and not counted as an error: in percent. */
const TOLERANCE = 0.5
const RATES = [200, 1000, 20_000]
const SEEDS = [1, 2]
const READS = 20_000

const drawn: [string, Uint32Array, number[]][] = [
  ['16 keys', skewed(READS, 16, 2, 5), [4]],
  ['100 keys', skewed(READS, 100, 2, 5), [20]],
  ['3,000 keys', skewed(READS, 3000, 3, 5), [50, 400]],
]
const real: [string, number[]][] = [
  ['lirs-sprite', [4, 400]],
  ['lirs-multi2', [300]],
  ['cache2k-web07', [20, 2000]],
  ['lirs-zigzag', [100]],
  ['cloudphysics-io', [4000]],
  ['address-gcc', [50]],
]
const workloads = tracesArePresent
  ? [...drawn, ...real.map(([name, sizes]) => [name, requests(name).slice(0, READS), sizes] as const)]
  : drawn

describe('Advice of a running cache', () => {
  const all: LivePoint[] = []

  it.each(workloads)(
    'says nothing that is not so: %s',
    async (_, keys, sizes) => {
      const truth = new Truth(keys)
      for (const size of sizes) {
        for (const rate of RATES) {
          for (const seed of SEEDS) {
            const policy = seed % 2 === 0 ? 'wTinyLfu' : 'lru'
            const level = await advised({ keys, size, policy, rate, seed })
            expect(untrue(level, truth), `${rate}/s`).toEqual([])
            all.push(...livePoints(level, truth))
          }
        }
      }
    },
    240_000,
  )

  it('is no further off than it says, in nine of ten cases', () => {
    const within = all.filter(({ told, real, error }) => Math.abs(told - real) <= error + TOLERANCE)
    expect(all.length).toBeGreaterThan(100)
    expect(within.length / all.length).toBeGreaterThan(0.9)
  })

  it('knows a level of four entries whole, or says that it does not', async () => {
    const keys = skewed(READS, 16, 2, 2)
    const truth = new Truth(keys)
    const level = await advised({ keys, size: 4, policy: 'lru', rate: 200, seed: 102 })
    expect(level.sampled).toBe(1)
    expect(level.advice.join()).toContain('The policy wTinyLfu would raise')
    for (const { told, real } of livePoints(level, truth)) expect(Math.abs(told - real)).toBeLessThan(1)
    const busy = await advised({ keys, size: 4, policy: 'wTinyLfu', rate: 20_000, seed: 102 })
    expect(busy.curves.map(({ policy }) => policy)).toEqual(['lru'])
    expect(busy.advice).toEqual(['L1 is small for how often it is read: too few of its keys are sampled for advice.'])
  })
})

describe.runIf(tracesArePresent)('Advice of a running cache at a thousand reads a second', () => {
  const byPolicy = new Map<PolicyName, number[]>()
  const traces = tracesArePresent ? manifest().filter((trace) => trace.requests < 150_000) : []

  it.each(traces)(
    'is near what whole caches do on $name',
    async (trace) => {
      const keys = requests(trace.name)
      const truth = new Truth(keys)
      const points: LivePoint[] = []
      for (const size of presentSizes(trace)) {
        const level = await advised({ keys, size, policy: 'lru', rate: 1000, seed: 1 })
        points.push(...livePoints(level, truth))
      }
      const found = errors(points)
      for (const [policy, error] of found) byPolicy.set(policy, [...(byPolicy.get(policy) ?? []), error])
      expect(found.get('lru'), 'lru').toBeLessThan(1)
    },
    240_000,
  )

  it('is within two points over all policies, sizes and traces, and within one for LRU', () => {
    const means = [...byPolicy].map(([policy, each]) => [policy, mean(each)] as const)
    expect(byPolicy.get('lru')).toHaveLength(traces.length)
    expect(Object.fromEntries(means).lru).toBeLessThan(1)
    expect(mean(means.map(([, error]) => error))).toBeLessThan(2)
  })
})
