import { describe, expect, it } from 'vitest'
import { Pace } from '../../src/advice/pace.ts'

const SECOND = 1000

/** The greatest number of steps a second, of so many reads, after which the share stays as it is. */
function allowed(reads: number, part = 1, left = part): number {
  let most = 0
  for (let bit = 2 ** 20; bit >= 1; bit /= 2) {
    const pace = new Pace(part)
    pace.mayUse(left)
    if (pace.beat(most + bit, reads, SECOND) === 'same') most += bit
  }
  return most
}

describe('Pace', () => {
  it('has a hundredth of a processor where reads are few', () => {
    expect(allowed(0)).toBe(50_000)
    expect(allowed(1000)).toBe(49_850)
    expect(allowed(100_000)).toBe(35_000)
  })

  it('has half a nanosecond a read at full speed, and a thousandth of a processor between', () => {
    expect(allowed(400_000)).toBe(5000)
    expect(allowed(5_000_000)).toBe(12_500)
  })

  it('gives a level its part, and what the others leave', () => {
    expect(allowed(0, 1 / 2)).toBe(25_000)
    expect(allowed(0, 1 / 2, 0.9)).toBe(45_000)
    expect(allowed(0, 1 / 2, 0.1)).toBe(25_000)
    const pace = new Pace(1 / 2)
    pace.beat(10_000, 0, SECOND)
    expect(pace.used).toBeCloseTo(0.2)
  })

  it('halves the share when the steps are too many before the second is over', () => {
    const pace = new Pace(1)
    expect(pace.isExceeded(99_000, 0)).toBe(false)
    expect(pace.isExceeded(101_000, 0)).toBe(true)
    expect(pace.rate).toBe(1 / 2)
    expect(pace.isExceeded(102_000, 0)).toBe(false)
  })
})
