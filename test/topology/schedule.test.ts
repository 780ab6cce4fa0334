import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeWorld } from '../../src/testing/index.ts'
import { FAULTS, schedule } from '../../topology/chaos/schedule.ts'

const planned = (duration: number, seed: number) => {
  const world = new FakeWorld(seed)
  return schedule(duration, () => world.random())
}

describe('the schedule of the chaos', () => {
  it('has every fault within a minute', () => {
    const names = planned(60_000, 1).map(({ name }) => name)
    expect(names.toSorted()).toEqual([...FAULTS].sort())
  })

  it('follows from the seed', () => {
    expect(planned(120_000, 7)).toEqual(planned(120_000, 7))
    expect(planned(120_000, 7)).not.toEqual(planned(120_000, 8))
  })

  it('lets one fault happen after another, with calm at both ends, and each before any comes again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5000, max: 900_000 }), fc.nat(), (duration, seed) => {
        let free = 5000
        const faults = planned(duration, seed)
        for (const { at, lasts, which } of faults) {
          expect(at).toBeGreaterThanOrEqual(free)
          expect(which).toBeGreaterThanOrEqual(0)
          expect(which).toBeLessThan(1)
          free = at + lasts
        }
        if (faults.length > 0) expect(free).toBeLessThanOrEqual(duration - 5000)
        for (let n = 0; n < faults.length; n += FAULTS.length) {
          const round = faults.slice(n, n + FAULTS.length).map(({ name }) => name)
          expect(new Set(round).size).toBe(round.length)
        }
      }),
    )
  })
})
