import { invariant } from '../errors.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue, Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { SlotLists } from './slot-list.ts'

/**
 * SIEVE: a hand walks from the oldest entry to the newest, spares whatever was used since it last
 * passed, and takes the first entry that was not. Spared entries stay where they are, so new entries
 * that nobody asks for again are sifted out at once.
 *
 * Paper: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is Simpler than LRU: an
 * Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI 2024.
 *
 * Cost: a hit writes one byte; an eviction is amortised O(1), as each entry the hand spares was paid
 * for by a hit. Nine bytes a slot.
 *
 * Invariants: every resident slot is on the list once, in the order in which they were added; the
 * hand is 0 (start at the oldest) or a resident slot; a mark is 0 or 1.
 *
 * Attack: it reads no hash, so chosen keys find nothing to collide in. One read of every entry makes
 * the next eviction walk them all once; a loop longer than the cache never hits.
 */
class Sieve implements Policy {
  readonly hashes = false
  readonly #arrivals: SlotLists
  /** 1 where the entry was used since it was added or since the hand last passed. */
  #used: Uint8Array
  /** Where the next eviction begins to look; 0 for the oldest entry. */
  #hand: Slot = 0
  #size = 0

  constructor(context: PolicyContext) {
    this.#arrivals = new SlotLists(context.slots)
    this.#used = new Uint8Array(context.slots + 1)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#used[slot] = 0
    this.#arrivals.append(slot)
    this.#size++
  }

  touched(slot: Slot): void {
    this.#used[slot] = 1
  }

  updated(slot: Slot, _weight: number): void {
    this.#used[slot] = 1
  }

  removed(slot: Slot): void {
    if (slot === this.#hand) this.#hand = this.#arrivals.next(slot)
    this.#arrivals.take(slot)
    this.#size--
  }

  evict(): Slot {
    const arrivals = this.#arrivals
    const used = this.#used
    let slot = this.#hand === 0 ? arrivals.next(0) : this.#hand
    while (used[slot] === 1) {
      used[slot] = 0
      slot = arrivals.next(slot)
      if (slot === 0) slot = arrivals.next(0)
    }
    this.#hand = arrivals.next(slot)
    arrivals.take(slot)
    this.#size--
    return slot
  }

  clear(): void {
    this.#arrivals.clear()
    this.#hand = 0
    this.#size = 0
  }

  resize(_capacity: number, slots: number): void {
    this.#arrivals.resize(slots)
    this.#used = carried(this.#used, new Uint8Array(slots + 1))
  }

  /** The hand's first round takes the unused entries, its second the used ones. */
  *order(): Iterable<Slot> {
    for (const mark of [0, 1]) {
      let slot = this.#hand
      for (let left = this.#size; left > 0; left--) {
        if (slot === 0) slot = this.#arrivals.next(0)
        if (this.#used[slot] === mark) yield slot
        slot = this.#arrivals.next(slot)
      }
    }
  }

  /** The oldest first, though the hand decides. */
  queues(): readonly PolicyQueue[] {
    const counts = { what: 'used' as const, of: (slot: Slot) => this.#used[slot] }
    return [{ name: 'arrivals', slots: this.#arrivals.slots(), counts, hand: this.#hand }]
  }

  check(): void {
    const listed = this.#arrivals.check()
    invariant(listed === this.#size, () => `sieve: ${listed} slots are listed, ${this.#size} are resident`)
    let handIsListed = this.#hand === 0
    for (const slot of this.#arrivals.slots()) {
      invariant(this.#used[slot] <= 1, () => `sieve: the mark of slot ${slot} is ${this.#used[slot]}`)
      if (slot === this.#hand) handIsListed = true
    }
    invariant(handIsListed, () => `sieve: the hand is at slot ${this.#hand}, which is not resident`)
  }
}

/** Evicts the first entry, from old to new, that was not used since the hand last passed. */
export const sieve: PolicyFactory = (context) => new Sieve(context)
