import { invariant } from '../errors.ts'
import type { Policy, PolicyContext, PolicyFactory, Slot } from './policy.ts'
import { SlotLists } from './slot-list.ts'

/**
 * First in, first out: the entry resident for the longest time leaves. Neither a read nor an update
 * moves an entry.
 *
 * Paper: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM
 * Systems Journal 5(2), 1966.
 *
 * Cost: O(1); a hit costs nothing. Eight bytes a slot.
 *
 * Invariant: every resident slot is on the list once, in the order in which they were added.
 *
 * Attack: it reads no hash, so chosen keys find nothing to collide in. A scan of new keys pushes
 * everything out, and more capacity can mean fewer hits (Belady's anomaly).
 */
class Fifo implements Policy {
  readonly hashes = false
  readonly #arrivals: SlotLists
  #size = 0

  constructor(context: PolicyContext) {
    this.#arrivals = new SlotLists(context.slots)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#arrivals.append(slot)
    this.#size++
  }

  touched(_slot: Slot): void {}

  updated(_slot: Slot, _weight: number): void {}

  removed(slot: Slot): void {
    this.#arrivals.take(slot)
    this.#size--
  }

  evict(): Slot {
    const slot = this.#arrivals.next(0)
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#arrivals.clear()
    this.#size = 0
  }

  resize(_capacity: number, slots: number): void {
    this.#arrivals.resize(slots)
  }

  order(): Iterable<Slot> {
    return this.#arrivals.slots()
  }

  check(): void {
    const listed = this.#arrivals.check()
    invariant(listed === this.#size, () => `fifo: ${listed} slots are listed, ${this.#size} are resident`)
  }
}

/** Evicts the entry that was added first. */
export const fifo: PolicyFactory = (context) => new Fifo(context)
