import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import { wTinyLfu } from '../../src/policies/w-tinylfu.ts'

/** What an engine does with a policy, reduced to bounds, slots and weights; checks everything after each step. */
class Engine {
  readonly weights = new Map<Slot, number>()
  readonly #hashes = new Map<Slot, number>()
  readonly #policy
  #slots: number
  #capacity: number
  #draw = 1

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

  get #weight(): number {
    return [...this.weights.values()].reduce((sum, weight) => sum + weight, 0)
  }

  #nth(place: number): Slot {
    return [...this.weights.keys()][place % this.weights.size]!
  }

  #makeRoom(entries: number, weight: number): void {
    while (
      this.weights.size > 0 &&
      (this.weights.size + entries > this.#slots || this.#weight + weight > this.#capacity)
    ) {
      const slot = this.#policy.evict()
      expect(this.weights.delete(slot), `evict returned ${slot}, which is not resident`).toBe(true)
      this.verify()
    }
  }

  add(key: number, weight: number): void {
    if (weight > this.#capacity) return
    this.#makeRoom(1, weight)
    let slot = 1
    while (this.weights.has(slot)) slot++
    this.weights.set(slot, weight)
    this.#hashes.set(slot, Math.imul(key, 0x9e3779b1))
    this.#policy.added(slot, this.#hashes.get(slot)!, weight)
  }

  touch(place: number): void {
    if (this.weights.size > 0) this.#policy.touched(this.#nth(place))
  }

  update(place: number, weight: number): void {
    if (this.weights.size === 0 || weight > this.#capacity) return
    const slot = this.#nth(place)
    this.weights.set(slot, weight)
    this.#policy.updated(slot, weight)
    this.#makeRoom(0, 0)
  }

  remove(place: number): void {
    if (this.weights.size === 0) return
    const slot = this.#nth(place)
    this.weights.delete(slot)
    this.#policy.removed(slot)
  }

  evict(): void {
    if (this.weights.size > 0) expect(this.weights.delete(this.#policy.evict())).toBe(true)
  }

  clear(): void {
    this.weights.clear()
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

describe('wTinyLfu', () => {
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
})
