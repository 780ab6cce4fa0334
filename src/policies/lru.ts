import { invariant } from '../errors.ts'
import type { Policy, PolicyContext, PolicyFactory, Slot } from './policy.ts'
import { SlotLists } from './slot-list.ts'

/**
 * Least recently used: the entry not read or written for the longest time leaves.
 *
 * Paper: R. L. Mattson, J. Gecsei, D. R. Slutz, I. L. Traiger, "Evaluation techniques for storage
 * hierarchies", IBM Systems Journal 9(2), 1970.
 *
 * Cost: O(1); a hit relinks three neighbours, unless the entry is already the most recent one. Eight
 * bytes a slot.
 *
 * Invariant: every resident slot is on the list once, from least to most recently used.
 *
 * Attack: it reads no hash, so chosen keys find nothing to collide in. What defeats it is a scan: a
 * pass over more keys than fit pushes everything out, and a loop over one more than fits never hits.
 */
class Lru implements Policy {
  readonly hashes = false
  readonly #uses: SlotLists
  #size = 0

  constructor(context: PolicyContext) {
    this.#uses = new SlotLists(context.slots)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#uses.append(slot)
    this.#size++
  }

  touched(slot: Slot): void {
    const uses = this.#uses
    if (uses.previous(0) === slot) return
    uses.moveToEnd(slot)
  }

  updated(slot: Slot, _weight: number): void {
    this.touched(slot)
  }

  removed(slot: Slot): void {
    this.#uses.take(slot)
    this.#size--
  }

  evict(): Slot {
    const slot = this.#uses.next(0)
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#uses.clear()
    this.#size = 0
  }

  resize(_capacity: number, slots: number): void {
    this.#uses.resize(slots)
  }

  order(): Iterable<Slot> {
    return this.#uses.slots()
  }

  check(): void {
    const listed = this.#uses.check()
    invariant(listed === this.#size, () => `lru: ${listed} slots are listed, ${this.#size} are resident`)
  }
}

/** Evicts the least recently used entry. */
export const lru: PolicyFactory = (context) => new Lru(context)
