import { invariant } from '../errors.ts'
import { FrequencySketch } from './frequency-sketch.ts'
import type { Policy, PolicyContext, PolicyFactory, Slot } from './policy.ts'
import { SlotLists } from './slot-list.ts'

/**
 * W-TinyLFU: new entries wait in a window, an LRU list; what falls out of it is admitted to the main
 * space, a segmented LRU, only if it was asked for more often than the entry that would leave for it.
 *
 * Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions
 * on Storage 13 (4), 2017; Caffeine is the model.
 */
export const wTinyLfu: PolicyFactory = (context) => new WTinyLfu(context)

/** The head of the window's list. The lists run from the most to the least recently used. */
const WINDOW = 0

/** The byte of a slot: two bits say on which list it is, the upper four its recent frequency. */
const REGION = 3
const IN_WINDOW = 1
const IN_PROBATION = 2
const IN_PROTECTED = 3
const FREQUENCY = 4
const ONE_HIT = 1 << FREQUENCY
const MOST_FREQUENT = 0xf0

/** Of the main space, what may be protected. */
const PROTECTED_SHARE = 0.8
/** Events between two ageings, per resident entry. */
const AGEING = 10
/** A candidate asked for this often is let in at times though it is no more frequent than the victim: see `#admits`. */
const WARM = 6
/** How many entries that are too many in the window move on at a time. */
const STEPS = 8

class WTinyLfu implements Policy {
  readonly hashes = true
  readonly #context: PolicyContext
  readonly #lists: SlotLists
  readonly #sketch: FrequencySketch
  #state: Uint8Array
  /** Weights by slot; empty while every weight is 1. */
  #weights = new Uint32Array(0)
  #slots: number
  /** The heads of the other two lists; they move when the slots do. */
  #probation = 0
  #protected = 0
  #count = 0
  #windowShare = 0.01
  #windowWeight = 0
  #protectedWeight = 0
  #weight = 0
  #events = 0
  /** Was admitted to the main space for the entry that is about to be added, 0 for none. */
  #challenger: Slot = 0

  constructor(context: PolicyContext) {
    this.#context = context
    this.#slots = context.slots
    this.#lists = new SlotLists(context.slots, 3)
    this.#probation = this.#lists.head(1)
    this.#protected = this.#lists.head(2)
    this.#state = new Uint8Array(context.slots + 1)
    this.#sketch = new FrequencySketch(Math.min(context.slots, context.capacity), context.random() * 2 ** 32)
  }

  added(slot: Slot, hash: number, weight: number): void {
    const frequency = Math.min(15, this.#sketch.frequency(hash) + 1)
    this.#sketch.raise(hash, frequency)
    this.#state[slot] = IN_WINDOW | (frequency << FREQUENCY)
    this.#lists.insertAfter(slot, WINDOW)
    this.#weigh(slot, weight)
    this.#count++
    this.#windowWeight += this.#weightOf(slot)
    this.#weight += this.#weightOf(slot)
    this.#challenger = 0
    this.#shrinkWindow(this.#windowShare * this.#weight)
    if (++this.#events >= AGEING * this.#count) this.#age()
  }

  touched(slot: Slot): void {
    const state = this.#state[slot]
    if (state < MOST_FREQUENT) this.#state[slot] = state + ONE_HIT
    this.#events++
    const region = state & REGION
    this.#lists.take(slot)
    if (region === IN_WINDOW) this.#lists.insertAfter(slot, WINDOW)
    else if (region === IN_PROTECTED) this.#lists.insertAfter(slot, this.#protected)
    else this.#protect(slot)
  }

  updated(slot: Slot, weight: number): void {
    const before = this.#weightOf(slot)
    this.#weigh(slot, weight)
    const more = this.#weightOf(slot) - before
    const region = this.#state[slot] & REGION
    this.#weight += more
    if (region === IN_WINDOW) this.#windowWeight += more
    else if (region === IN_PROTECTED) this.#protectedWeight += more
    this.touched(slot)
  }

  removed(slot: Slot): void {
    this.#leave(slot)
  }

  evict(): Slot {
    const target = this.#windowShare * this.#weight
    this.#shrinkWindow(target)
    const victim = this.#mainVictim()
    if (victim === 0) return this.#leave(this.#lists.previous(WINDOW))
    const challenger = this.#challenger
    if (challenger > 0 && challenger !== victim && this.#weight - this.#windowWeight > this.#weight - target) {
      return this.#leave(this.#admits(challenger, victim) ? victim : challenger)
    }
    const candidate = this.#lists.previous(WINDOW)
    if (candidate === WINDOW || this.#windowWeight + 1 <= target) return this.#leave(victim)
    if (!this.#admits(candidate, victim)) return this.#leave(candidate)
    this.#moveOn(candidate)
    this.#challenger = candidate
    return this.#leave(victim)
  }

  clear(): void {
    this.#lists.clear()
    this.#state.fill(0)
    this.#count = 0
    this.#windowWeight = 0
    this.#protectedWeight = 0
    this.#weight = 0
    this.#challenger = 0
  }

  resize(_capacity: number, slots: number): void {
    if (slots === this.#slots) return
    this.#slots = slots
    this.#lists.resize(slots)
    this.#probation = this.#lists.head(1)
    this.#protected = this.#lists.head(2)
    this.#state = resized(this.#state, new Uint8Array(slots + 1))
    if (this.#weights.length > 0) this.#weights = resized(this.#weights, new Uint32Array(slots + 1))
  }

  *order(): IterableIterator<Slot> {
    for (const head of [WINDOW, this.#probation, this.#protected]) {
      for (let slot = this.#lists.previous(head); slot !== head; ) {
        const following = this.#lists.previous(slot)
        yield slot
        slot = following
      }
    }
  }

  check(): void {
    let total = 0
    for (const [head, region] of [
      [WINDOW, IN_WINDOW],
      [this.#probation, IN_PROBATION],
      [this.#protected, IN_PROTECTED],
    ] as const) {
      total += this.#lists.check(head)
      for (const slot of this.#lists.slots(head)) {
        invariant((this.#state[slot] & REGION) === region, () => `slot ${slot} is not where its byte says`)
      }
    }
    invariant(total === this.#count, () => `${total} slots on lists, ${this.#count} counted`)
  }

  /** The entry leaves whatever list it is on; what is known of its frequency goes to the sketch. */
  #leave(slot: Slot): Slot {
    const state = this.#state[slot]
    const weight = this.#weightOf(slot)
    this.#lists.take(slot)
    this.#sketch.raise(this.#context.hashOf(slot), state >>> FREQUENCY)
    this.#state[slot] = 0
    this.#count--
    this.#weight -= weight
    const region = state & REGION
    if (region === IN_WINDOW) this.#windowWeight -= weight
    else if (region === IN_PROTECTED) this.#protectedWeight -= weight
    if (slot === this.#challenger) this.#challenger = 0
    return slot
  }

  #mainVictim(): Slot {
    const victim = this.#lists.previous(this.#probation)
    if (victim !== this.#probation) return victim
    const last = this.#lists.previous(this.#protected)
    return last === this.#protected ? 0 : last
  }

  #admits(candidate: Slot, victim: Slot): boolean {
    const asked = this.#state[candidate] >>> FREQUENCY
    if (asked > this.#state[victim] >>> FREQUENCY) return true
    return asked >= WARM && this.#context.random() < 1 / 128
  }

  #shrinkWindow(target: number): void {
    for (let step = 0; step < STEPS && this.#windowWeight > target; step++) {
      const slot = this.#lists.previous(WINDOW)
      if (this.#windowWeight - this.#weightOf(slot) < 1) return
      this.#moveOn(slot)
    }
  }

  #moveOn(slot: Slot): void {
    this.#lists.take(slot)
    this.#lists.insertAfter(slot, this.#probation)
    this.#windowWeight -= this.#weightOf(slot)
    this.#state[slot] = (this.#state[slot] & ~REGION) | IN_PROBATION
  }

  #protect(slot: Slot): void {
    this.#lists.insertAfter(slot, this.#protected)
    this.#state[slot] |= IN_PROTECTED
    this.#protectedWeight += this.#weightOf(slot)
    const most = PROTECTED_SHARE * (this.#weight - this.#windowWeight)
    while (this.#protectedWeight > most) {
      const last = this.#lists.previous(this.#protected)
      if (last === slot) return
      this.#lists.take(last)
      this.#lists.insertAfter(last, this.#probation)
      this.#state[last] = (this.#state[last] & ~REGION) | IN_PROBATION
      this.#protectedWeight -= this.#weightOf(last)
    }
  }

  #age(): void {
    this.#events = 0
    this.#sketch.age()
    const state = this.#state
    for (let slot = 1; slot < state.length; slot++) state[slot] = ((state[slot] >>> 1) & 0x70) | (state[slot] & 0x0f)
  }

  #weightOf(slot: Slot): number {
    return this.#weights.length === 0 ? 1 : this.#weights[slot]
  }

  #weigh(slot: Slot, weight: number): void {
    if (this.#weights.length === 0) {
      if (weight === 1) return
      this.#weights = new Uint32Array(this.#slots + 1).fill(1)
    }
    this.#weights[slot] = Math.min(0xffffffff, Math.ceil(weight))
  }
}

function resized<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from)
  return to
}
