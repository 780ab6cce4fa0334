import { invariant } from '../errors.ts'
import type { Policy, PolicyContext, PolicyFactory, PolicyQueue, Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { SlotLists } from './slot-list.ts'

/**
 * Least frequently used, plain: the entry read and written least often since it came leaves; among
 * those of equal frequency, the one that reached that frequency first. A new entry has frequency 1;
 * an update counts as a use.
 *
 * Paper: K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache eviction
 * scheme", 2010. Theirs is a list of lists; here it is one list in the order of leaving, and a
 * bucket a frequency that knows where on it that frequency ends. The neighbour of a bucket's last
 * slot leads to the next bucket, so buckets need no links of their own.
 *
 * Cost: O(1). Twenty-four bytes a slot.
 *
 * Invariants: every resident slot is on the list once; buckets are stretches of the list without
 * gaps, of frequencies that rise strictly; each bucket knows its last slot, each slot its bucket.
 *
 * Attack: it reads no hash, so chosen keys find nothing to collide in. It never forgets: entries
 * that were once popular keep their place, and a burst of uses buys a long stay.
 */
class Lfu implements Policy {
  readonly hashes = false
  /** Who leaves next comes first. */
  readonly #leaving: SlotLists
  /** The bucket of each slot; 0 for place 0, so that the ends of the list are in no bucket. */
  #bucket: Uint32Array
  /** The last slot of each bucket; for a bucket not in use, the next one not in use. */
  #last: Uint32Array
  /** The frequency of each bucket; 0 where not in use. */
  #frequency: Float64Array
  #free = 0
  #buckets = 0
  #size = 0

  constructor(context: PolicyContext) {
    this.#leaving = new SlotLists(context.slots)
    this.#bucket = new Uint32Array(context.slots + 1)
    this.#last = new Uint32Array(context.slots + 1)
    this.#frequency = new Float64Array(context.slots + 1)
  }

  added(slot: Slot, _hash: number, _weight: number): void {
    this.#size++
    const lowest = this.#bucket[this.#leaving.next(0)]
    if (this.#frequency[lowest] === 1) this.#join(slot, lowest)
    else this.#open(slot, 1, 0)
  }

  touched(slot: Slot): void {
    const leaving = this.#leaving
    const bucket = this.#bucket[slot]
    const last = this.#last[bucket]
    const raised = this.#frequency[bucket] + 1
    const above = this.#bucket[leaving.next(last)]
    const before = leaving.previous(slot)
    const joins = this.#frequency[above] === raised
    if (last === slot && this.#bucket[before] !== bucket && !joins) {
      this.#frequency[bucket] = raised
      return
    }
    this.#leave(slot, bucket)
    if (joins) this.#join(slot, above)
    else this.#open(slot, raised, last === slot ? before : last)
  }

  updated(slot: Slot, _weight: number): void {
    this.touched(slot)
  }

  removed(slot: Slot): void {
    this.#leave(slot, this.#bucket[slot])
    this.#size--
  }

  evict(): Slot {
    const slot = this.#leaving.next(0)
    this.removed(slot)
    return slot
  }

  clear(): void {
    this.#leaving.clear()
    this.#frequency.fill(0)
    this.#free = 0
    this.#buckets = 0
    this.#size = 0
  }

  /** Numbers the buckets anew, as those in use may lie above the new bound. */
  resize(_capacity: number, slots: number): void {
    this.#leaving.resize(slots)
    const frequency = this.#frequency
    this.#bucket = carried(this.#bucket, new Uint32Array(slots + 1))
    this.#last = new Uint32Array(slots + 1)
    this.#frequency = new Float64Array(slots + 1)
    this.#free = 0
    this.#buckets = 0
    let current = 0
    for (const slot of this.#leaving.slots()) {
      const former = this.#bucket[slot]
      if (former !== current) this.#frequency[++this.#buckets] = frequency[former]
      current = former
      this.#bucket[slot] = this.#buckets
      this.#last[this.#buckets] = slot
    }
  }

  order(): Iterable<Slot> {
    return this.#leaving.slots()
  }

  queues(): readonly PolicyQueue[] {
    const counts = { what: 'uses' as const, of: (slot: Slot) => this.#frequency[this.#bucket[slot]] }
    return [{ name: 'by uses', slots: this.#leaving.slots(), counts }]
  }

  check(): void {
    const listed = this.#leaving.check()
    invariant(listed === this.#size, () => `lfu: ${listed} slots are listed, ${this.#size} are resident`)
    let current = 0
    let used = 0
    for (const slot of this.#leaving.slots()) {
      const bucket = this.#bucket[slot]
      invariant(bucket > 0 && bucket <= this.#buckets, () => `lfu: slot ${slot} is in bucket ${bucket}`)
      if (bucket !== current) {
        const rises = this.#frequency[bucket] > this.#frequency[current]
        invariant(rises, () => `lfu: frequencies do not rise at slot ${slot}`)
        current = bucket
        used++
      }
      const ends = this.#bucket[this.#leaving.next(slot)] !== bucket
      invariant(
        (this.#last[bucket] === slot) === ends,
        () => `lfu: bucket ${bucket} ends at slot ${this.#last[bucket]}`,
      )
    }
    let free = 0
    for (let bucket = this.#free; bucket !== 0; bucket = this.#last[bucket]) {
      invariant(this.#frequency[bucket] === 0, () => `lfu: bucket ${bucket} is free and in use`)
      invariant(++free <= this.#buckets, () => 'lfu: the free buckets form a circle')
    }
    invariant(used + free === this.#buckets, () => `lfu: ${used} + ${free} buckets of ${this.#buckets}`)
  }

  /** Puts a slot that is on no list at the end of a bucket. */
  #join(slot: Slot, bucket: number): void {
    this.#leaving.insertAfter(slot, this.#last[bucket])
    this.#last[bucket] = slot
    this.#bucket[slot] = bucket
  }

  /** Puts a slot that is on no list behind `at`, as a bucket of its own. */
  #open(slot: Slot, frequency: number, at: Slot): void {
    let bucket = this.#free
    if (bucket === 0) bucket = ++this.#buckets
    else this.#free = this.#last[bucket]
    this.#frequency[bucket] = frequency
    this.#last[bucket] = slot
    this.#bucket[slot] = bucket
    this.#leaving.insertAfter(slot, at)
  }

  /** Takes a slot off the list and out of its bucket, which is given back when that was its last. */
  #leave(slot: Slot, bucket: number): void {
    if (this.#last[bucket] === slot) {
      const before = this.#leaving.previous(slot)
      if (this.#bucket[before] === bucket) {
        this.#last[bucket] = before
      } else {
        this.#frequency[bucket] = 0
        this.#last[bucket] = this.#free
        this.#free = bucket
      }
    }
    this.#leaving.take(slot)
  }
}

/** Evicts the entry used least often since it came; of several, the one that got there first. */
export const lfu: PolicyFactory = (context) => new Lfu(context)
