import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'

/**
 * A place on a list: a slot (from 1), or a list itself, named by 0, -1, -2 … A list is the sentinel
 * that closes its ring, so `next(list)` is its first slot and `previous(list)` its last, and walking
 * past an end comes back to the list: a number below 1.
 */
export type Place = number

/**
 * Doubly linked lists of slots, intrusive: one pair of links a slot, so a slot is on one list at a
 * time and moves between lists without anything being allocated. All lists share one typed array,
 * the two links of a place side by side in it (one cache line where two arrays would take two).
 *
 * Rings with sentinels need no branch for an empty list or an end, and taking a slot out needs not
 * know which list it is on. Every operation is O(1) but for `slots`, `check` and `resize`.
 *
 * Links of a slot on no list mean nothing: the caller knows which slots are on a list. Counts are
 * the caller's too.
 */
export class SlotLists {
  /** `next` of place p at 2q, `previous` at 2q + 1, where q = p + shift: q is never negative. */
  #links: Uint32Array
  readonly #shift: number

  /** Lists 0, -1 … -(lists - 1), all empty, for slots up to `slots`. */
  constructor(slots: number, lists = 1) {
    this.#shift = lists - 1
    this.#links = new Uint32Array(2 * (slots + lists))
    this.clear()
  }

  /** What follows `at`. */
  next(at: Place): Place {
    return this.#links[2 * (at + this.#shift)]! - this.#shift
  }

  /** What precedes `at`. */
  previous(at: Place): Place {
    return this.#links[2 * (at + this.#shift) + 1]! - this.#shift
  }

  /** Puts a slot that is on no list behind `at`: behind a list is its beginning. */
  insertAfter(slot: Slot, at: Place): void {
    const links = this.#links
    const middle = slot + this.#shift
    const left = at + this.#shift
    const right = links[2 * left]!
    links[2 * middle] = right
    links[2 * middle + 1] = left
    links[2 * left] = middle
    links[2 * right + 1] = middle
  }

  /** Puts a slot that is on no list at the end of `list`. */
  append(slot: Slot, list: Place = 0): void {
    const links = this.#links
    const middle = slot + this.#shift
    const right = list + this.#shift
    const left = links[2 * right + 1]!
    links[2 * middle] = right
    links[2 * middle + 1] = left
    links[2 * left] = middle
    links[2 * right + 1] = middle
  }

  /** Takes a slot off the list it is on. */
  take(slot: Slot): void {
    const links = this.#links
    const middle = slot + this.#shift
    const right = links[2 * middle]!
    const left = links[2 * middle + 1]!
    links[2 * left] = right
    links[2 * right + 1] = left
  }

  /** Empties every list. */
  clear(): void {
    for (let place = 0; place <= this.#shift; place++) {
      this.#links[2 * place] = place
      this.#links[2 * place + 1] = place
    }
  }

  /** Makes room for slots up to `slots`; the lists stay as they are, all on them being within it. */
  resize(slots: number): void {
    const length = 2 * (slots + this.#shift + 1)
    if (length === this.#links.length) return
    const links = new Uint32Array(length)
    links.set(length < this.#links.length ? this.#links.subarray(0, length) : this.#links)
    this.#links = links
  }

  /** The slots of a list from first to last. The current slot may be taken off while walking. */
  *slots(list: Place = 0): IterableIterator<Slot> {
    let slot = this.next(list)
    while (slot > 0) {
      const following = this.next(slot)
      yield slot
      slot = following
    }
  }

  /**
   * Proves that `list` is one closed ring whose links agree both ways and that meets no other list,
   * and returns how many slots are on it. @throws TerraceError `ERR_INVARIANT`
   */
  check(list: Place = 0): number {
    const most = this.#links.length / 2 - this.#shift - 1
    let count = 0
    for (let at = list; ; count++) {
      const following = this.next(at)
      invariant(
        following <= most,
        () => `slot list ${list}: the link of ${at} points to ${following}, of ${most} slots`,
      )
      invariant(this.previous(following) === at, () => `slot list ${list}: ${at} and ${following} disagree`)
      if (following === list) return count
      invariant(following > 0, () => `slot list ${list} runs into list ${following}`)
      invariant(count < most, () => `slot list ${list} is no ring`)
      at = following
    }
  }
}
