import { invariant } from '../errors.ts'
import { DeadlineTrie } from './deadline-trie.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue, Slot } from './policy.ts'

/**
 * Soonest expiry first: the entry with the least time to live leaves; of several with the same
 * deadline the one that has had it longest, which is the one written first unless reads prolong it.
 * Entries that never expire leave last, the one written first before the others.
 *
 * Paper: the rule is that of Redis's `volatile-ttl`, exact here instead of sampled; see
 * {@link DeadlineTrie} for how.
 *
 * Cost: O(1) amortised. A hit costs one comparison, and a move when it changed the deadline. Twenty
 * bytes a slot, and what the trie's nodes take.
 *
 * Invariant: every resident slot is in the trie once, with the deadline the cache has for it.
 *
 * Attack: it reads no hash, so chosen keys find nothing to collide in. Use does not matter, so
 * popular entries leave when their time is near, and what never expires pushes out what does.
 */
class Ttl implements Policy {
  readonly hashes = false
  readonly #context: PolicyContext
  readonly #trie: DeadlineTrie
  #size = 0

  constructor(context: PolicyContext) {
    this.#context = context
    this.#trie = new DeadlineTrie(context.slots)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#trie.add(slot, this.#deadline(slot))
    this.#size++
  }

  touched(slot: Slot): void {
    const deadline = this.#deadline(slot)
    if (deadline === this.#trie.deadline(slot)) return
    this.#trie.remove(slot)
    this.#trie.add(slot, deadline)
  }

  updated(slot: Slot, _weight: number): void {
    this.#trie.remove(slot)
    this.#trie.add(slot, this.#deadline(slot))
  }

  removed(slot: Slot): void {
    this.#trie.remove(slot)
    this.#size--
  }

  evict(): Slot {
    const slot = this.#trie.soonest()
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#trie.clear()
    this.#size = 0
  }

  resize(_capacity: number, slots: number): void {
    this.#trie.resize(slots)
  }

  order(): Iterable<Slot> {
    return this.#trie.slots()
  }

  queues(): readonly PolicyQueue[] {
    const counts = { what: 'deadline' as const, of: (slot: Slot) => this.#trie.deadline(slot) }
    return [{ name: 'by time left', slots: this.#trie.slots(), counts }]
  }

  check(): void {
    const held = this.#trie.check()
    invariant(held === this.#size, () => `ttl: ${held} slots are in the trie, ${this.#size} are resident`)
    for (const slot of this.#trie.slots()) {
      const agrees = this.#trie.deadline(slot) === this.#deadline(slot)
      invariant(agrees, () => `ttl: slot ${slot} expires at ${this.#deadline(slot)}, not ${this.#trie.deadline(slot)}`)
    }
  }

  /** A whole number from 0 to 2^53 - 1, or Infinity: what the trie takes. */
  #deadline(slot: Slot): number {
    const deadline = this.#context.deadline(slot)
    if (deadline === Number.POSITIVE_INFINITY) return deadline
    return Math.min(Math.max(Math.floor(deadline), 0), Number.MAX_SAFE_INTEGER)
  }
}

/** Evicts the entry that expires soonest. */
export const ttl: PolicyFactory = (context) => new Ttl(context)
