import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HitSampler, HitSamplings } from '../../src/observe/hit-samplings.ts'
import { FakeWorld } from '../../src/testing/index.ts'

/** One who wants some hits, alone. */
function sampling(world: FakeWorld, perSecond: number, tell: HitSampler): HitSamplings {
  const samplings = new HitSamplings(world)
  samplings.add(perSecond, tell)
  return samplings
}

describe('HitSamplings', () => {
  it('tells every hit while there are few', () => {
    const world = new FakeWorld()
    const told: string[] = []
    const samplings = sampling(world, 100, (key, hits) => told.push(`${key}:${hits}`))
    for (let n = 0; n < 50; n++) {
      samplings.hit(`k${n}`, 'L1')
      world.advance(20)
    }
    expect(told).toEqual(Array.from({ length: 50 }, (_, n) => `k${n}:1`))
    samplings.close()
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
          const samplings = sampling(world, perSecond, (_, hits) => {
            told++
            stoodFor += hits
          })
          const run = (seconds: number): void => {
            for (let ms = 0; ms < seconds * 1000; ms += 10) {
              for (let n = 0; n < perMs * 10; n++) samplings.hit('k', 'L1')
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
          samplings.close()
        },
      ),
      { numRuns: 20 },
    )
  })

  it('sees all keys of a program that reads them in turn, about equally often', () => {
    const world = new FakeWorld(7)
    const seen = new Map<string, number>()
    const samplings = sampling(world, 1000, (key, hits) => seen.set(key, (seen.get(key) ?? 0) + hits))
    for (let turn = 0; turn < 20_000; turn++) {
      for (let n = 0; n < 10; n++) samplings.hit(`k${n}`, 'L1')
      if (turn % 20 === 0) world.advance(1)
    }
    expect(seen.size).toBe(10)
    for (const hits of seen.values()) expect(hits / 20_000).toBeCloseTo(1, 0)
    samplings.close()
  })

  it('is soon back at every hit when a busy time is over', () => {
    const world = new FakeWorld(3)
    let told = 0
    const samplings = sampling(world, 100, () => told++)
    for (let n = 0; n < 100_000; n++) {
      samplings.hit('k', 'L1')
      if (n % 100 === 0) world.advance(1)
      if (n === 50_000) told = 0
    }
    // One in more than a hundred of the second half.
    expect(told).toBeLessThan(500)
    for (let second = 0; second < 15; second++) {
      samplings.hit('k', 'L1')
      world.advance(1000)
    }
    told = 0
    for (let n = 0; n < 10; n++) {
      samplings.hit('k', 'L1')
      world.advance(100)
    }
    expect(told).toBe(10)
    samplings.close()
  })

  it('tells each of several what it would be told alone, whoever comes and goes', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ hits: fc.integer({ min: 1, max: 5000 }), seconds: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ begin: fc.integer({ min: 1, max: 500 }) }) },
      { weight: 1, arbitrary: fc.record({ end: fc.nat(5) }) },
    )
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.array(step, { maxLength: 30 }), (dice, steps) => {
        const world = new FakeWorld()
        world.random = () => dice
        const all = new HitSamplings(world)
        const listeners: { readonly alone: HitSamplings; readonly stop: () => void }[] = []
        const told: string[] = []
        const toldAlone: string[] = []
        let begun = 0
        let hit = 0
        for (const each of steps) {
          if ('begin' in each) {
            const who = begun++
            const alone = sampling(world, each.begin, (key, hits) => toldAlone.push(`${who}:${key}:${hits}`))
            const stop = all.add(each.begin, (key, hits) => told.push(`${who}:${key}:${hits}`))
            listeners.push({ alone, stop })
          } else if ('end' in each) {
            for (const { alone, stop } of listeners.splice(each.end, 1)) {
              alone.close()
              stop()
            }
          } else {
            for (let n = 0; n < each.hits; n++) {
              const key = `${hit++}`
              all.hit(key, 'L1')
              for (const { alone } of listeners) alone.hit(key, 'L1')
            }
            world.advance(each.seconds * 1000)
          }
        }
        expect(told).toEqual(toldAlone)
        for (const { alone, stop } of listeners) {
          alone.close()
          stop()
        }
        expect(world.timers).toBe(0)
      }),
    )
  })

  it('stays in order when those who are told read, begin and end', () => {
    const world = new FakeWorld(5)
    const all = new HitSamplings(world)
    const told: string[] = []
    let depth = 0
    const stop = all.add(500, (key) => {
      told.push(key)
      if (depth++ === 0) all.hit('within', 'L1')
      depth--
    })
    const stops: (() => void)[] = []
    all.add(500, () => {
      if (stops.length < 3) stops.push(all.add(1, (key) => told.push(`later ${key}`)))
      else for (const each of stops.splice(0)) each()
    })
    for (let n = 0; n < 10; n++) all.hit(`${n}`, 'L1')
    for (let n = 0; n < 10; n++) expect(told).toContain(`${n}`)
    expect(told).toContain('within')
    expect(told.some((key) => key.startsWith('later'))).toBe(true)
    // Whoever was ended hears nothing any more, not even of the hit at which that was.
    const ended: string[] = []
    const stopLast: (() => void)[] = []
    const stopFirst = all.add(500, () => stopLast[0]!())
    stopLast.push(all.add(500, (key) => ended.push(key)))
    all.hit('at its end', 'L1')
    expect(ended).toEqual([])
    stopFirst()
    stop()
    const before = told.filter((key) => !key.startsWith('later')).length
    all.hit('after', 'L1')
    expect(told.filter((key) => !key.startsWith('later'))).toHaveLength(before)
    all.close()
    expect(world.timers).toBe(0)
  })
})
