import { invariant } from '../errors.ts'
import type { PolicyQueue, Slot } from './policy.ts'
import { FREQUENCY, PROBATION, PROTECTED, SEGMENT, Segments, WINDOW } from './segments.ts'

const MOST_FREQUENT = 15 << FREQUENCY
/**
 * Entries as frequent as can be counted are moved to the front at one hit in four: their frequency keeps
 * them, not their place, and most hits are theirs. A power of two less one.
 */
const HOT_SKIPS = 3
/** A hit in the window counts only below this frequency. */
const CORRELATED = 2 << FREQUENCY
/** Of the main space, what may be protected. */
const PROTECTED_SHARE = 0.8
/** How many entries at most move on from a segment that became too large, each time something happens in it. */
const STEPS = 8
/** From this frequency on a candidate is let in by chance at times. */
const WARM = 6
const WARM_CHANCE = 1 / 128

const QUEUES = [
  ['window', WINDOW],
  ['probation', PROBATION],
  ['protected', PROTECTED],
] as const

/**
 * An LRU window before a segmented LRU, with the admission rule of TinyLFU between them: the mechanism
 * of W-TinyLFU for a given share of the window, over slots. The cache itself is one of these, and so is
 * each of its shadows.
 *
 * New entries begin in the window. What falls out of it is a candidate for the main space; it stays if
 * it was asked for more often than the entry that the main space would give up, and leaves otherwise.
 * In the main space a hit promotes from probation to protected, which holds 80 %.
 *
 * Two rules refine the comparison. A candidate was asked for just now, its victim was not, so in a
 * loop the candidate is always one ahead: against a victim asked for twice or more it must be two
 * ahead. And hits in the window are mostly one request seen twice (the correlated references of
 * E. O'Neil, P. O'Neil, G. Weikum, "The LRU-K Page Replacement Algorithm", SIGMOD 1993): the first
 * counts, further ones do not.
 *
 * Cost: O(1). Moves between segments after a change of the share are spread over later insertions.
 *
 * Invariants: those of the segments.
 *
 * Attack: someone who keeps useless entries frequent to pin them. A warm candidate is let in by chance.
 */
export class WindowedSlru {
  readonly #segments: Segments
  readonly #random: () => number
  #share: number
  /** What was admitted to the main space by the eviction going on; 0 for nothing. */
  #challenger: Slot = 0
  #counted = 0
  /** Hits on entries as frequent as can be counted. */
  #hot = 0

  constructor(slots: number, share: number, random: () => number) {
    this.#segments = new Segments(slots)
    this.#share = share
    this.#random = random
  }

  /** How many slots are resident. */
  get size(): number {
    return this.#segments.size
  }

  /** How many of them are marked. */
  get marked(): number {
    return this.#segments.marked
  }

  /** How many times a frequency was raised since the last ageing. */
  get counted(): number {
    return this.#counted
  }

  /** The share of the window, more than 0, at most 1, by weight, of what is resident; it has one entry at least. */
  set share(share: number) {
    this.#share = share
  }

  /** The byte of a slot, 0 if it is not resident; `MARKED` is set in it if the slot is marked. */
  byte(slot: Slot): number {
    return this.#segments.byte(slot)
  }

  /** The frequency of a resident slot, 0 to 15. */
  frequency(slot: Slot): number {
    return this.#segments.frequency(slot)
  }

  /** Takes a slot in, with the frequency known of its key. */
  insert(slot: Slot, frequency: number, marked: boolean, weight = 1): void {
    this.#segments.enter(slot, frequency, marked, weight)
    this.#counted++
    this.#challenger = 0
    this.#shrinkWindow()
  }

  /** The slot was asked for. Returns its byte; if that is 0, it is not resident, and nothing has happened. */
  hit(slot: Slot): number {
    const segments = this.#segments
    const byte = segments.byte(slot)
    if (byte === 0) return 0
    if (byte >= MOST_FREQUENT && (++this.#hot & HOT_SKIPS) !== 0) return byte
    const segment = byte & SEGMENT
    if (byte < (segment === WINDOW ? CORRELATED : MOST_FREQUENT)) {
      segments.raise(slot)
      this.#counted++
    }
    if (segment === PROBATION) this.#protect(slot)
    else segments.renew(slot, segment)
    return byte
  }

  reweigh(slot: Slot, weight: number): void {
    this.#segments.reweigh(slot, weight)
  }

  /** Lets go of a resident slot; returns its frequency. */
  remove(slot: Slot): number {
    if (slot === this.#challenger) this.#challenger = 0
    return this.#segments.leave(slot)
  }

  /** Who must leave for an entry that is about to come; the caller removes it. */
  victim(): Slot {
    const segments = this.#segments
    const candidate = segments.last(WINDOW)
    const victim = segments.last(PROBATION) || segments.last(PROTECTED)
    if (victim === 0) return candidate
    const windowHasRoom = segments.weightIn(WINDOW) < this.#share * segments.weight
    const challenger = this.#challenger
    if (windowHasRoom && challenger !== 0 && challenger !== victim) {
      return this.#admits(challenger, victim) ? victim : challenger
    }
    if (windowHasRoom || candidate === 0) return victim
    if (!this.#admits(candidate, victim)) return candidate
    segments.move(candidate, PROBATION)
    this.#challenger = candidate
    return victim
  }

  /** Halves every frequency. */
  age(): void {
    this.#segments.age()
    this.#counted = 0
  }

  /** Marks the slots anew: those for which `marks` says so. */
  remark(marks: (slot: Slot) => boolean): void {
    this.#segments.remark(marks)
  }

  clear(): void {
    this.#segments.clear()
    this.#challenger = 0
    this.#counted = 0
  }

  resize(slots: number): void {
    this.#segments.resize(slots)
  }

  /** Every resident slot, as nearly as can be told the next to leave first. */
  order(): IterableIterator<Slot> {
    return this.#segments.order()
  }

  queues(): readonly PolicyQueue[] {
    const segments = this.#segments
    const counts = { what: 'frequency' as const, of: (slot: Slot) => segments.frequency(slot) }
    return QUEUES.map(([name, segment]) => {
      return { name, slots: segments.slotsIn(segment), weight: segments.weightIn(segment), counts }
    })
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#segments.check()
    const challenger = this.#challenger
    const there = challenger === 0 || this.#segments.byte(challenger) !== 0
    invariant(there, () => `windowed slru: the challenger ${challenger} is not resident`)
  }

  #admits(candidate: Slot, victim: Slot): boolean {
    const asked = this.#segments.frequency(candidate)
    const held = this.#segments.frequency(victim)
    return asked > (held < 2 ? held : held + 1) || (asked >= WARM && this.#random() < WARM_CHANCE)
  }

  /** Moves on what the window holds beyond its share. */
  #shrinkWindow(): void {
    const segments = this.#segments
    const share = this.#share * segments.weight
    for (let step = 0; step < STEPS; step++) {
      const last = segments.last(WINDOW)
      if (last === 0) return
      const rest = segments.weightIn(WINDOW) - segments.weightOf(last)
      if (rest < share || rest === 0) return
      segments.move(last, PROBATION)
    }
  }

  #protect(slot: Slot): void {
    const segments = this.#segments
    segments.move(slot, PROTECTED)
    const most = PROTECTED_SHARE * (segments.weightIn(PROBATION) + segments.weightIn(PROTECTED))
    for (let step = 0; step < STEPS && segments.weightIn(PROTECTED) > most; step++) {
      const last = segments.last(PROTECTED)
      if (last === slot) return
      segments.move(last, PROBATION)
    }
  }
}
