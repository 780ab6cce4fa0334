import fc from 'fast-check'
import { expect } from 'vitest'
import type { PolicyContext, PolicyFactory, Slot } from '../../src/policies/policy.ts'

/** A policy written to be obviously right: arrays, objects and sorting. */
export interface Oracle {
  added(slot: Slot, hash: number, weight: number): void
  touched(slot: Slot): void
  updated(slot: Slot, weight: number): void
  removed(slot: Slot): void
  evict(): Slot
  clear(): void
  resize(capacity: number, slots: number): void
}

interface Step {
  readonly call: 'add' | 'touch' | 'update' | 'remove' | 'evict' | 'resize' | 'clear'
  /** Chooses the slot. */
  readonly pick: number
  /** Of a new entry. */
  readonly key: number
  readonly weight: number
  /** Added to the present, which is the number of the step; by this much a touch prolongs, too. */
  readonly lifetime: number
}

/** The least entry in the order of `key`, arrays compared place by place. */
export function least<T>(items: readonly T[], key: (item: T) => readonly number[]): T {
  const below = (a: readonly number[], b: readonly number[]): boolean => {
    const place = a.findIndex((value, i) => value !== b[i])
    return place >= 0 && a[place] < b[place]
  }
  return items.reduce((best, item) => (below(key(item), key(best)) ? item : best))
}

function stepsOf(heaviest: number): fc.Arbitrary<Step[]> {
  const call = fc.oneof(
    { weight: 40, arbitrary: fc.constant<Step['call']>('add') },
    { weight: 40, arbitrary: fc.constant<Step['call']>('touch') },
    { weight: 10, arbitrary: fc.constant<Step['call']>('update') },
    { weight: 8, arbitrary: fc.constant<Step['call']>('remove') },
    { weight: 8, arbitrary: fc.constant<Step['call']>('evict') },
    { weight: 2, arbitrary: fc.constant<Step['call']>('resize') },
    { weight: 1, arbitrary: fc.constant<Step['call']>('clear') },
  )
  const lifetime = fc.oneof(
    fc.constantFrom(0, 1, 2, 40, Number.POSITIVE_INFINITY),
    fc.nat(5_000),
    fc.integer({ min: 0, max: 2 ** 50 }),
  )
  const step = fc.record({
    call,
    pick: fc.nat(1_000),
    key: fc.nat(40),
    weight: fc.integer({ min: 1, max: heaviest }),
    lifetime,
  })
  return fc.array(step, { maxLength: 300, size: 'max' })
}

interface Claims {
  /** Whether `order()` must say how the rest will leave. `true` unless given. */
  readonly exactOrder?: boolean
  /** A source of random numbers, the same for the policy and for its oracle. Always 0 unless given. */
  readonly source?: () => () => number
}

/**
 * Tells a policy and its oracle the same, as the engine would, and demands the same victim at each
 * eviction; `check()` must hold after every call, and `order()` must say how the rest will leave.
 */
export function agree(
  factory: PolicyFactory,
  oracleOf: (context: PolicyContext) => Oracle,
  heaviest = 1,
  claims: Claims = {},
): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 24 }), stepsOf(heaviest), (size, steps) => {
      new Pair(factory, oracleOf, size, size * heaviest, claims).play(steps)
    }),
    { numRuns: 300 },
  )
}

class Pair {
  readonly #policy
  readonly #oracle
  readonly #deadlines = new Map<Slot, number>()
  readonly #hashes = new Map<Slot, number>()
  readonly #weights = new Map<Slot, number>()
  readonly #exactOrder: boolean
  #slots: number
  #capacity: number

  constructor(
    factory: PolicyFactory,
    oracleOf: (context: PolicyContext) => Oracle,
    slots: number,
    capacity: number,
    { exactOrder = true, source = () => () => 0 }: Claims,
  ) {
    this.#slots = slots
    this.#capacity = capacity
    this.#exactOrder = exactOrder
    const context: Omit<PolicyContext, 'random'> = {
      slots,
      capacity,
      deadline: (slot) => this.#deadlines.get(slot)!,
      hashOf: (slot) => this.#hashes.get(slot)!,
    }
    this.#policy = factory({ ...context, random: source() })
    this.#oracle = oracleOf({ ...context, random: source() })
  }

  play(steps: readonly Step[]): void {
    for (const [now, step] of steps.entries()) {
      this.#take(step, now)
      this.#policy.check()
    }
    const order = [...this.#policy.order()]
    const left: Slot[] = []
    while (this.#weights.size > 0) left.push(this.#evict())
    if (this.#exactOrder) expect(left).toEqual(order)
  }

  #take(step: Step, now: number): void {
    if (step.call === 'add') this.#add(step, now)
    else if (step.call === 'resize') this.#resize(step)
    else if (step.call === 'clear') this.#clear()
    else if (this.#weights.size === 0) return
    else if (step.call === 'evict') this.#evict()
    else this.#use([...this.#weights.keys()][step.pick % this.#weights.size], step, now)
  }

  #use(slot: Slot, step: Step, now: number): void {
    if (step.call === 'touch') {
      if (step.pick % 3 === 0) this.#deadlines.set(slot, now + step.lifetime)
      this.#policy.touched(slot)
      this.#oracle.touched(slot)
    } else if (step.call === 'update') {
      this.#deadlines.set(slot, now + step.lifetime)
      this.#weights.set(slot, Math.min(step.weight, this.#capacity))
      this.#policy.updated(slot, this.#weights.get(slot)!)
      this.#oracle.updated(slot, this.#weights.get(slot)!)
      while (this.#total() > this.#capacity) this.#evict()
    } else {
      this.#policy.removed(slot)
      this.#oracle.removed(slot)
      this.#weights.delete(slot)
    }
  }

  #clear(): void {
    this.#policy.clear()
    this.#oracle.clear()
    this.#weights.clear()
  }

  #add(step: Step, now: number): void {
    const weight = Math.min(step.weight, this.#capacity)
    while (this.#weights.size === this.#slots || this.#total() + weight > this.#capacity) this.#evict()
    let slot = 1 + (step.pick % this.#slots)
    while (this.#weights.has(slot)) slot = (slot % this.#slots) + 1
    const hash = Math.imul(step.key, 0x9e3779b1)
    this.#weights.set(slot, weight)
    this.#hashes.set(slot, hash)
    this.#deadlines.set(slot, now + step.lifetime)
    this.#policy.added(slot, hash, weight)
    this.#oracle.added(slot, hash, weight)
  }

  #resize(step: Step): void {
    const heaviest = Math.max(1, ...this.#weights.values())
    this.#capacity = heaviest + (step.pick % 60)
    this.#slots = Math.max(1 + (step.pick % 30), ...this.#weights.keys())
    this.#policy.resize(this.#capacity, this.#slots)
    this.#oracle.resize(this.#capacity, this.#slots)
    while (this.#total() > this.#capacity) this.#evict()
  }

  #evict(): Slot {
    const expected = this.#oracle.evict()
    expect(this.#policy.evict()).toBe(expected)
    this.#weights.delete(expected)
    return expected
  }

  #total(): number {
    return [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0)
  }
}
