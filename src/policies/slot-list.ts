import { invariant } from '../errors.ts'
import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'

/** Where a link points: a slot, or the head of a list (0 for the first list, above all slots for others). */
export type Place = number

/**
 * Doubly linked lists of slots, intrusive: two links a slot, so a slot is on one list at a time and
 * moves between lists without anything being allocated.
 *
 * A list is a ring closed by its head: `next(head)` is its first slot, `previous(head)` its last, and
 * an empty list's head points to itself. So no operation branches, and taking a slot off needs not
 * know its list. Every operation is O(1) except `clear` (by lists), `slots`, `check` and `resize`.
 *
 * Links of a slot that is on no list mean nothing, and counts are the caller's: a policy knows both.
 */
export class SlotLists {
  /** What follows a place at twice its number, what precedes it beside that: a place is one line of the processor's caches. */
  #links: Uint32Array
  #slots: number
  readonly #lists: number

  /** `lists` empty lists for slots up to `slots`. */
  constructor(slots: number, lists = 1) {
    this.#slots = slots
    this.#lists = lists
    this.#links = new Uint32Array(2 * (slots + lists))
    this.clear()
  }

  /** The head of list 0, 1, …: 0 for list 0 for ever; those of the others change with every `resize`. */
  head(list: number): Place {
    return list === 0 ? 0 : this.#slots + list
  }

  /** What follows `at`. */
  next(at: Place): Place {
    return this.#links[at << 1]
  }

  /** What precedes `at`. */
  previous(at: Place): Place {
    return this.#links[(at << 1) | 1]
  }

  /** Puts a slot that is on no list right behind `at`: behind a head is the beginning of its list. */
  insertAfter(slot: Slot, at: Place): void {
    const links = this.#links
    const right = links[at << 1]
    links[slot << 1] = right
    links[(slot << 1) | 1] = at
    links[at << 1] = slot
    links[(right << 1) | 1] = slot
  }

  /** Puts a slot that is on no list at the end of the list of `head`. */
  append(slot: Slot, head: Place = 0): void {
    this.insertAfter(slot, this.previous(head))
  }

  /** Takes a slot off the list it is on. */
  take(slot: Slot): void {
    const links = this.#links
    const right = links[slot << 1]
    const left = links[(slot << 1) | 1]
    links[left << 1] = right
    links[(right << 1) | 1] = left
  }

  /** Moves a slot from the list it is on to the end of the list of `head`. */
  moveToEnd(slot: Slot, head: Place = 0): void {
    this.take(slot)
    this.append(slot, head)
  }

  /** Moves a slot from the list it is on right behind `at`, which is another place. */
  moveAfter(slot: Slot, at: Place): void {
    this.take(slot)
    this.insertAfter(slot, at)
  }

  /** Empties every list. */
  clear(): void {
    for (let list = 0; list < this.#lists; list++) {
      const head = this.head(list)
      this.#links[head << 1] = head
      this.#links[(head << 1) | 1] = head
    }
  }

  /** Makes room for slots up to `slots`. The lists keep their order; all slots on them are within it. */
  resize(slots: number): void {
    if (slots === this.#slots) return
    const ends = Array.from({ length: this.#lists }, (_, list) => {
      const head = this.head(list)
      return { first: this.next(head), last: this.previous(head), empty: this.next(head) === head }
    })
    this.#links = carried(this.#links, new Uint32Array(2 * (slots + this.#lists)))
    this.#slots = slots
    for (const [list, { first, last, empty }] of ends.entries()) {
      const head = this.head(list)
      this.#links[head << 1] = empty ? head : first
      this.#links[(head << 1) | 1] = empty ? head : last
      this.#links[(this.next(head) << 1) | 1] = head
      this.#links[this.previous(head) << 1] = head
    }
  }

  /** The slots of the list of `head`, first to last. The slot just given may be taken off meanwhile. */
  *slots(head: Place = 0): IterableIterator<Slot> {
    for (let slot = this.next(head); slot !== head; ) {
      const following = this.next(slot)
      yield slot
      slot = following
    }
  }

  /**
   * Proves that the list of `head` is a closed ring whose links agree both ways and that meets no
   * other list; returns how many slots are on it.
   *
   * @throws TerraceError `ERR_INVARIANT`
   */
  check(head: Place = 0): number {
    let at = head
    for (let count = 0; ; count++) {
      const here = at
      const following = this.next(here)
      invariant(this.previous(following) === here, () => `slot list ${head}: ${here} and ${following} disagree`)
      if (following === head) return count
      invariant(following > 0 && following <= this.#slots, () => `slot list ${head}: ${here} leads to ${following}`)
      invariant(count < this.#slots, () => `slot list ${head}: not a ring`)
      at = following
    }
  }
}
