import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { type Bounds, CacheTwin, type Step } from './cache-twin.ts'
import { runs } from './runs.ts'

const NEVER = Number.POSITIVE_INFINITY
const NAMES = Object.keys(policies) as PolicyName[]

const key = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 25 }))
const life = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5000 }), fc.constant(NEVER))
const weight = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 60 }))
const capacity = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 }))
const bytes = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200 }))

const bounds: fc.Arbitrary<Bounds> = fc.record({
  maxEntries: capacity,
  maxBytes: fc.oneof(fc.constant(NEVER), bytes),
  maxEntryBytes: fc.oneof(fc.constant(NEVER), bytes),
  weighed: fc.constant(true),
  ttl: fc.oneof(
    { weight: 3, arbitrary: fc.constant(NEVER) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 50 }) },
  ),
  idle: fc.oneof(fc.constant(NEVER), fc.integer({ min: 1, max: 50 })),
})
/** Bounded by entries alone, nothing weighed, nothing expires. */
const plain: fc.Arbitrary<Bounds> = capacity.map((maxEntries) => ({
  maxEntries,
  maxBytes: NEVER,
  maxEntryBytes: NEVER,
  weighed: false,
  ttl: NEVER,
  idle: NEVER,
}))

const wait = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 6000 }))
const touch: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom('get' as const, 'get' as const, 'delete' as const), key)
const ask: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom('peek' as const, 'has' as const, 'ttl' as const), key)
const put: fc.Arbitrary<Step> = fc.tuple(
  fc.constant('set' as const),
  key,
  weight,
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, life, fc.constant(0)),
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.constantFrom('low' as const, 'normal' as const, 'pinned' as const),
  ),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: put },
  { weight: 12, arbitrary: touch },
  { weight: 4, arbitrary: ask },
  { weight: 2, arbitrary: fc.tuple(fc.constant('expire' as const), key, fc.oneof(life, fc.constant(0))) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('wait' as const), wait) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resize' as const), capacity, bytes) },
  { weight: 1, arbitrary: fc.constantFrom(['clear'] as const, ['iterate'] as const) },
)
const steps = fc.array(step, { maxLength: 120 })
const seed = fc.integer()

describe.each(NAMES)('MemoryCache under %s', (policy) => {
  it('holds what was set last, nothing expired, nothing beyond its bounds, and counts and reports it all', () => {
    fc.assert(
      fc.property(bounds, steps, seed, (bounds, steps, seed) => {
        const twin = new CacheTwin(bounds, policy, seed)
        for (const step of steps) twin.run(step)
        twin.cache.close()
        expect(twin.world.timers).toBe(0)
      }),
      runs(150),
    )
  })

  it('does so where nothing is weighed and nothing expires', () => {
    const steps = fc.array(fc.oneof(put, touch), { maxLength: 200 })
    fc.assert(
      fc.property(plain, steps, seed, (bounds, steps, seed) => {
        const twin = new CacheTwin(bounds, policy, seed)
        for (const step of steps) twin.run(step)
      }),
      runs(50),
    )
  })

  it('does the same whether a listener listens or not', () => {
    fc.assert(
      fc.property(bounds, steps, seed, (bounds, steps, seed) => {
        const heard = new CacheTwin(bounds, policy, seed)
        const world = new FakeWorld(seed)
        const unheard = new MemoryCache<string, number>({
          maxEntries: bounds.maxEntries,
          maxBytes: bounds.maxBytes === NEVER ? undefined : bounds.maxBytes,
          maxEntryBytes: bounds.maxEntryBytes === NEVER ? undefined : bounds.maxEntryBytes,
          sizeOf: (weight) => weight,
          ttl: bounds.ttl,
          idle: bounds.idle,
          policy,
          world,
        })
        for (const step of steps) {
          heard.run(step)
          mirror(unheard, world, step, bounds.maxBytes)
          unheard.check()
          expect(unheard.stats()).toEqual(heard.cache.stats())
          expect([...unheard.keys()]).toEqual([...heard.cache.keys()])
        }
      }),
      runs(40),
    )
  })
})

/** Does to a cache of weights what {@link CacheTwin} does to its own. */
function mirror(cache: MemoryCache<string, number>, world: FakeWorld, step: Step, maxBytes: number): void {
  const key = `k${step[1]}`
  if (step[0] === 'set') cache.set(key, step[2], { ttl: step[3], priority: step[4] })
  else if (step[0] === 'get') cache.get(key)
  else if (step[0] === 'delete') cache.delete(key)
  else if (step[0] === 'expire') cache.expire(key, step[2])
  else if (step[0] === 'wait') world.advance(step[1])
  else if (step[0] === 'clear') cache.clear()
  else if (step[0] === 'resize') {
    cache.resize(maxBytes === NEVER ? { maxEntries: step[1] } : { maxEntries: step[1], maxBytes: step[2] })
  }
}

/** Keys in the order in which they leave, as the textbook has it. */
class Queue {
  readonly weights = new Map<string, number>()
  readonly #rises: boolean

  /** @param rises whether use moves a key to the end: LRU, not FIFO */
  constructor(rises: boolean) {
    this.#rises = rises
  }

  used(key: string, weight = this.weights.get(key)!): void {
    if (this.#rises) this.weights.delete(key)
    this.weights.set(key, weight)
  }

  shrink(entries: number, bytes: number): void {
    let sum = [...this.weights.values()].reduce((a, b) => a + b, 0)
    for (const [key, weight] of this.weights) {
      if (this.weights.size <= entries && sum <= bytes) return
      this.weights.delete(key)
      sum -= weight
    }
  }

  set(key: string, weight: number, entries: number, bytes: number): void {
    if (weight > bytes) this.weights.delete(key)
    else if (this.weights.has(key)) {
      this.used(key, weight)
      this.shrink(entries, bytes)
    } else {
      this.shrink(entries - 1, bytes - weight)
      this.weights.set(key, weight)
    }
  }
}

describe.each(['lru', 'fifo'] as const)('MemoryCache under %s', (policy) => {
  it("holds exactly the textbook's entries, in its order", () => {
    const noTime = fc.array(
      fc.oneof(
        { weight: 10, arbitrary: fc.tuple(fc.constant('set' as const), key, weight, fc.constant(undefined)) },
        { weight: 10, arbitrary: touch },
        { weight: 2, arbitrary: ask },
        { weight: 1, arbitrary: fc.tuple(fc.constant('resize' as const), capacity, bytes) },
      ),
      { maxLength: 150 },
    )
    fc.assert(
      fc.property(capacity, bytes, noTime, (entries, bytes, steps) => {
        const world = new FakeWorld()
        const queue = new Queue(policy === 'lru')
        const cache = new MemoryCache<string, number>({
          maxEntries: entries,
          maxBytes: bytes,
          sizeOf: (w) => w,
          policy,
          world,
        })
        let bounds: [number, number] = [entries, bytes]
        for (const step of steps) {
          mirror(cache, world, step, 1)
          const key = `k${step[1]}`
          if (step[0] === 'set') queue.set(key, step[2], ...bounds)
          else if (step[0] === 'delete') queue.weights.delete(key)
          else if (step[0] === 'get' && queue.weights.has(key)) queue.used(key)
          else if (step[0] === 'resize') {
            bounds = [step[1], step[2]]
            queue.shrink(...bounds)
          }
          expect([...cache.order()]).toEqual([...queue.weights.keys()])
        }
      }),
      runs(150),
    )
  })
})
