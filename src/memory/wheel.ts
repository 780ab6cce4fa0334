import { invariant } from '../errors.ts'
import type { Slot } from '../policies/policy.ts'
import { SlotLists } from '../policies/slot-list.ts'

/*
 * Deadlines of slots: a hierarchical timer wheel (Varghese and Lauck, "Hashed and hierarchical timing
 * wheels", SOSP 1987), with levels of 64 buckets told apart by the digits of the deadline in base 64.
 *
 * Time is in whole milliseconds since the wheel was made. A slot waits at the level of the highest
 * digit in which its deadline differs from the wheel's time, in the bucket of that digit. When time
 * enters a bucket its slots fall to lower levels; in the lowest they have expired. Each slot falls at
 * most once a level: every operation is O(1), amortised.
 *
 * A deadline that moves later leaves the slot where it is, and is looked at when the bucket comes
 * round: an idle deadline that moves at every hit costs one store.
 *
 * Invariants (`check`): each waiting slot is linked once, in a bucket that starts after the wheel's
 * time (or is the one being emptied) and not after its deadline; the bitmaps name the buckets that are
 * not empty (and maybe some that are).
 */

const LEVELS = 8
const BUCKETS = 64
/** 64^8 ms, some 8,900 years: what is beyond waits in the last level and is looked at again there. */
const SPANS = Array.from({ length: LEVELS }, (_, level) => 64 ** level)
const HIGH = 2 ** 30
/** How many slots may fall in one call: a million that fall at once must not stop the event loop. */
const FALLS = 256

export class Wheel {
  /** Milliseconds since the wheel's origin; `Infinity`: none. */
  #deadlines: Float64Array
  /** One list a bucket. */
  readonly #lists: SlotLists
  /** Per level 64 bits, in two halves: which buckets may hold something. */
  readonly #filled = new Int32Array(LEVELS * 2)
  #time = 0
  #waiting = 0
  /** The bucket whose slots are falling, -1 for none: it comes before all others until it is empty. */
  #emptying = -1
  /** No deadline is due before this time. */
  #nothingBefore = 0
  #fallsLeft = 0
  readonly #origin: number

  constructor(slots: number, now: number) {
    this.#origin = Math.floor(now)
    this.#deadlines = new Float64Array(slots + 1)
    this.#lists = new SlotLists(slots, LEVELS * BUCKETS)
  }

  /** How many slots have a deadline. */
  get waiting(): number {
    return this.#waiting
  }

  /** The slot's deadline on the caller's clock, `Infinity` for none. */
  deadline(slot: Slot): number {
    const deadline = this.#deadlines[slot]!
    return deadline === 0 ? Number.POSITIVE_INFINITY : deadline + this.#origin
  }

  /** Whether the slot's deadline has come. */
  isDue(slot: Slot, now: number): boolean {
    const deadline = this.#deadlines[slot]!
    return deadline !== 0 && now - this.#origin >= deadline
  }

  /** Gives the slot the deadline `at` (rounded up to a whole millisecond), or none for `Infinity`. */
  schedule(slot: Slot, at: number): void {
    if (at === Number.POSITIVE_INFINITY) {
      this.cancel(slot)
      return
    }
    // At least the next millisecond: what is due now was never stored.
    const deadline = Math.max(Math.ceil(at) - this.#origin, this.#time + 1)
    const before = this.#deadlines[slot]!
    this.#deadlines[slot] = deadline
    if (before !== 0) {
      if (before <= deadline) return
      this.#lists.take(slot)
    } else this.#waiting++
    this.#link(slot, deadline)
    if (deadline < this.#nothingBefore) this.#nothingBefore = deadline
  }

  /** Forgets the slot's deadline. */
  cancel(slot: Slot): void {
    if (this.#deadlines[slot] === 0) return
    this.#deadlines[slot] = 0
    this.#lists.take(slot)
    this.#waiting--
  }

  /**
   * A slot whose deadline has come, and forgets that deadline; 0 when there is none; -1 when there
   * may be one, but this call has done its share of work: ask again.
   */
  pop(now: number): Slot | -1 {
    const time = Math.floor(now - this.#origin)
    if (time < this.#nothingBefore || this.#waiting === 0) return 0
    this.#fallsLeft = FALLS
    for (;;) {
      // The time never passes a bucket that holds something.
      const found = this.#emptying === -1 ? this.#earliest() : this.#emptying
      const start = found === -1 ? Number.POSITIVE_INFINITY : this.#startOf(found)
      if (start > time) {
        if (time > this.#time) this.#time = time
        this.#nothingBefore = start
        return 0
      }
      if (start > this.#time) this.#time = start
      const slot = this.#empty(found)
      if (slot !== 0) return slot
    }
  }

  /** Takes slots out of a bucket whose time has come: the first that is due is returned, the others fall. */
  #empty(bucket: number): Slot | -1 {
    const lists = this.#lists
    const head = lists.head(bucket)
    this.#emptying = bucket
    for (let slot = lists.next(head); slot !== head; slot = lists.next(head)) {
      lists.take(slot)
      const deadline = this.#deadlines[slot]!
      if (deadline <= this.#time) {
        this.#deadlines[slot] = 0
        this.#waiting--
        return slot
      }
      this.#link(slot, deadline)
      if (--this.#fallsLeft === 0) return -1
    }
    this.#filled[bucket >> 5]! &= ~(1 << (bucket & 31))
    this.#emptying = -1
    return 0
  }

  #link(slot: Slot, deadline: number): void {
    const bucket = this.#bucketOf(deadline)
    this.#lists.append(slot, this.#lists.head(bucket))
    this.#filled[bucket >> 5]! |= 1 << (bucket & 31)
  }

  #bucketOf(deadline: number): number {
    const time = this.#time
    const high = Math.floor(deadline / HIGH)
    let differing = high ^ Math.floor(time / HIGH)
    let level = 5
    if (differing === 0) {
      differing = (deadline % HIGH) ^ (time % HIGH)
      level = 0
    }
    level = Math.min(LEVELS - 1, level + (((31 - Math.clz32(differing)) / 6) | 0))
    return level * BUCKETS + (Math.floor(deadline / SPANS[level]!) & 63)
  }

  /** The bucket that comes round first, -1 when all are empty. The lowest level that holds anything has it. */
  #earliest(): number {
    for (let half = 0; half < LEVELS * 2; half++) {
      for (let bits = this.#filled[half]!; bits !== 0; bits &= bits - 1) {
        const bucket = half * 32 + 31 - Math.clz32(bits & -bits)
        const head = this.#lists.head(bucket)
        if (this.#lists.next(head) !== head) return bucket
        this.#filled[half]! &= ~(1 << (bucket & 31))
      }
    }
    return -1
  }

  /** When time enters the bucket. */
  #startOf(bucket: number): number {
    const level = bucket >> 6
    const span = SPANS[level]!
    const turn = span * BUCKETS
    return Math.floor(this.#time / turn) * turn + (bucket & 63) * span
  }

  /** Forgets all deadlines. */
  clear(): void {
    this.#deadlines.fill(0)
    this.#waiting = 0
    this.#filled.fill(0)
    this.#emptying = -1
    this.#lists.clear()
    this.#nothingBefore = 0
  }

  /** Makes room for more slots. */
  extend(slots: number): void {
    const deadlines = new Float64Array(slots + 1)
    deadlines.set(this.#deadlines)
    this.#deadlines = deadlines
    this.#lists.resize(slots)
  }

  /** Proves the invariants. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    let linked = 0
    for (let bucket = 0; bucket < LEVELS * BUCKETS; bucket++) {
      const head = this.#lists.head(bucket)
      linked += this.#lists.check(head)
      for (const at of this.#lists.slots(head)) {
        invariant((this.#filled[bucket >> 5]! & (1 << (bucket & 31))) !== 0, () => `bucket ${bucket} is not marked`)
        const start = this.#startOf(bucket)
        invariant(
          start > this.#time || (start === this.#time && bucket === this.#emptying),
          () => `bucket ${bucket} starts at ${start}, the time is ${this.#time}`,
        )
        invariant(start <= this.#deadlines[at]!, () => `slot ${at} waits in a bucket after its deadline`)
        invariant(this.#deadlines[at]! >= this.#nothingBefore, () => `slot ${at} is due before it is looked for`)
      }
    }
    invariant(linked === this.#waiting, () => `${linked} slots are linked, ${this.#waiting} wait`)
  }
}
