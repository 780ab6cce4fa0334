import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { Policy, PolicyContext, PolicyFactory, Slot } from '../policies/policy.ts'

/** What a {@link PolicyDriver} does and how often, as weights of a draw. */
export interface PolicyDriverOptions {
  /** How much may be resident, and how many slots there are. */
  readonly capacity: number
  /** The heaviest entry; entries weigh from 0 to this, but all 1 where it is 1. */
  readonly heaviest: number
  /** Whether entries expire, and reads and writes move their deadlines. */
  readonly deadlines: boolean
  /** Whether the bounds change on the way. */
  readonly resizes: boolean
  /** Whether all keys have the same hash, as chosen keys would. */
  readonly oneHash: boolean
  /** Whether `order()` begins with the slot that `evict()` then returns. */
  readonly exactOrder: boolean
}

interface Resident {
  readonly hash: number
  weight: number
  deadline: number
}

const MINUTE = 60_000

/**
 * Drives a policy as the cache engine does, with random calls, beside a naive model of what is
 * resident. After each step the policy must prove its own invariants, list in `order()` what the
 * model holds, and have asked the context about nothing else.
 */
export class PolicyDriver {
  /** What was evicted so far. */
  readonly evicted: Slot[] = []
  readonly #policy: Policy
  readonly #options: PolicyDriverOptions
  readonly #random: () => number
  readonly #resident = new Map<Slot, Resident>()
  #capacity: number
  #slots: number
  #now = 0

  constructor(factory: PolicyFactory, random: () => number, options: PolicyDriverOptions) {
    this.#options = options
    this.#random = random
    this.#capacity = options.capacity
    this.#slots = Math.max(1, Math.ceil(options.capacity / options.heaviest))
    const context: PolicyContext = {
      slots: this.#slots,
      capacity: this.#capacity,
      random,
      deadline: (slot) => this.#known(slot, 'deadline').deadline,
      hashOf: (slot) => this.#known(slot, 'hashOf').hash,
    }
    this.#policy = factory(context)
    this.#prove()
  }

  /** How many entries are resident. */
  get size(): number {
    return this.#resident.size
  }

  /** One random call, or the few that the engine makes for one operation of its user. */
  step(): void {
    this.#now += this.#under(MINUTE)
    const draw = this.#random()
    if (draw < 0.4) this.add()
    else if (draw < 0.75) this.touch()
    else if (draw < 0.84) this.update()
    else if (draw < 0.92) this.remove()
    else if (draw < 0.97) this.evictOne()
    else if (draw < 0.99) this.resize()
    else this.clear()
  }

  /** A new entry, after as many evictions as it needs. */
  add(): void {
    const weight = this.#weight()
    while (this.#resident.size === this.#slots || this.#total() + weight > this.#capacity) this.evictOne()
    let slot = 1 + this.#under(this.#slots)
    while (this.#resident.has(slot)) slot = (slot % this.#slots) + 1
    const entry = { hash: this.#hash(), weight, deadline: this.#deadline() }
    this.#resident.set(slot, entry)
    this.#policy.added(slot, entry.hash, weight)
    this.#prove()
  }

  touch(): void {
    const slot = this.#any()
    if (slot === 0) return
    if (this.#random() < 0.3) this.#entry(slot).deadline = this.#deadline()
    this.#policy.touched(slot)
    this.#prove()
  }

  /** A new value for an entry; others leave, or it does, when it has become too heavy. */
  update(): void {
    const slot = this.#any()
    if (slot === 0) return
    const entry = this.#entry(slot)
    entry.weight = this.#weight()
    entry.deadline = this.#deadline()
    this.#policy.updated(slot, entry.weight)
    this.#prove()
    this.#settle()
  }

  remove(): void {
    const slot = this.#any()
    if (slot === 0) return
    this.#policy.removed(slot)
    this.#resident.delete(slot)
    this.#prove()
  }

  evictOne(): void {
    if (this.#resident.size === 0) return
    const [first] = this.#policy.order()
    const slot = this.#policy.evict()
    ok(this.#resident.has(slot), `evict() returned slot ${slot}, which is not resident`)
    if (this.#options.exactOrder) strictEqual(slot, first, 'evict() did not return what order() listed first')
    this.#resident.delete(slot)
    this.evicted.push(slot)
    this.#prove()
  }

  /** Evicts everything. */
  drain(): void {
    const order = [...this.#policy.order()]
    const before = this.evicted.length
    while (this.#resident.size > 0) this.evictOne()
    if (this.#options.exactOrder) deepStrictEqual(this.evicted.slice(before), order, 'order() is not how they left')
  }

  clear(): void {
    this.#policy.clear()
    this.#resident.clear()
    this.#prove()
  }

  /** New bounds; the slots in use stay within them. */
  resize(): void {
    if (!this.#options.resizes) return
    this.#capacity = Math.max(this.#options.heaviest, this.#under(2 * this.#options.capacity) + 1)
    const wanted = Math.max(1, Math.ceil(this.#capacity / this.#options.heaviest))
    this.#slots = Math.max(wanted, ...this.#resident.keys())
    this.#policy.resize(this.#capacity, this.#slots)
    this.#prove()
    this.#settle()
  }

  #settle(): void {
    while (this.#total() > this.#capacity) this.evictOne()
  }

  #prove(): void {
    this.#policy.check()
    const order = [...this.#policy.order()]
    strictEqual(new Set(order).size, order.length, 'order() lists a slot twice')
    deepStrictEqual(sorted(order), sorted(this.#resident.keys()), 'order() does not list what is resident')
    this.#proveQueues()
  }

  /** Every resident slot is in one queue, once; what is told besides fits. */
  #proveQueues(): void {
    const queues = this.#policy.queues?.()
    if (queues === undefined) return
    const all: Slot[] = []
    for (const { name, slots, weight, counts, hand, remembered } of queues) {
      ok(name.length > 0, 'a queue has no name')
      let weighed = 0
      for (const slot of slots) {
        all.push(slot)
        weighed += this.#resident.get(slot)?.weight ?? 0
        if (counts === undefined) continue
        const number = counts.of(slot)
        ok(number >= 0, `queues(): the ${counts.what} of slot ${slot} in ${name} is ${number}`)
      }
      if (weight !== undefined)
        ok(Math.abs(weight - weighed) < 1e-6, `queues(): ${name} weighs ${weighed}, not ${weight}`)
      if (remembered !== undefined)
        ok(Number.isInteger(remembered) && remembered >= 0, `queues(): ${remembered} ghosts`)
      if (hand !== undefined && hand !== 0)
        ok(this.#resident.has(hand), `queues(): the hand of ${name} is at slot ${hand}`)
    }
    strictEqual(new Set(queues.map(({ name }) => name)).size, queues.length, 'two queues have one name')
    strictEqual(new Set(all).size, all.length, 'queues() lists a slot twice')
    deepStrictEqual(sorted(all), sorted(this.#resident.keys()), 'queues() does not list what is resident')
  }

  #known(slot: Slot, what: string): Resident {
    const entry = this.#resident.get(slot)
    ok(entry !== undefined, `the policy asked for ${what}(${slot}), which is not resident`)
    return entry
  }

  #entry(slot: Slot): Resident {
    return this.#known(slot, 'entry')
  }

  #any(): Slot {
    const slots = [...this.#resident.keys()]
    return slots.length === 0 ? 0 : slots[this.#under(slots.length)]
  }

  #total(): number {
    let total = 0
    for (const { weight } of this.#resident.values()) total += weight
    return total
  }

  #weight(): number {
    return this.#options.heaviest === 1 ? 1 : this.#under(this.#options.heaviest + 1)
  }

  /** One of few, so that keys come back and deadlines coincide; some entries never expire. */
  #deadline(): number {
    if (!this.#options.deadlines || this.#random() < 0.2) return Number.POSITIVE_INFINITY
    return this.#now + this.#under(4) * MINUTE * 10 ** this.#under(4)
  }

  /** Of few keys, so that they come back. */
  #hash(): number {
    if (!this.#policy.hashes) return 0
    const key = this.#options.oneHash ? 7 : this.#under(3 * this.#options.capacity)
    return Math.imul(key + 1, 0x9e3779b1) ^ (key << 7)
  }

  #under(bound: number): number {
    return Math.floor(this.#random() * bound)
  }
}

function sorted(slots: Iterable<Slot>): Slot[] {
  return [...slots].sort((a, b) => a - b)
}
