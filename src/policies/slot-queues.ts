import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'

/**
 * Many queues of slots, numbered from 0, each with its count. A slot is in one queue at a time and
 * knows which, so it can be taken out of the middle.
 *
 * Cost: O(1) and nothing allocated, except for `grow` and `resize`. Twelve bytes a slot and twelve a queue.
 *
 * Invariants: a queue's slots are linked both ways from its first to its last, are as many as it
 * counts, and say that they are in it.
 */
export class SlotQueues {
  #next: Uint32Array
  #previous: Uint32Array
  #queue: Uint32Array
  #first: Uint32Array
  #last: Uint32Array
  #count: Uint32Array

  /** `queues` empty queues for slots up to `slots`. */
  constructor(slots: number, queues: number) {
    this.#next = new Uint32Array(slots + 1)
    this.#previous = new Uint32Array(slots + 1)
    this.#queue = new Uint32Array(slots + 1)
    this.#first = new Uint32Array(queues)
    this.#last = new Uint32Array(queues)
    this.#count = new Uint32Array(queues)
  }

  /** The first slot of a queue, 0 when it is empty. */
  first(queue: number): Slot {
    return this.#first[queue]
  }

  /** The slot behind this one in its queue, 0 behind the last. */
  next(slot: Slot): Slot {
    return this.#next[slot]
  }

  /** How many slots are in a queue. */
  count(queue: number): number {
    return this.#count[queue]
  }

  /** The queue that a slot is in. */
  queueOf(slot: Slot): number {
    return this.#queue[slot]
  }

  /** Puts a slot that is in no queue at the end of one. */
  append(slot: Slot, queue: number): void {
    const last = this.#last[queue]
    if (last === 0) this.#first[queue] = slot
    else this.#next[last] = slot
    this.#previous[slot] = last
    this.#next[slot] = 0
    this.#last[queue] = slot
    this.#queue[slot] = queue
    this.#count[queue]++
  }

  /** Takes a slot out of its queue. */
  take(slot: Slot): void {
    const queue = this.#queue[slot]
    const left = this.#previous[slot]
    const right = this.#next[slot]
    if (left === 0) this.#first[queue] = right
    else this.#next[left] = right
    if (right === 0) this.#last[queue] = left
    else this.#previous[right] = left
    this.#count[queue]--
  }

  /** Empties a queue, whose slots are then in none, and returns what was its first: walk on by `next`. */
  release(queue: number): Slot {
    const first = this.#first[queue]
    this.#first[queue] = 0
    this.#last[queue] = 0
    this.#count[queue] = 0
    return first
  }

  /** Makes room for `queues` queues, more than before. */
  grow(queues: number): void {
    this.#first = carried(this.#first, new Uint32Array(queues))
    this.#last = carried(this.#last, new Uint32Array(queues))
    this.#count = carried(this.#count, new Uint32Array(queues))
  }

  /** Makes room for slots up to `slots`; all in queues are within it. */
  resize(slots: number): void {
    this.#next = carried(this.#next, new Uint32Array(slots + 1))
    this.#previous = carried(this.#previous, new Uint32Array(slots + 1))
    this.#queue = carried(this.#queue, new Uint32Array(slots + 1))
  }

  /** The slots of a queue from first to last. */
  *slots(queue: number): IterableIterator<Slot> {
    for (let slot = this.first(queue); slot !== 0; slot = this.next(slot)) yield slot
  }

  /** Proves the invariants of a queue; returns how many slots are in it. @throws TerraceError `ERR_INVARIANT` */
  check(queue: number): number {
    let count = 0
    let last = 0
    for (const slot of this.slots(queue)) {
      const before = last
      invariant(++count <= this.count(queue), () => `queue ${queue}: more slots than its count of ${this.count(queue)}`)
      invariant(this.#previous[slot] === before, () => `queue ${queue}: slots ${before} and ${slot} disagree`)
      invariant(this.queueOf(slot) === queue, () => `queue ${queue}: slot ${slot} says ${this.queueOf(slot)}`)
      last = slot
    }
    invariant(count === this.count(queue), () => `queue ${queue}: ${count} slots, counted ${this.count(queue)}`)
    invariant(last === this.#last[queue], () => `queue ${queue}: ends at ${last}, not at ${this.#last[queue]}`)
    return count
  }
}
