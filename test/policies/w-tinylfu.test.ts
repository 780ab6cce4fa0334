import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MemoryCache, type MemoryCacheOptions } from '../../src/memory/index.ts'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import { wTinyLfu } from '../../src/policies/w-tinylfu.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { policyConformance } from '../../src/testing/policy-conformance.ts'
import { chances, followTraffic } from './follow-traffic.ts'
import { agree } from './oracle.ts'
import { context, hashed, replay } from './replay.ts'
import { WTinyLfuOracle } from './w-tinylfu-oracle.ts'

/** What an engine does with a policy, reduced to bounds, slots and weights. */
class Engine {
  readonly weights = new Map<Slot, number>()
  readonly #hashes = new Map<Slot, number>()
  readonly #policy
  #slots: number
  #capacity: number
  #draw = 1
  #weight = 0

  constructor(slots: number, capacity: number) {
    this.#slots = slots
    this.#capacity = capacity
    const context: PolicyContext = {
      slots,
      capacity,
      random: () => {
        this.#draw = (Math.imul(this.#draw, 48271) >>> 0) % 0x7fffffff
        return this.#draw / 0x7fffffff
      },
      deadline: () => Number.POSITIVE_INFINITY,
      hashOf: (slot) => this.#hashes.get(slot) ?? 0,
    }
    this.#policy = wTinyLfu(context)
  }

  #nth(place: number): Slot {
    return [...this.weights.keys()][place % this.weights.size]!
  }

  #weigh(slot: Slot, weight: number): void {
    this.#weight += weight - (this.weights.get(slot) ?? 0)
    this.weights.set(slot, weight)
  }

  #forget(slot: Slot): void {
    this.#weight -= this.weights.get(slot)!
    this.weights.delete(slot)
  }

  #makeRoom(entries: number, weight: number): void {
    while (
      this.weights.size > 0 &&
      (this.weights.size + entries > this.#slots || this.#weight + weight > this.#capacity)
    ) {
      this.evict()
    }
  }

  add(key: number, weight: number): void {
    if (weight > this.#capacity) return
    this.#makeRoom(1, weight)
    let slot = 1
    while (this.weights.has(slot)) slot++
    this.#weigh(slot, weight)
    this.#hashes.set(slot, Math.imul(key, 0x9e3779b1))
    this.#policy.added(slot, this.#hashes.get(slot)!, weight)
  }

  touch(place: number): void {
    if (this.weights.size > 0) this.#policy.touched(this.#nth(place))
  }

  update(place: number, weight: number): void {
    if (this.weights.size === 0 || weight > this.#capacity) return
    const slot = this.#nth(place)
    this.#weigh(slot, weight)
    this.#policy.updated(slot, weight)
    this.#makeRoom(0, 0)
  }

  remove(place: number): void {
    if (this.weights.size === 0) return
    const slot = this.#nth(place)
    this.#forget(slot)
    this.#policy.removed(slot)
  }

  evict(): void {
    if (this.weights.size === 0) return
    const slot = this.#policy.evict()
    expect(this.weights.has(slot), `evict returned ${slot}, which is not resident`).toBe(true)
    this.#forget(slot)
  }

  clear(): void {
    this.weights.clear()
    this.#weight = 0
    this.#policy.clear()
  }

  resize(slots: number, capacity: number): void {
    if ([...this.weights.keys()].some((slot) => slot > slots)) return
    this.#slots = slots
    this.#capacity = capacity
    this.#policy.resize(capacity, slots)
    this.#makeRoom(0, 0)
  }

  verify(): void {
    this.#policy.check()
    expect([...this.#policy.order()].sort((a, b) => a - b)).toEqual([...this.weights.keys()].sort((a, b) => a - b))
  }
}

type Step = (engine: Engine) => void

/** Steps of an engine, as often as they occur in a life of a cache: mostly reads and insertions. */
function steps(weight: fc.Arbitrary<number>, slots: fc.Arbitrary<number>, length: number): fc.Arbitrary<Step[]> {
  const place = fc.nat(1000)
  const one = fc.oneof(
    {
      weight: 24,
      arbitrary: fc.tuple(fc.nat(60), weight).map(
        ([key, w]): Step =>
          (engine) =>
            engine.add(key, w),
      ),
    },
    {
      weight: 24,
      arbitrary: place.map(
        (at): Step =>
          (engine) =>
            engine.touch(at),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(place, weight).map(
        ([at, w]): Step =>
          (engine) =>
            engine.update(at, w),
      ),
    },
    {
      weight: 4,
      arbitrary: place.map(
        (at): Step =>
          (engine) =>
            engine.remove(at),
      ),
    },
    { weight: 2, arbitrary: fc.constant<Step>((engine) => engine.evict()) },
    { weight: 1, arbitrary: fc.constant<Step>((engine) => engine.clear()) },
    {
      weight: 2,
      arbitrary: fc.tuple(slots, fc.integer({ min: 1, max: 4 })).map(
        ([n, factor]): Step =>
          (engine) =>
            engine.resize(n, n * factor),
      ),
    },
  )
  return fc.array(one, { maxLength: length })
}

function verifyEach(engine: Engine, plan: readonly Step[]): void {
  for (const step of plan) {
    step(engine)
    engine.verify()
  }
}

const oracleOf = (context: PolicyContext): WTinyLfuOracle => new WTinyLfuOracle(context)
const beside = { exactOrder: false, source: () => chances(1) }

describe('wTinyLfu', () => {
  const rest = { exactOrder: false, seeds: 10 }
  policyConformance({ describe, it }, 'wTinyLfu', wTinyLfu, rest)

  it('keeps its invariants and evicts only what is resident, entries weighing 1', () => {
    const slots = fc.integer({ min: 1, max: 24 })
    fc.assert(
      fc.property(slots, steps(fc.constant(1), slots, 200), (n, plan) => {
        verifyEach(new Engine(n, n), plan)
      }),
      { numRuns: 150 },
    )
  })

  it('keeps its invariants and evicts only what is resident, entries of any weight', () => {
    const slots = fc.integer({ min: 1, max: 24 })
    const weight = fc.oneof(fc.nat(5), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(slots, fc.integer({ min: 1, max: 80 }), steps(weight, slots, 200), (n, capacity, plan) => {
        verifyEach(new Engine(n, capacity), plan)
      }),
      { numRuns: 150 },
    )
  })

  it('keeps its invariants where it samples, and where bytes let in fewer entries than slots', () => {
    for (const [slots, capacity, weight] of [
      [1500, 1500, 1],
      [3000, 4000, 10],
      [600, 2000, 10],
    ]) {
      const engine = new Engine(slots, capacity)
      for (let turn = 0; turn < 4 * slots; turn++) {
        engine.add(hashed(turn, 1), weight)
        engine.touch(hashed(turn, 2) >>> 8)
        if (turn % 50 === 0) engine.remove(hashed(turn, 3) >>> 8)
        if (turn % (slots / 4) === 0) engine.verify()
      }
      engine.resize(2 * slots, 2 * capacity)
      for (let turn = 0; turn < 4 * slots; turn++) engine.add(hashed(turn, 4), weight)
      engine.verify()
    }
  })

  it('evicts whom the oracle evicts', () => agree(wTinyLfu, oracleOf, 1, beside))

  it('evicts whom the oracle evicts when entries weigh differently', () => agree(wTinyLfu, oracleOf, 7, beside))

  it('evicts whom the oracle evicts while the window follows the traffic', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 200, max: 700 }))
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (size, seed) => {
        followTraffic(size, seed)
      }),
      // A smaller seed is no simpler one.
      { numRuns: 25, endOnFailure: true },
    )
  })

  // Any traffic may be content with one window: this is known not to be.
  it('evicts whom the oracle evicts in traffic that takes it through several windows', () => {
    const traffic: [size: number, seed: number][] = [
      [10, 24],
      [20, 24],
      [60, 30],
      [200, 27],
      [450, 2],
      [450, 20],
    ]
    const chosen = new Set(traffic.flatMap(([size, seed]) => followTraffic(size, seed)))
    expect(chosen.size, 'windows that were in use').toBeGreaterThan(2)
  })

  it('serves a capacity of one', () => {
    expect(replay(wTinyLfu, Uint32Array.from([0, 0, 1, 1, 1, 2, 0, 0]), 3, 1)).toBe(4)
  })

  it('takes at most 17 bytes an entry, given a million', () => {
    const before = process.memoryUsage().arrayBuffers
    const policy = wTinyLfu(context(1_000_000))
    const taken = process.memoryUsage().arrayBuffers - before
    expect(taken / 1_000_000).toBeLessThan(17)
    policy.check()
  })
})

/** Counts the bytes of sketches that are walked. */
function walked(work: () => void): number {
  const { age } = FrequencySketch.prototype
  let bytes = 0
  const spy = vi.spyOn(FrequencySketch.prototype, 'age').mockImplementation(function (this: FrequencySketch) {
    bytes += this.bytes
    age.call(this)
  })
  try {
    work()
  } finally {
    spy.mockRestore()
  }
  return bytes
}

describe('wTinyLfu in a cache that holds much less than it could', () => {
  const turns = 20_000

  it('does not walk the sketch for next to nothing while it is nearly empty', () => {
    const cache = new MemoryCache<string, number>({ maxEntries: 200_000, world: new FakeWorld(1) })
    const bytes = walked(() => {
      for (let turn = 0; turn < turns; turn++) {
        cache.set(`lock:${turn}`, turn)
        cache.delete(`lock:${turn}`)
      }
    })
    expect(bytes / turns).toBeLessThan(200)
  })

  it('does not walk it for next to nothing where bytes let in a few entries only', () => {
    const options = { maxBytes: 1_000_000, sizeOf: () => 10_000, maxEntries: 200_000, world: new FakeWorld(1) }
    const cache = new MemoryCache<string, number>(options)
    const bytes = walked(() => {
      for (let turn = 0; turn < turns; turn++) cache.set(`key:${turn}`, turn)
    })
    expect(bytes / turns).toBeLessThan(200)
  })

  /** Hits on what was asked for a short time ago: only an LRU serves them. */
  const recent = (options: MemoryCacheOptions<number, number>, before = (_: MemoryCache<number, number>) => {}) => {
    const cache = new MemoryCache<number, number>({ ...options, world: new FakeWorld(1) })
    before(cache)
    for (let n = 0; n < 60_000; n++) for (const key of [n, n - 150]) if (cache.get(key) === undefined) cache.set(key, 1)
    return cache.stats().hits
  }

  it('finds the window where bytes let in a few entries only, and where they let in ever more', () => {
    const hits = recent({ maxEntries: 500 })
    expect(hits).toBeGreaterThan(50_000)
    expect(recent({ maxBytes: 500_000, sizeOf: () => 1000, maxEntries: 200_000 })).toBeGreaterThan(0.95 * hits)
    let size = 2000
    const shrinking = { maxBytes: 200_000, sizeOf: () => Math.max(400, size--), maxEntries: 200_000 }
    expect(recent(shrinking)).toBeGreaterThan(0.7 * hits)
  })

  it('finds the window after it was made much smaller', () => {
    const hits = recent({ maxEntries: 500 })
    const shrunk = recent({ maxEntries: 200_000 }, (cache) => {
      for (let key = 0; key < 200_000; key++) cache.set(-1 - key, 1)
      cache.resize({ maxEntries: 500 })
    })
    expect(shrunk).toBeGreaterThan(0.95 * hits)
  })
})

describe('wTinyLfu and those who choose their keys', () => {
  it('lets no entry stay for ever that was frequent once', () => {
    const trace: number[] = []
    for (let turn = 0; turn < 100; turn++) for (let key = 0; key < 50; key++) trace.push(key)
    // From now on other keys; of the old ones none may be left.
    for (let turn = 0; turn < 40; turn++) for (let key = 50; key < 150; key++) trace.push(key, key)
    const old = Uint32Array.from(trace)
    const probe = Uint32Array.from([...trace, ...Array.from({ length: 50 }, (_, key) => key)])
    expect(replay(wTinyLfu, probe, 150, 100)).toBe(replay(wTinyLfu, old, 150, 100))
  })

  it('is not flooded by one scan', () => {
    const hot = Array.from({ length: 5000 }, (_, i) => hashed(i, 1) & 63)
    const scan = Array.from({ length: 2000 }, (_, i) => 64 + i)
    const again = hot.slice(0, 1000)
    const keys = Uint32Array.from([...hot, ...scan, ...again])
    const without = replay(wTinyLfu, Uint32Array.from([...hot, ...again]), 64, 100)
    expect(replay(wTinyLfu, keys, 2064, 100)).toBeGreaterThan(without - 50)
  })
})
