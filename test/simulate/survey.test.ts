import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyNumbers } from '../../src/simulate/key-numbers.ts'
import { NEVER, Surveyor } from '../../src/simulate/survey.ts'

const aNumber = fc.oneof(
  fc.nat(50),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(2 ** 32, 2 ** 32 + 1),
)
const aString = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'a', 'aa', '\0', '\0\0'),
)

describe('the survey of a trace', () => {
  for (const [kind, key] of [
    ['numbers', aNumber],
    ['strings', aString],
  ] as const) {
    it(`numbers keys as a Map does: ${kind}`, () => {
      fc.assert(
        fc.property(fc.array<number | string>(key, { maxLength: 200 }), (keys) => {
          const numbers = new KeyNumbers()
          const oracle = new Map<number | string, number>()
          for (const each of keys) {
            if (!oracle.has(each)) oracle.set(each, oracle.size)
            expect(numbers.numberOf(each)).toBe(oracle.get(each))
          }
          expect(numbers.size).toBe(oracle.size)
        }),
      )
    })
  }

  it('keeps the numbers of 300,000 keys that look alike while its table grows', () => {
    const numbers = new KeyNumbers()
    const keys = Array.from({ length: 300_000 }, (_, i) => (i % 2 === 0 ? `user:${i}` : `user:${i}:`))
    expect(keys.findIndex((key, i) => numbers.numberOf(key) !== i)).toBe(-1)
    expect(keys.findIndex((key, i) => numbers.numberOf(key) !== i)).toBe(-1)
    expect(numbers.size).toBe(300_000)
  })

  it('finds the next use of each request', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(12), { maxLength: 20 }), { maxLength: 6 }), (batches) => {
        const surveyor = new Surveyor(true)
        for (const keys of batches) surveyor.take({ keys, sizes: undefined, position: 0 })
        const all = batches.flat()
        const { requests, distinctKeys, nextUses } = surveyor.survey()
        expect({ requests, distinctKeys }).toEqual({ requests: all.length, distinctKeys: new Set(all).size })
        for (const [i, key] of all.entries()) {
          const next = all.indexOf(key, i + 1)
          expect(nextUses!.at(i)).toBe(next < 0 ? NEVER : next)
        }
      }),
    )
  })
})
