import { describe, expect, it } from 'vitest'
import { fifo } from '../../src/policies/fifo.ts'
import { lfu } from '../../src/policies/lfu.ts'
import { lru } from '../../src/policies/lru.ts'
import type { PolicyFactory } from '../../src/policies/policy.ts'
import { random } from '../../src/policies/random.ts'
import { s3Fifo } from '../../src/policies/s3-fifo.ts'
import { sieve } from '../../src/policies/sieve.ts'
import { manifest, reference, replay, requests, type Trace, tracesArePresent } from './replay.ts'

if (!tracesArePresent) console.log('The request traces are not beside the project: their hit ratios are not tested.')

/** Those that take seconds; `npm run simulate:reference` replays all. */
const traces = tracesArePresent ? manifest().filter((trace) => trace.requests < 600_000) : []
const known = tracesArePresent ? reference() : {}

/** Hit ratio in percent by size. */
function ratios(factory: PolicyFactory, trace: Trace, seed = 1): number[] {
  const keys = requests(trace.name)
  return trace.sizes.map((size) => (100 * replay(factory, keys, trace.keys, size, seed)) / keys.length)
}

function referenceRatios(trace: Trace, policy: string): number[] {
  return trace.sizes.map((size) => known[trace.name][size][policy])
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

describe.runIf(tracesArePresent)('hit ratios on real traces', () => {
  const exact = { LRU: lru, FIFO: fifo, SIEVE: sieve, LFU: lfu }
  for (const [name, factory] of Object.entries(exact)) {
    it.each(traces)(`${name} is the reference to the last hit on $name`, (trace) => {
      const rounded = ratios(factory, trace).map((ratio) => ratio.toFixed(3))
      expect(rounded).toEqual(referenceRatios(trace, name).map((ratio) => ratio.toFixed(3)))
    })
  }

  it.each(traces)('random, over five seeds, is within half a point of the reference on $name', (trace) => {
    const means = [1, 2, 3, 4, 5].map((seed) => mean(ratios(random, trace, seed)))
    expect(Math.abs(mean(means) - mean(referenceRatios(trace, 'RANDOM')))).toBeLessThan(0.5)
  })

  it.each(traces)('no policy is above the optimum on $name', (trace) => {
    const optimum = referenceRatios(trace, 'OPT')
    for (const factory of [lru, fifo, sieve, lfu, random, s3Fifo]) {
      for (const [i, ratio] of ratios(factory, trace).entries()) expect(ratio).toBeLessThan(optimum[i] + 0.001)
    }
  })

  it('s3Fifo is at most half a point below the reference on any trace, and its equal over all', () => {
    const reached = traces.map((trace) => mean(ratios(s3Fifo, trace)))
    const expected = traces.map((trace) => mean(referenceRatios(trace, 'S3-FIFO')))
    for (const [i, { name }] of traces.entries()) {
      expect(reached[i], name).toBeGreaterThanOrEqual(expected[i] - 0.5)
    }
    expect(mean(reached)).toBeGreaterThanOrEqual(mean(expected) - 0.1)
  })
})
