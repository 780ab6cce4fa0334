import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BiggestKeys } from '../../src/observe/biggest-keys.ts'
import { Durations } from '../../src/observe/durations.ts'
import { TopKeys } from '../../src/observe/top-keys.ts'

/** Keys of which a few are frequent, with weights. */
const stream = fc.array(
  fc.record({
    key: fc.oneof(fc.integer({ max: 4, min: 0 }), fc.nat(200)).map((n) => `k${n}`),
    weight: fc.integer({ min: 1, max: 50 }),
  }),
  { maxLength: 400 },
)

describe('TopKeys', () => {
  it('counts never too low, and too high by no more than it says and the capacity allows', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 40 }), (all, capacity) => {
        const sketch = new TopKeys(capacity)
        const exact = new Map<string, number>()
        let total = 0
        for (const { key, weight } of all) {
          sketch.add(key, weight)
          sketch.check()
          exact.set(key, (exact.get(key) ?? 0) + weight)
          total += weight
        }
        expect(sketch.total).toBe(total)
        const top = sketch.top(capacity)
        for (const { key, count, error } of top) {
          const truth = exact.get(key)!
          expect(count).toBeGreaterThanOrEqual(truth)
          expect(count - error).toBeLessThanOrEqual(truth)
          expect(error).toBeLessThanOrEqual(total / capacity)
        }
        // Whoever makes up more than a capacity-th of the stream is there.
        const held = new Set(top.map(({ key }) => key))
        for (const [key, truth] of exact) if (truth > total / capacity) expect(held).toContain(key)
        expect(top.map(({ count }) => count)).toEqual(top.map(({ count }) => count).sort((a, b) => b - a))
      }),
    )
  })

  it('is exact while there is a counter for each key', () => {
    fc.assert(
      fc.property(stream, (all) => {
        const sketch = new TopKeys(300)
        const exact = new Map<string, number>()
        for (const { key, weight } of all) {
          sketch.add(key, weight)
          exact.set(key, (exact.get(key) ?? 0) + weight)
        }
        expect(new Map(sketch.top(300).map(({ key, count }) => [key, count]))).toEqual(exact)
        expect(sketch.top(300).every(({ error }) => error === 0)).toBe(true)
      }),
    )
  })

  it('finds new favourites when old counts fade', () => {
    const sketch = new TopKeys(8)
    for (let n = 0; n < 1000; n++) sketch.add('old')
    for (let turn = 0; turn < 5; turn++) {
      sketch.fade(0.5)
      sketch.check()
    }
    for (let n = 0; n < 100; n++) sketch.add('new')
    expect(sketch.top(2).map(({ key }) => key)).toEqual(['new', 'old'])
  })
})

describe('BiggestKeys', () => {
  it('holds the biggest of all that were noted, each with its last size', () => {
    const notes = fc.array(fc.record({ key: fc.nat(40).map((n) => `k${n}`), bytes: fc.nat(1000) }), { maxLength: 200 })
    fc.assert(
      fc.property(notes, fc.integer({ min: 1, max: 20 }), (all, capacity) => {
        // Keys whose size never changes: of those the biggest must be there.
        const sizes = new Map<string, number>()
        const biggest = new BiggestKeys(capacity)
        for (const { key, bytes } of all) {
          if (!sizes.has(key)) sizes.set(key, bytes)
          biggest.note(key, sizes.get(key)!)
        }
        const expected = [...sizes.values()].sort((a, b) => b - a).slice(0, capacity)
        expect(biggest.top(capacity).map(({ bytes }) => bytes)).toEqual(expected)
        for (const { key, bytes } of biggest.top(capacity)) expect(sizes.get(key)).toBe(bytes)
      }),
    )
  })

  it('follows sizes that change, and forgets what it is told to', () => {
    const biggest = new BiggestKeys(2)
    biggest.note('a', 10)
    biggest.note('b', 20)
    biggest.note('a', 30)
    biggest.note('c', 25)
    expect(biggest.top(9)).toEqual([
      { key: 'a', bytes: 30 },
      { key: 'c', bytes: 25 },
    ])
    biggest.forget('a')
    biggest.note('d', 1)
    expect(biggest.top(9).map(({ key }) => key)).toEqual(['c', 'd'])
  })
})

describe('Durations', () => {
  it('tells percentiles that are at most a fifth too long, and never too short', () => {
    const times = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(times, times, fc.double({ min: 0.01, max: 1, noNaN: true }), (some, more, part) => {
        const durations = new Durations()
        const others = new Durations()
        for (const ms of some) durations.add(ms)
        for (const ms of more) others.add(ms)
        durations.addAll(others)
        const sorted = [...some, ...more].sort((a, b) => a - b)
        const exact = sorted[Math.ceil(part * sorted.length) - 1]!
        const told = durations.percentile(part)!
        expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9))
        expect(told).toBeLessThanOrEqual(Math.max(0.01, exact * 2 ** 0.25) * (1 + 1e-9))
        expect(durations.max).toBe(sorted.at(-1))
        expect(durations.count).toBe(sorted.length)
      }),
    )
  })

  it('tells nothing where nothing was measured', () => {
    const durations = new Durations()
    durations.add(3)
    durations.clear()
    expect([durations.mean, durations.max, durations.percentile(0.5)]).toEqual([undefined, undefined, undefined])
  })
})
