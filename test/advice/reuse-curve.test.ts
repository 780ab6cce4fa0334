import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecencyOrder } from '../../src/advice/recency-order.ts'
import { ReuseCurve } from '../../src/advice/reuse-curve.ts'
import { limitFor } from '../../src/advice/sampling.ts'
import { hashed } from '../policies/replay.ts'

/** What happens to a key: read (and then kept, if it was not), gone, or weighed anew. */
interface Step {
  readonly kind: 'read' | 'gone' | 'weighed'
  readonly key: number
  readonly weight: number
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('read', 'read', 'read', 'read', 'gone', 'weighed') as fc.Arbitrary<Step['kind']>,
    key: fc.nat(30),
    weight: fc.integer({ min: 1, max: 50 }),
  }),
  { minLength: 1, maxLength: 200 },
)

/** The keys from the one used last on, and what was counted: a list that is searched. */
class NaiveCurve {
  readonly stack: { key: number; weight: number }[] = []
  readonly distances: number[] = []

  step({ kind, key, weight }: Step): void {
    const at = this.stack.findIndex((each) => each.key === key)
    if (kind === 'gone') {
      if (at !== -1) this.stack.splice(at, 1)
    } else if (kind === 'weighed') {
      if (at !== -1) this.stack[at]!.weight = weight
    } else {
      const used = at === -1 ? { key, weight } : this.stack[at]!
      const above = this.stack.slice(0, at).reduce((sum, each) => sum + each.weight, used.weight)
      this.distances.push(at === -1 ? Number.POSITIVE_INFINITY : above)
      if (at !== -1) this.stack.splice(at, 1)
      this.stack.unshift(used)
    }
  }

  ratio(size: number): number {
    return this.distances.filter((distance) => distance <= size).length / this.distances.length
  }
}

function take(curve: ReuseCurve, { kind, key, weight }: Step): void {
  const hash = hashed(key, 5)
  if (kind === 'gone') curve.forget(hash)
  else if (kind === 'weighed') {
    if (curve.holds(hash)) curve.keep(hash, weight)
  } else {
    const isNew = !curve.holds(hash)
    curve.read(hash, true)
    if (isNew) curve.keep(hash, weight)
  }
}

describe('ReuseCurve', () => {
  it('is exact where every key is sampled, as a list that is searched', () => {
    const sizes = [1, 2, 3, 5, 8, 13, 21, 34, 55, 400]
    fc.assert(
      fc.property(steps, fc.boolean(), (all, weighs) => {
        const naive = new NaiveCurve()
        const curve = new ReuseCurve(sizes, 64, !weighs)
        for (const step of all) {
          const weighed = weighs ? step : { ...step, weight: 1 }
          naive.step(weighed)
          take(curve, weighed)
          curve.check()
        }
        const reads = naive.distances.length
        if (reads === 0) return
        expect(curve.counted).toBe(reads)
        for (const [n, ratio] of curve.ratios(reads).entries()) expect(ratio).toBeCloseTo(naive.ratio(sizes[n]!), 12)
      }),
      { numRuns: 300 },
    )
  })

  it('takes fewer keys where there are too many, and never more than it has room for', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 100, maxLength: 600 }), (keys) => {
        const curve = new ReuseCurve([1000, 4000], 32, true)
        let rate = 1
        for (const key of keys) {
          take(curve, { kind: 'read', key, weight: 1 })
          expect(curve.sampled).toBeLessThanOrEqual(32)
          expect(curve.rate).toBeLessThanOrEqual(rate)
          rate = curve.rate
        }
        curve.check()
        // What the sample must reach back to is 4,000 entries: a key in 125.
        expect(rate).toBeGreaterThanOrEqual(32 / 4000 / 1.15)
      }),
      { numRuns: 100 },
    )
  })

  it('goes on for ever with keys that never come again: the sample stays of the size it needs', () => {
    const curve = new ReuseCurve([100, 400], 200, true)
    for (let key = 0; key < 100_000; key++) {
      take(curve, { kind: 'read', key, weight: 1 })
      take(curve, { kind: 'read', key: 1_000_000 + (key % 10), weight: 1 })
    }
    curve.check()
    expect(curve.rate).toBeGreaterThan(0.4)
    expect(curve.ratios(200_000)[0]).toBeCloseTo(0.5, 2)
  })

  it('is near the truth from a sample of one key in ten', () => {
    const curve = new ReuseCurve([1000, 2000, 4000, 8000], 20_000, true)
    curve.lower(limitFor(0.1))
    const naive = new ReuseCurve([1000, 2000, 4000, 8000], 20_000, true)
    let state = 9
    const reads = 100_000
    for (let read = 0; read < reads; read++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const step = { kind: 'read' as const, key: Math.floor((state / 2 ** 32) ** 3 * 20_000), weight: 1 }
      take(curve, step)
      take(naive, step)
    }
    const truth = naive.ratios(reads)
    for (const [n, ratio] of curve.ratios(reads).entries()) expect(Math.abs(ratio - truth[n]!)).toBeLessThan(0.02)
  })

  it('follows a change: what was counted long ago counts less', () => {
    const curve = new ReuseCurve([10, 100], 200, true)
    for (let read = 0; read < 1000; read++) take(curve, { kind: 'read', key: read % 5, weight: 1 })
    curve.age(1 / 1024)
    for (let read = 0; read < 1000; read++) take(curve, { kind: 'read', key: read % 50, weight: 1 })
    const [small, large] = curve.ratios(1000 + 1000 / 1024)
    expect(small).toBeLessThan(0.01)
    expect(large).toBeGreaterThan(0.94)
  })
})

describe('RecencyOrder', () => {
  it('keeps its places together for as long as it lives', () => {
    const order = new RecencyOrder(8)
    for (let use = 0; use < 1000; use++) {
      const hash = hashed(use % 11, 3)
      const number = order.find(hash)
      if (number !== 0) order.use(number)
      else {
        if (order.isFull) order.removeOldest()
        order.add(hash, use % 3)
      }
      order.check()
    }
    expect(order.size).toBe(8)
    order.clear()
    order.check()
    expect(order.size).toBe(0)
  })
})
