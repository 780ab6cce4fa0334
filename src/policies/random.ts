import { invariant } from '../errors.ts'
import type { Policy, PolicyContext, PolicyFactory, Slot } from './policy.ts'
import { carried } from './slot-array.ts'

/**
 * A uniformly random resident entry leaves.
 *
 * Paper: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM
 * Systems Journal 5(2), 1966 (its RAND).
 *
 * Cost: O(1); a hit costs nothing. Eight bytes a slot.
 *
 * Invariant: the first `size` places of the row hold every resident slot once, and each knows its place.
 *
 * Attack: it reads no hash, and who cannot guess the random numbers cannot choose who leaves: no
 * pattern of requests does worse than others by design, loops and scans included.
 */
class Random implements Policy {
  readonly hashes = false
  readonly #random: () => number
  /** The resident slots, in no order, without gaps. */
  #row: Uint32Array
  /** Where in the row each slot is. */
  #place: Uint32Array
  #size = 0

  constructor(context: PolicyContext) {
    this.#random = () => context.random()
    this.#row = new Uint32Array(context.slots)
    this.#place = new Uint32Array(context.slots + 1)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#row[this.#size] = slot
    this.#place[slot] = this.#size++
  }

  touched(_slot: Slot): void {}

  updated(_slot: Slot, _weight: number): void {}

  /** The last of the row takes the place that falls free. */
  removed(slot: Slot): void {
    const place = this.#place[slot]
    const moved = this.#row[--this.#size]
    this.#row[place] = moved
    this.#place[moved] = place
  }

  evict(): Slot {
    const slot = this.#row[Math.floor(this.#random() * this.#size)]
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#size = 0
  }

  resize(_capacity: number, slots: number): void {
    this.#row = carried(this.#row, new Uint32Array(slots))
    this.#place = carried(this.#place, new Uint32Array(slots + 1))
  }

  /** Every order is as likely as any other: this is that of the row. */
  *order(): Iterable<Slot> {
    yield* this.#row.slice(0, this.#size)
  }

  check(): void {
    invariant(this.#size <= this.#row.length, () => `random: ${this.#size} slots in a row of ${this.#row.length}`)
    for (let place = 0; place < this.#size; place++) {
      const slot = this.#row[place]
      invariant(slot > 0, () => `random: place ${place} of ${this.#size} is empty`)
      invariant(this.#place[slot] === place, () => `random: slot ${slot} is at ${place}, not at ${this.#place[slot]}`)
    }
  }
}

/** Evicts a uniformly random entry. */
export const random: PolicyFactory = (context) => new Random(context)
