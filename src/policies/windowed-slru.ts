import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'
import { type Place, SlotLists } from './slot-list.ts'
import { SlotWeights } from './slot-weights.ts'

/** The byte of a slot: two bits tell the list, one is the caller's mark, the upper four the frequency. */
const LIST = 3
const IN_WINDOW = 1
const IN_PROBATION = 2
const IN_PROTECTED = 3
const MARK = 4
const FREQUENCY = 4
const ONE = 1 << FREQUENCY
const MOST_FREQUENT = 15 << FREQUENCY
/** A hit in the window counts only below this frequency. */
const CORRELATED = 2 << FREQUENCY

/** The window's list is list 0, and its head never moves. */
const WINDOW: Place = 0
/** Of the main space, what may be protected. */
const PROTECTED_SHARE = 0.8
/** How many entries at most move out of a window that became too large, each time something is added. */
const STEPS = 8
/** From this frequency on a candidate is let in by chance at times. */
const WARM = 6
const WARM_CHANCE = 1 / 128

/**
 * An LRU window before a segmented LRU, with the admission rule of TinyLFU between them: the mechanism
 * of W-TinyLFU, for a given share of the window, over slots. The cache itself is one of these, and so
 * is each of its shadows.
 *
 * New entries begin in the window. What falls out of it is a candidate for the main space; it stays if
 * it was asked for more often than the entry that the main space would give up, and leaves otherwise.
 * In the main space a hit promotes from probation to protected, which holds 80 %.
 *
 * Two rules refine the comparison. A candidate was asked for just now, its victim was not, so in a
 * loop the candidate is always one ahead: against a victim asked for twice or more it must be two
 * ahead. And hits in the window are mostly one request seen twice (the correlated references of
 * O'Neil, O'Neil, Weikum, "The LRU-K Page Replacement Algorithm", SIGMOD 1993): the first counts,
 * further ones do not.
 *
 * Cost: O(1), nine bytes a slot, eight more with weights. Moves between regions after a change of the
 * share are spread over later insertions.
 *
 * Invariants: every resident slot is on exactly the list that its byte says; counts and weights of the
 * lists are those of the slots on them.
 *
 * Attack: a scanner who keeps a frequent entry alive to pin it. A warm candidate is let in by chance.
 */
export class WindowedSlru {
  readonly #lists: SlotLists
  readonly #random: () => number
  #probation: Place
  #protected: Place
  #state: Uint8Array
  readonly #weights: SlotWeights
  #slots: number
  #count = 0
  #marked = 0
  #weight = 0
  #windowWeight = 0
  #protectedWeight = 0
  /** The share of the window, 0 to 1, of what is resident by weight; at least one entry. */
  #share: number
  /** What was admitted to the main space by the eviction going on; 0 for nothing. */
  #challenger: Slot = 0
  #counted = 0

  constructor(slots: number, share: number, random: () => number) {
    this.#slots = slots
    this.#share = share
    this.#random = random
    this.#lists = new SlotLists(slots, 3)
    this.#probation = this.#lists.head(1)
    this.#protected = this.#lists.head(2)
    this.#state = new Uint8Array(slots + 1)
    this.#weights = new SlotWeights(slots)
  }

  /** How many slots are resident. */
  get size(): number {
    return this.#count
  }

  /** How many of them are marked. */
  get marked(): number {
    return this.#marked
  }

  /** How many times a frequency was raised since the last ageing. */
  get counted(): number {
    return this.#counted
  }

  set share(share: number) {
    this.#share = share
  }

  has(slot: Slot): boolean {
    return this.#state[slot] !== 0
  }

  isMarked(slot: Slot): boolean {
    return (this.#state[slot] & MARK) !== 0
  }

  /** The frequency of a resident slot, 0 to 15. */
  frequency(slot: Slot): number {
    return this.#state[slot] >>> FREQUENCY
  }

  /** Takes a slot in, with the frequency known of its key. `marked` is what `hit` will return. */
  insert(slot: Slot, frequency: number, marked: boolean, weight = 1): void {
    this.#weights.set(slot, weight)
    this.#state[slot] = (frequency << FREQUENCY) | (marked ? MARK : 0) | IN_WINDOW
    this.#lists.insertAfter(slot, WINDOW)
    this.#count++
    if (marked) this.#marked++
    this.#weight += weight
    this.#windowWeight += weight
    this.#counted++
    this.#challenger = 0
    this.#shrinkWindow()
  }

  /** The slot was asked for. Returns whether it is marked. */
  hit(slot: Slot): boolean {
    const state = this.#state[slot]
    const list = state & LIST
    if (state < (list === IN_WINDOW ? CORRELATED : MOST_FREQUENT)) {
      this.#state[slot] = state + ONE
      this.#counted++
    }
    if (list === IN_WINDOW) this.#renew(slot, WINDOW)
    else if (list === IN_PROTECTED) this.#renew(slot, this.#protected)
    else this.#protect(slot)
    return (state & MARK) !== 0
  }

  reweigh(slot: Slot, weight: number): void {
    const more = weight - this.#weights.of(slot)
    if (more === 0) return
    this.#weights.set(slot, weight)
    const list = this.#state[slot] & LIST
    this.#weight += more
    if (list === IN_WINDOW) this.#windowWeight += more
    else if (list === IN_PROTECTED) this.#protectedWeight += more
  }

  /** Lets go of a resident slot; returns its frequency. */
  remove(slot: Slot): number {
    const state = this.#state[slot]
    const weight = this.#weights.of(slot)
    this.#lists.take(slot)
    this.#state[slot] = 0
    this.#count--
    if ((state & MARK) !== 0) this.#marked--
    this.#weight -= weight
    const list = state & LIST
    if (list === IN_WINDOW) this.#windowWeight -= weight
    else if (list === IN_PROTECTED) this.#protectedWeight -= weight
    if (slot === this.#challenger) this.#challenger = 0
    return state >>> FREQUENCY
  }

  /** Who must leave for an entry that is about to come; the caller removes it. */
  victim(): Slot {
    const candidate = this.#lists.previous(WINDOW)
    const victim = this.#mainVictim()
    if (victim === 0) return candidate
    const windowHasRoom = this.#windowWeight < this.#share * this.#weight
    const challenger = this.#challenger
    if (windowHasRoom && challenger !== 0 && challenger !== victim) {
      return this.#admits(challenger, victim) ? victim : challenger
    }
    if (windowHasRoom || candidate === WINDOW) return victim
    if (!this.#admits(candidate, victim)) return candidate
    this.#toProbation(candidate)
    this.#windowWeight -= this.#weights.of(candidate)
    this.#challenger = candidate
    return victim
  }

  /** Halves every frequency. */
  age(): void {
    this.#counted = 0
    const state = this.#state
    for (let slot = 0; slot < state.length; slot++) {
      const byte = state[slot]
      state[slot] = ((byte >>> 1) & MOST_FREQUENT) | (byte & ~MOST_FREQUENT)
    }
  }

  /** Marks the slots anew: those for which `marks` says so. */
  remark(marks: (slot: Slot) => boolean): void {
    this.#marked = 0
    for (let slot = 1; slot <= this.#slots; slot++) {
      if (this.#state[slot] === 0) continue
      const marked = marks(slot)
      if (marked) this.#marked++
      this.#state[slot] = (this.#state[slot] & ~MARK) | (marked ? MARK : 0)
    }
  }

  clear(): void {
    this.#lists.clear()
    this.#state.fill(0)
    this.#count = 0
    this.#marked = 0
    this.#weight = 0
    this.#windowWeight = 0
    this.#protectedWeight = 0
    this.#challenger = 0
    this.#counted = 0
  }

  resize(slots: number): void {
    if (slots === this.#slots) return
    this.#slots = slots
    this.#lists.resize(slots)
    this.#probation = this.#lists.head(1)
    this.#protected = this.#lists.head(2)
    this.#state = carried(this.#state, new Uint8Array(slots + 1))
    this.#weights.resize(slots)
  }

  /** Every resident slot, as nearly as can be told the next to leave first. */
  *order(): IterableIterator<Slot> {
    for (const head of [WINDOW, this.#probation, this.#protected]) {
      for (let slot = this.#lists.previous(head); slot !== head; ) {
        const following = this.#lists.previous(slot)
        yield slot
        slot = following
      }
    }
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    const window = this.#checkList('window', WINDOW, IN_WINDOW)
    const probation = this.#checkList('probation', this.#probation, IN_PROBATION)
    const secured = this.#checkList('protected', this.#protected, IN_PROTECTED)
    const count = window.count + probation.count + secured.count
    invariant(count === this.#count, () => `windowed slru: ${count} slots on lists, ${this.#count} counted`)
    agree('window', window.weight, this.#windowWeight)
    agree('protected', secured.weight, this.#protectedWeight)
    agree('all', window.weight + probation.weight + secured.weight, this.#weight)
    const resident = this.#state.reduce((sum, state) => sum + (state === 0 ? 0 : 1), 0)
    const marked = this.#state.reduce((sum, state) => sum + ((state & MARK) === 0 ? 0 : 1), 0)
    invariant(marked === this.#marked, () => `windowed slru: ${marked} slots are marked, ${this.#marked} counted`)
    invariant(resident === count, () => `windowed slru: ${resident} slots have a state, ${count} are on lists`)
    const challenger = this.#challenger
    invariant(challenger === 0 || this.has(challenger), () => `windowed slru: challenger ${challenger} is gone`)
  }

  #checkList(name: string, head: Place, list: number): { count: number; weight: number } {
    const count = this.#lists.check(head)
    let weight = 0
    for (const slot of this.#lists.slots(head)) {
      weight += this.#weights.of(slot)
      invariant(
        (this.#state[slot] & LIST) === list,
        () => `windowed slru: slot ${slot} is in ${name}, its byte differs`,
      )
    }
    return { count, weight }
  }

  #mainVictim(): Slot {
    const victim = this.#lists.previous(this.#probation)
    if (victim !== this.#probation) return victim
    const last = this.#lists.previous(this.#protected)
    return last === this.#protected ? 0 : last
  }

  #admits(candidate: Slot, victim: Slot): boolean {
    const asked = this.#state[candidate] >>> FREQUENCY
    const held = this.#state[victim] >>> FREQUENCY
    return asked > (held < 2 ? held : held + 1) || (asked >= WARM && this.#random() < WARM_CHANCE)
  }

  /** Moves on what the window holds beyond its share. */
  #shrinkWindow(): void {
    const share = this.#share * this.#weight
    for (let step = 0; step < STEPS; step++) {
      const last = this.#lists.previous(WINDOW)
      if (last === WINDOW) return
      const rest = this.#windowWeight - this.#weights.of(last)
      if (rest < share || rest === 0) return
      this.#toProbation(last)
      this.#windowWeight = rest
    }
  }

  #renew(slot: Slot, head: Place): void {
    if (this.#lists.next(head) === slot) return
    this.#lists.take(slot)
    this.#lists.insertAfter(slot, head)
  }

  #protect(slot: Slot): void {
    this.#lists.take(slot)
    this.#lists.insertAfter(slot, this.#protected)
    this.#state[slot] |= IN_PROTECTED
    this.#protectedWeight += this.#weights.of(slot)
    const most = PROTECTED_SHARE * (this.#weight - this.#windowWeight)
    for (let step = 0; step < STEPS && this.#protectedWeight > most; step++) {
      const last = this.#lists.previous(this.#protected)
      if (last === slot) return
      this.#toProbation(last)
      this.#protectedWeight -= this.#weights.of(last)
    }
  }

  #toProbation(slot: Slot): void {
    this.#lists.take(slot)
    this.#lists.insertAfter(slot, this.#probation)
    this.#state[slot] = (this.#state[slot] & ~LIST) | IN_PROBATION
  }
}

/** Sums of whole weights are exact; of fractions they are as near as doubles come. */
function agree(name: string, found: number, counted: number): void {
  invariant(
    Math.abs(found - counted) <= 1e-9 * Math.max(1, found),
    () => `windowed slru: ${name} weighs ${found}, counted as ${counted}`,
  )
}
