import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import { hashed } from './replay.ts'

describe('frequency sketch', () => {
  it('never estimates below the truth, and never above 15, whatever the seed', () => {
    const raises = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 15 })), { maxLength: 500 })
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 200 }), raises, (seed, entries, all) => {
        const sketch = new FrequencySketch(entries, seed)
        const truth = new Map<number, number>()
        for (const [key, count] of all) {
          sketch.raise(hashed(key, 1), count)
          truth.set(key, Math.max(count, truth.get(key) ?? 0))
        }
        for (const [key, count] of truth) {
          expect(sketch.frequency(hashed(key, 1))).toBeGreaterThanOrEqual(count)
          expect(sketch.frequency(hashed(key, 1))).toBeLessThanOrEqual(15)
        }
      }),
    )
  })

  it('keeps what it promises after every raise, ageing and clearing', () => {
    const raise = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 15 }))
    const step = fc.oneof(
      { weight: 20, arbitrary: raise },
      { weight: 2, arbitrary: fc.constant('age' as const) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
    )
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 200 }), fc.array(step), (seed, entries, steps) => {
        const sketch = new FrequencySketch(entries, seed)
        let raised = new Map<number, number>()
        for (const step of steps) {
          if (step === 'clear') {
            sketch.clear()
            raised.clear()
          } else if (step === 'age') {
            sketch.age()
            raised = new Map([...raised].map(([hash, count]) => [hash, count >> 1]))
          } else {
            const [key, count] = step
            sketch.raise(hashed(key, 1), count)
            raised.set(hashed(key, 1), Math.max(count, raised.get(hashed(key, 1)) ?? 0))
          }
          sketch.check(raised)
        }
      }),
    )
  })

  it('says where it does not', () => {
    const sketch = new FrequencySketch(100, 1)
    sketch.raise(5, 3)
    sketch.check([[5, 3]])
    expect(() => sketch.check([[5, 4]])).toThrow('frequency sketch: 5 was raised to 4, estimated as 3')
  })

  it('is exact while no two keys share all their counters', () => {
    const sketch = new FrequencySketch(10_000, 7)
    for (let key = 0; key < 100; key++) sketch.raise(hashed(key, 3), 1 + (key % 15))
    for (let key = 0; key < 100; key++) expect(sketch.frequency(hashed(key, 3))).toBe(1 + (key % 15))
    expect(sketch.frequency(hashed(1000, 3))).toBe(0)
  })

  it.each([1000, 100_000])('overestimates few of %d resident keys and as many that left', (entries) => {
    for (const seed of [1, 2, 3]) {
      const sketch = new FrequencySketch(entries, seed)
      for (let key = 0; key < 2 * entries; key++) sketch.raise(hashed(key, 5), 1 + (key % 3))
      let wrong = 0
      for (let key = 0; key < 2 * entries; key++) if (sketch.frequency(hashed(key, 5)) > 1 + (key % 3)) wrong++
      expect(wrong / (2 * entries)).toBeLessThan(0.1)
    }
  })

  it('is halved by ageing and emptied by clearing', () => {
    const sketch = new FrequencySketch(1000, 1)
    for (let count = 1; count <= 15; count++) sketch.raise(hashed(count, 0), count)
    sketch.age()
    for (let count = 1; count <= 15; count++) expect(sketch.frequency(hashed(count, 0))).toBe(count >> 1)
    sketch.clear()
    for (let count = 1; count <= 15; count++) expect(sketch.frequency(hashed(count, 0))).toBe(0)
  })

  it('takes 4 to 8 bytes an entry, up to 16 in small caches', () => {
    for (const entries of [1000, 10_000, 65_535]) {
      const perEntry = new FrequencySketch(entries, 1).bytes / entries
      expect(perEntry).toBeGreaterThanOrEqual(8)
      expect(perEntry).toBeLessThanOrEqual(16.5)
    }
    for (const entries of [65_536, 100_000, 1_000_000]) {
      const perEntry = new FrequencySketch(entries, 1).bytes / entries
      expect(perEntry).toBeGreaterThanOrEqual(4)
      expect(perEntry).toBeLessThanOrEqual(8)
    }
  })

  it('says whether it suits another number of entries', () => {
    const sketch = new FrequencySketch(1000, 1)
    expect(sketch.suits(1000)).toBe(true)
    expect(sketch.suits(1001)).toBe(true)
    expect(sketch.suits(5000)).toBe(false)
    expect(sketch.suits(100)).toBe(false)
  })
})
