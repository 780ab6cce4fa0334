import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../src/governor/adaptive-limit.ts'
import type { Outcome } from '../../src/governor/concurrency-limit.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { type Behaviour, Load } from './simulated-source.ts'

/** Works on 20 requests at a time, 50 ms each on average: its knee is at 20, its capacity 400 a second. */
const KNEE: Behaviour = { servers: 20, service: 50, isRandom: true, failing: 0 }
const CAPACITY = 400
/** The median of exponential times whose mean is 50. */
const MEDIAN_AT_REST = 50 * Math.LN2
const MINUTE = 60_000

describe('without a limit', () => {
  it('a source that is asked for too much answers later and later', async () => {
    const load = new Load({ ...KNEE }, undefined)
    const { throughput, latency, longest } = await load.run(MINUTE, 1.5 * CAPACITY)
    expect(throughput).toBeLessThan(1.05 * CAPACITY)
    expect(latency).toBeGreaterThan(5000)
    expect(longest).toBeGreaterThan(10_000)
  })
})

describe('the adaptive limit', () => {
  for (const [times, behaviour] of [
    ['exponential', KNEE],
    ['constant', { ...KNEE, isRandom: false }],
    ['long', { ...KNEE, service: 500 }],
  ] as const) {
    it(`settles near the knee of a source that is asked for too much: ${times} times`, async () => {
      const capacity = (behaviour.servers / behaviour.service) * 1000
      const load = new Load({ ...behaviour }, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
      await load.run(MINUTE, 0.5 * capacity)
      for (let minute = 0; minute < 4; minute++) {
        const { throughput, latency, meanLimit, longest } = await load.run(MINUTE, 1.5 * capacity)
        expect(throughput).toBeGreaterThan(0.85 * capacity)
        expect(latency).toBeLessThan(2.2 * behaviour.service)
        expect(meanLimit).toBeGreaterThan(15)
        expect(meanLimit).toBeLessThan(40)
        expect(longest).toBeLessThan(100)
      }
    })
  }

  it('does not choke a source that is slow, however many it is asked', async () => {
    const slow = { servers: 1_000_000, service: 1000, isRandom: true, failing: 0 }
    const load = new Load(slow, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
    await load.run(MINUTE, 100)
    for (let minute = 0; minute < 3; minute++) {
      const { shed, meanLimit } = await load.run(MINUTE, 100)
      expect(shed).toBe(0)
      expect(meanLimit).toBeGreaterThan(150)
    }
  })

  it('shrinks when the source fails, and comes back', async () => {
    const load = new Load({ ...KNEE }, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
    const before = await load.run(MINUTE, 0.9 * CAPACITY)
    expect(before.limit).toBeGreaterThan(10)
    load.source.behaviour.failing = 0.8
    const meanwhile = await load.run(5000, 0.9 * CAPACITY)
    expect(meanwhile.limit).toBeLessThanOrEqual(6)
    load.source.behaviour.failing = 0
    await load.run(10_000, 0.9 * CAPACITY)
    const after = await load.run(MINUTE, 0.9 * CAPACITY)
    expect(after.throughput).toBeGreaterThan(0.7 * CAPACITY)
    expect(after.meanLimit).toBeGreaterThan(10)
  })

  it('does not mind that some fetches fail', async () => {
    const load = new Load({ ...KNEE, failing: 0.1 }, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
    await load.run(MINUTE, 0.8 * CAPACITY)
    const { throughput } = await load.run(MINUTE, 0.8 * CAPACITY)
    expect(throughput).toBeGreaterThan(0.9 * 0.75 * CAPACITY)
  })

  it('finds that a source has become slower for good', async () => {
    const load = new Load({ ...KNEE, servers: 100 }, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
    await load.run(MINUTE, CAPACITY)
    load.source.behaviour.service = 200
    await load.run(MINUTE, CAPACITY)
    const { throughput, latency } = await load.run(2 * MINUTE, CAPACITY)
    expect(throughput).toBeGreaterThan(0.9 * CAPACITY)
    expect(latency).toBeLessThan(2 * 4 * MEDIAN_AT_REST)
  })

  it('finds that a source has lost half of what it can do', async () => {
    const load = new Load({ ...KNEE }, { maxConcurrent: 'adaptive', maxQueueTime: 1000 })
    await load.run(MINUTE, CAPACITY)
    load.source.behaviour.servers = 10
    await load.run(MINUTE, CAPACITY)
    const { throughput, latency, meanLimit } = await load.run(2 * MINUTE, CAPACITY)
    expect(throughput).toBeGreaterThan(0.85 * 0.5 * CAPACITY)
    expect(latency).toBeLessThan(2.5 * MEDIAN_AT_REST)
    expect(meanLimit).toBeLessThan(22)
  })

  it('does not take the latency at rest from the few whose callers did not leave while it measured', async () => {
    const behaviour = { servers: 40, service: 200, isRandom: true, failing: 0 }
    const load = new Load(behaviour, { maxConcurrent: 'adaptive' }, 5, 1000)
    await load.run(10_000, 180)
    for (let minute = 0; minute < 3; minute++) {
      const { throughput, meanLimit } = await load.run(MINUTE, 180)
      expect(throughput).toBeGreaterThan(0.6 * 180)
      expect(meanLimit).toBeGreaterThan(15)
    }
  })

  it('does not measure for ever where all who are let through leave', () => {
    const world = new FakeWorld()
    const limit = new AdaptiveLimit(world, { min: 3, max: 200, initial: 50 })
    for (let n = 0; limit.value !== 3; n++) {
      expect(n).toBeLessThan(10_000)
      limit.note('answered', 50, 50)
      world.advance(2)
    }
    for (let n = 0; n < 1500; n++) {
      limit.note('left', 9, 3)
      world.advance(10)
    }
    expect(limit.value).toBeGreaterThan(3)
  })

  it('stays within its bounds, whatever it is told', () => {
    const told = fc.record({
      outcome: fc.constantFrom<Outcome>('answered', 'failed', 'left'),
      duration: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100_000, noNaN: true })),
      among: fc.integer({ min: 1, max: 60 }),
      pause: fc.nat(500),
      times: fc.nat(60),
    })
    fc.assert(
      fc.property(fc.array(told, { maxLength: 60 }), (tellings) => {
        const world = new FakeWorld()
        const limit = new AdaptiveLimit(world, { min: 2, max: 50, initial: 10 })
        expect(limit.value).toBe(10)
        for (const { outcome, duration, among, pause, times } of tellings) {
          for (let n = 0; n < times; n++) {
            limit.note(outcome, duration, among)
            world.advance(pause / 50)
            expect(limit.value).toBeGreaterThanOrEqual(2)
            expect(limit.value).toBeLessThanOrEqual(50)
            expect(Number.isInteger(limit.value)).toBe(true)
          }
          world.advance(pause)
        }
      }),
    )
  })

  it('learns nothing of fetches that nobody waited for', () => {
    const world = new FakeWorld()
    const limit = new AdaptiveLimit(world, { min: 2, max: 50, initial: 10 })
    for (let n = 0; n < 1000; n++) {
      limit.note('left', 1, 10)
      world.advance(10)
    }
    expect(limit.value).toBe(10)
    for (let n = 0; n < 1000; n++) {
      limit.note('answered', 1, Math.min(10, limit.value))
      world.advance(1)
    }
    expect(limit.value).toBeGreaterThan(10)
  })

  it('does not grow while it is not used', () => {
    const world = new FakeWorld()
    const limit = new AdaptiveLimit(world, { min: 2, max: 50, initial: 20 })
    for (let n = 0; n < 4000; n++) {
      limit.note('answered', 1, 9)
      world.advance(1)
    }
    expect(limit.value).toBe(20)
  })
})
