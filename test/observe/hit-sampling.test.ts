import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HitSampling } from '../../src/observe/hit-sampling.ts'
import { FakeWorld } from '../../src/testing/index.ts'

describe('HitSampling', () => {
  it('tells every hit while there are few', () => {
    const world = new FakeWorld()
    const told: string[] = []
    const sampling = new HitSampling(world, 100, (key, hits) => told.push(`${key}:${hits}`))
    for (let n = 0; n < 50; n++) {
      sampling.hit(`k${n}`, 'L1')
      world.advance(20)
    }
    expect(told).toEqual(Array.from({ length: 50 }, (_, n) => `k${n}:1`))
    sampling.close()
    expect(world.timers).toBe(0)
  })

  it('tells about as many as wanted at any rate, and each stands for those passed over', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 20, max: 1000 }),
        fc.integer({ min: 50, max: 500 }),
        (seed, perMs, perSecond) => {
          const world = new FakeWorld(seed)
          let told = 0
          let stoodFor = 0
          const sampling = new HitSampling(world, perSecond, (_, hits) => {
            told++
            stoodFor += hits
          })
          const run = (seconds: number): void => {
            for (let ms = 0; ms < seconds * 1000; ms += 10) {
              for (let n = 0; n < perMs * 10; n++) sampling.hit('k', 'L1')
              world.advance(10)
            }
          }
          run(1)
          told = 0
          const before = stoodFor
          run(2)
          expect(told / 2 / perSecond).toBeGreaterThan(0.5)
          expect(told / 2 / perSecond).toBeLessThan(2)
          // What is passed over in the last gap has not been told yet.
          expect((stoodFor - before) / (perMs * 2000)).toBeCloseTo(1, 0)
          sampling.close()
        },
      ),
      { numRuns: 20 },
    )
  })

  it('sees all keys of a program that reads them in turn, about equally often', () => {
    const world = new FakeWorld(7)
    const seen = new Map<string, number>()
    const sampling = new HitSampling(world, 1000, (key, hits) => seen.set(key, (seen.get(key) ?? 0) + hits))
    for (let turn = 0; turn < 20_000; turn++) {
      for (let n = 0; n < 10; n++) sampling.hit(`k${n}`, 'L1')
      if (turn % 20 === 0) world.advance(1)
    }
    expect(seen.size).toBe(10)
    for (const hits of seen.values()) expect(hits / 20_000).toBeCloseTo(1, 0)
    sampling.close()
  })

  it('is soon back at every hit when a busy time is over', () => {
    const world = new FakeWorld(3)
    let told = 0
    const sampling = new HitSampling(world, 100, () => told++)
    for (let n = 0; n < 100_000; n++) {
      sampling.hit('k', 'L1')
      if (n % 100 === 0) world.advance(1)
    }
    expect(sampling.stride).toBeGreaterThan(100)
    for (let second = 0; second < 15; second++) {
      sampling.hit('k', 'L1')
      world.advance(1000)
    }
    told = 0
    for (let n = 0; n < 10; n++) {
      sampling.hit('k', 'L1')
      world.advance(100)
    }
    expect(told).toBe(10)
    sampling.close()
  })
})
