import { describe, expect, it } from 'vitest'
import { ReuseCurve } from '../../src/advice/reuse-curve.ts'
import { limitFor } from '../../src/advice/sampling.ts'
import { excessOf, Spread } from '../../src/advice/spread.ts'
import { hashed } from '../policies/replay.ts'
import { mean } from './accuracy.ts'

describe('Spread', () => {
  it('is what another draw of the keys would make a difference', () => {
    // A thousand keys, each read three times: a tenth of them stand for all.
    const told: number[] = []
    const errors: number[] = []
    for (let seed = 1; seed <= 200; seed++) {
      const spread = new Spread(1)
      let counted = 0
      for (let key = 0; key < 3000; key++) {
        const hash = hashed(key % 1000, seed * 7919)
        if (hash >= limitFor(0.1)) continue
        counted += 10
        spread.add(0, hash, excessOf(10))
      }
      told.push(counted)
      errors.push(spread.errorFrom(0))
    }
    const deviation = Math.sqrt(mean(told.map((each) => (each - mean(told)) ** 2)))
    expect(mean(errors) / deviation).toBeGreaterThan(0.85)
    expect(mean(errors) / deviation).toBeLessThan(1.15)
  })

  it('is nothing where every key was looked at, whatever the reads', () => {
    const curve = new ReuseCurve([10, 100], 200, true)
    for (let key = 0; key < 1000; key++) {
      const hash = hashed((key * key) % 97, 1)
      curve.read(hash, true)
      curve.keep(hash, 1)
    }
    expect(curve.thinning).toBe(0)
    expect(curve.spreads()).toEqual([0, 0])
    curve.lower(limitFor(0.5))
    for (let key = 0; key < 1000; key++) {
      const hash = hashed((key * key) % 97, 1)
      curve.read(hash, true)
      curve.keep(hash, 1)
    }
    // Half of the reads were counted before.
    expect(curve.thinning).toBeCloseTo(0.5, 0)
    expect(curve.spreads()[0]).toBeGreaterThan(0)
  })

  it('adds up the counts from one on, and forgets as they do', () => {
    const spread = new Spread(2)
    spread.add(0, 3, 2)
    spread.add(1, 5, 4)
    const last = spread.errorFrom(1)
    expect(spread.errorFrom(0)).toBeGreaterThan(last)
    spread.age(0.5)
    expect(spread.errorFrom(1)).toBeCloseTo(last / 2)
  })
})
