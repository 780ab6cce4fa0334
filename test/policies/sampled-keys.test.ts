import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SampledKeys } from '../../src/policies/sampled-keys.ts'

describe('sampled keys', () => {
  it('is what a Map would be, for hashes that collide too', () => {
    // Few low bits, so that the runs of the index are long and wrap.
    const hash = fc.tuple(fc.nat(3), fc.nat(6)).map(([low, high]) => (high << 24) | (low === 3 ? 0xffffff : low))
    const most = fc.integer({ min: 1, max: 20 })
    fc.assert(
      fc.property(most, fc.array(fc.tuple(hash, fc.boolean()), { maxLength: 200 }), (size, steps) => {
        const keys = new SampledKeys(size)
        const model = new Map<number, number>()
        for (const [key, add] of steps) {
          const number = model.get(key)
          expect(keys.find(key)).toBe(number ?? 0)
          if (number !== undefined && !add) {
            keys.remove(number)
            model.delete(key)
          } else if (number === undefined && add && model.size < size) {
            const given = keys.add(key)
            expect(given).toBeGreaterThan(0)
            expect(given).toBeLessThanOrEqual(size)
            expect([...model.values()]).not.toContain(given)
            model.set(key, given)
          }
          keys.check()
          expect(keys.size).toBe(model.size)
        }
        keys.clear()
        keys.check()
        expect(keys.size).toBe(0)
      }),
    )
  })
})
