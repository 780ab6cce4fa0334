import { describe, expect, it } from 'vitest'
import type { PolicyName } from '../../src/policies/index.ts'
import { manifest, tracesArePresent } from '../policies/replay.ts'
import { errors, mean, points, presentSizes } from './accuracy.ts'

if (!tracesArePresent)
  console.log('The request traces are not beside the project: how true the advice is is not tested.')

/** Those that take seconds; `node scripts/advice-accuracy.ts` measures all. */
const traces = tracesArePresent ? manifest().filter((trace) => trace.requests < 150_000) : []

describe.runIf(tracesArePresent)('Advice on real traces', () => {
  const byPolicy = new Map<PolicyName, number[]>()

  it.each(traces)(
    'is near what whole caches do on $name',
    (trace) => {
      const found = errors(presentSizes(trace).flatMap((size) => points(trace, size, 1)))
      for (const [policy, error] of found) byPolicy.set(policy, [...(byPolicy.get(policy) ?? []), error])
      expect(found.get('lru'), 'lru').toBeLessThan(1)
      expect(found.get('wTinyLfu'), 'wTinyLfu').toBeLessThan(2)
    },
    60_000,
  )

  it('is within two points over all policies, sizes and traces, and within one for LRU', () => {
    const means = [...byPolicy].map(([policy, each]) => [policy, mean(each)] as const)
    expect(byPolicy.get('lru')).toHaveLength(traces.length)
    expect(Object.fromEntries(means).lru).toBeLessThan(1)
    expect(mean(means.map(([, error]) => error))).toBeLessThan(2)
  })
})
