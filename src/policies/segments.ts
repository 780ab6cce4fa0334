import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { type Place, SlotLists } from './slot-list.ts'
import { SlotWeights } from './slot-weights.ts'

/** The segments, as the byte of a slot has them in its lower two bits. 0: the slot is not resident. */
export const WINDOW = 1
export const PROBATION = 2
export const PROTECTED = 3
/** The bits of the segment in the byte of a slot. */
export const SEGMENT = 3
/** In the byte of a slot: the slot is marked. */
export const MARKED = 4
/** How far the frequency is shifted in the byte of a slot; it takes the upper four bits. */
export const FREQUENCY = 4
/** Where in four bytes a frequency is after it was halved. */
const FREQUENCIES = 0x70707070
const names = ['none', 'window', 'probation', 'protected']

/**
 * Three LRU lists of slots with a byte a slot, which tells the list, a mark, and the frequency; and
 * what the lists hold, by number and weight.
 *
 * Cost: O(1), nine bytes a slot, eight more where weights differ from 1.
 *
 * Invariants: every resident slot is on the one list its byte says; counts and weights are right.
 */
export class Segments {
  readonly #lists: SlotLists
  readonly #weights: SlotWeights
  /** By segment: the head of its list, and the weight of what is on it. */
  readonly #heads: Place[] = [0, 0, 0, 0]
  readonly #weightIn = new Float64Array(4)
  #bytes: Uint8Array
  /** No slot above it was ever resident since the last `clear`. */
  #highest = 0
  #weight = 0
  #count = 0
  #marked = 0

  constructor(slots: number) {
    this.#lists = new SlotLists(slots, 3)
    this.#weights = new SlotWeights(slots)
    this.#bytes = bytesFor(slots)
    this.#findHeads()
  }

  /** How many slots are resident. */
  get size(): number {
    return this.#count
  }

  /** How many of them are marked. */
  get marked(): number {
    return this.#marked
  }

  /** The weight of all. */
  get weight(): number {
    return this.#weight
  }

  /** The weight of what is in a segment. */
  weightIn(segment: number): number {
    return this.#weightIn[segment]
  }

  weightOf(slot: Slot): number {
    return this.#weights.of(slot)
  }

  /** The byte of a slot, 0 if it is not resident. */
  byte(slot: Slot): number {
    return this.#bytes[slot]
  }

  frequency(slot: Slot): number {
    return this.#bytes[slot] >>> FREQUENCY
  }

  /** Raises the frequency of a slot by one. It must be less than 15. */
  raise(slot: Slot): void {
    this.#bytes[slot] += 1 << FREQUENCY
  }

  /** The least recently used slot of a segment, 0 if it is empty. */
  last(segment: number): Slot {
    const head = this.#heads[segment]
    const last = this.#lists.previous(head)
    return last === head ? 0 : last
  }

  /** Takes in a slot as the most recently used one of the window. */
  enter(slot: Slot, frequency: number, marked: boolean, weight: number): void {
    if (slot > this.#highest) this.#highest = slot
    this.#weights.set(slot, weight)
    this.#bytes[slot] = (frequency << FREQUENCY) | (marked ? MARKED : 0) | WINDOW
    this.#lists.insertAfter(slot, this.#heads[WINDOW])
    this.#weightIn[WINDOW] += weight
    this.#weight += weight
    this.#count++
    if (marked) this.#marked++
  }

  /** Makes a slot the most recently used one of its segment, which the caller knows. */
  renew(slot: Slot, segment: number): void {
    const head = this.#heads[segment]
    if (this.#lists.next(head) === slot) return
    this.#lists.moveAfter(slot, head)
  }

  /** Makes a slot the most recently used one of another segment. */
  move(slot: Slot, to: number): void {
    const byte = this.#bytes[slot]
    const weight = this.#weights.of(slot)
    this.#bytes[slot] = (byte & ~SEGMENT) | to
    this.#weightIn[byte & SEGMENT] -= weight
    this.#weightIn[to] += weight
    this.#lists.moveAfter(slot, this.#heads[to])
  }

  reweigh(slot: Slot, weight: number): void {
    const more = weight - this.#weights.of(slot)
    this.#weightIn[this.#bytes[slot] & SEGMENT] += more
    this.#weight += more
    this.#weights.set(slot, weight)
  }

  /** Lets go of a resident slot; returns its frequency. */
  leave(slot: Slot): number {
    const byte = this.#bytes[slot]
    this.#lists.take(slot)
    this.#bytes[slot] = 0
    const weight = this.#weights.of(slot)
    this.#weightIn[byte & SEGMENT] -= weight
    this.#weight -= weight
    this.#count--
    if ((byte & MARKED) !== 0) this.#marked--
    return byte >>> FREQUENCY
  }

  /** Halves every frequency. */
  age(): void {
    const words = new Uint32Array(this.#bytes.buffer, 0, (this.#highest >> 2) + 1)
    for (let at = 0; at < words.length; at++) {
      words[at] = ((words[at] >>> 1) & FREQUENCIES) | (words[at] & ~(FREQUENCIES | (FREQUENCIES << 1)))
    }
  }

  /** Marks the slots anew: those for which `marks` says so. */
  remark(marks: (slot: Slot) => boolean): void {
    this.#marked = 0
    for (const slot of this.order()) {
      const marked = marks(slot)
      if (marked) this.#marked++
      this.#bytes[slot] = (this.#bytes[slot] & ~MARKED) | (marked ? MARKED : 0)
    }
  }

  clear(): void {
    this.#lists.clear()
    this.#bytes.fill(0)
    this.#highest = 0
    this.#weightIn.fill(0)
    this.#weight = 0
    this.#count = 0
    this.#marked = 0
  }

  resize(slots: number): void {
    this.#lists.resize(slots)
    this.#weights.resize(slots)
    this.#bytes = carried(this.#bytes, bytesFor(slots))
    this.#highest = Math.min(this.#highest, slots)
    this.#findHeads()
  }

  /** Every resident slot: window, probation, protected, each from the least recently used on. */
  *order(): IterableIterator<Slot> {
    for (const segment of [WINDOW, PROBATION, PROTECTED]) yield* this.slotsIn(segment)
  }

  /** The slots of one segment from the least recently used on. The one just given may leave it meanwhile. */
  *slotsIn(segment: number): IterableIterator<Slot> {
    for (let slot = this.last(segment); slot > 0; ) {
      const following = this.#lists.previous(slot)
      yield slot
      slot = following === this.#heads[segment] ? 0 : following
    }
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    const found = [WINDOW, PROBATION, PROTECTED].reduce((sum, segment) => sum + this.#checkSegment(segment), 0)
    let resident = 0
    let marked = 0
    for (const byte of this.#bytes) {
      if (byte !== 0) resident++
      if ((byte & MARKED) !== 0) marked++
    }
    agree('all', this.#weightIn[WINDOW] + this.#weightIn[PROBATION] + this.#weightIn[PROTECTED], this.#weight)
    invariant(found === this.#count, () => `segments: ${found} slots on lists, ${this.#count} counted`)
    invariant(found === resident, () => `segments: ${found} slots on lists, ${resident} have a byte`)
    invariant(marked === this.#marked, () => `segments: ${marked} slots marked, ${this.#marked} counted`)
  }

  /** How many slots are in a segment. */
  #checkSegment(segment: number): number {
    const count = this.#lists.check(this.#heads[segment])
    let weight = 0
    for (const slot of this.#lists.slots(this.#heads[segment])) {
      weight += this.#weights.of(slot)
      const said = this.#bytes[slot] & SEGMENT
      invariant(said === segment, () => `segments: slot ${slot} is in ${names[segment]}, its byte says ${names[said]}`)
    }
    agree(names[segment], weight, this.#weightIn[segment])
    return count
  }

  #findHeads(): void {
    for (const segment of [WINDOW, PROBATION, PROTECTED]) this.#heads[segment] = this.#lists.head(segment - 1)
  }
}

/** A byte a slot, up to whole words, so that four can be aged at a time. */
function bytesFor(slots: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((slots + 4) & ~3)
}

/** Sums of whole weights are exact; of fractions they are as near as doubles come. */
function agree(what: string, weight: number, counted: number): void {
  const error = Math.abs(weight - counted)
  invariant(error <= 1e-9 * Math.max(1, weight), () => `segments: ${what} weighs ${weight}, counted as ${counted}`)
}
