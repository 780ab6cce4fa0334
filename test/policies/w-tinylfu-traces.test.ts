import { describe, expect, it } from 'vitest'
import { hashText } from '../../src/memory/hash.ts'
import { wTinyLfu } from '../../src/policies/w-tinylfu.ts'
import { hashed, manifest, reference, replay, requests, type Trace, tracesArePresent } from './replay.ts'

if (!tracesArePresent) console.log('The request traces are not beside the project: wTinyLfu is not measured on them.')

/** Those that take a second in all; `npm run simulate:reference` replays all. */
const traces = tracesArePresent ? manifest().filter((trace) => trace.requests < 150_000) : []
const known = tracesArePresent ? reference() : {}
/** Single runs differ, on short traces by up to half a point: the mean of several counts. */
const seeds = [1, 2, 3]

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

/** Hit ratios in percent by seed and size; none may be above the optimum. */
function ratios(trace: Trace, hash: (key: number, seed: number) => number): number[][] {
  const keys = requests(trace.name)
  return seeds.map((seed) => {
    const hashes = Int32Array.from({ length: trace.keys }, (_, key) => hash(key, seed))
    return trace.sizes.map((size) => {
      const ratio = (100 * replay(wTinyLfu, keys, trace.keys, size, seed, (key) => hashes[key])) / keys.length
      expect(ratio, `${trace.name}, ${size} entries`).toBeLessThan(known[trace.name][size].OPT + 0.001)
      return ratio
    })
  })
}

describe.runIf(tracesArePresent).each([
  ['numbers', hashed],
  ['strings', (key: number, seed: number) => hashText(`k${key}`, seed)],
] as const)('wTinyLfu on real traces, keys being %s', (_, hash) => {
  const reached = new Map(traces.map((trace) => [trace.name, mean(ratios(trace, hash).flat())]))
  const other = (trace: Trace, policy: string) => mean(trace.sizes.map((size) => known[trace.name][size][policy]))
  const lead = (trace: Trace, policy: string) => reached.get(trace.name)! - other(trace, policy)

  it('is a point above Caffeine over all, and the equal of the best fixed window in hindsight', () => {
    expect(mean(traces.map((trace) => lead(trace, 'Caffeine-HEAD')))).toBeGreaterThan(1)
    expect(mean(traces.map((trace) => lead(trace, 'W-TinyLFU-best-static')))).toBeGreaterThan(-0.1)
  })

  it.each(traces)('is at most half a point below Caffeine on $name', (trace) => {
    expect(lead(trace, 'Caffeine-HEAD')).toBeGreaterThan(-0.5)
  })

  it('is above Caffeine by a fifth of a point on most', () => {
    expect(traces.filter((trace) => lead(trace, 'Caffeine-HEAD') > 0.2).length).toBeGreaterThanOrEqual(7)
  })

  it.each(traces.filter(({ name }) => /cache2k|corda/.test(name)))('is no worse than LRU on $name', (trace) => {
    expect(lead(trace, 'LRU')).toBeGreaterThan(-0.3)
  })
})
