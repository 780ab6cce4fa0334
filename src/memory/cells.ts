import type { Slot } from '../policies/policy.ts'
import { hashText } from './hash.ts'
import { packText, UNPACKED, unpackText, WORDS } from './packed-text.ts'

/** What stands in a slot that holds no key. */
const FREE = Symbol('free')

/**
 * Keys and values by slot: one stretch of memory for both, and no object an entry.
 *
 * Where they are `packed` a short key lies there as three numbers, at three places beside its value, and its string is
 * let go: to look at a string is to fetch another line of memory, from another page, and to compare two that are not
 * the same object takes longer than that. A slot then takes 32 bytes instead of 16. For a key that no numbers
 * tell there is a mark, and the key itself beside it.
 */
export class Cells<K, V> {
  readonly #seed: number
  #cells: unknown[] = []
  #packs: boolean
  /** Of the key that was asked for last. */
  readonly #asked = new Int32Array(WORDS)
  #asks = 0

  constructor(seed: number, slots: number, packs: boolean) {
    this.#seed = seed
    this.#packs = packs
    this.grow(slots)
  }

  /** For how many slots there is room. */
  get slots(): number {
    return (this.#cells.length >> (this.#packs ? 2 : 1)) - 1
  }

  /** How often a key was asked for, or less. */
  get asks(): number {
    return this.#asks
  }

  /** Asks for a key. @returns its hash */
  ask(key: string): number {
    this.#asks = (this.#asks + 1) | 0
    return this.#packs ? packText(key, this.#seed, this.#asked) : hashText(key, this.#seed)
  }

  /** Whether the string that was asked for is the key of a slot that holds a string. */
  hasAsked(slot: Slot, key: K): boolean {
    const cells = this.#cells
    if (!this.#packs) return cells[slot << 1] === key
    const at = packedAt(slot)
    const asked = this.#asked
    // Numbers are compared with numbers only, strings with strings: or else V8 would compare anything with anything.
    if (cells[at + 1] !== asked[0]) return false
    if (asked[0] === UNPACKED) return cells[at + 2] === key
    return cells[at + 2] === asked[1] && cells[at + 3] === asked[2]
  }

  /** Puts a string that was asked for last, with its value. */
  putAsked(slot: Slot, key: K, value: V): void {
    const cells = this.#cells
    const asked = this.#asked
    if (!this.#packs || asked[0] === UNPACKED) this.put(slot, key, value)
    else {
      const at = packedAt(slot)
      cells[at] = value
      cells[at + 1] = asked[0]
      cells[at + 2] = asked[1]
      cells[at + 3] = asked[2]
    }
  }

  /** Puts a key of any kind as it is. */
  put(slot: Slot, key: K, value: V): void {
    const cells = this.#cells
    if (this.#packs) {
      const at = packedAt(slot)
      cells[at] = value
      cells[at + 1] = UNPACKED
      cells[at + 2] = key
    } else {
      cells[slot << 1] = key
      cells[(slot << 1) | 1] = value
    }
  }

  /** The slot holds no key any more. */
  free(slot: Slot): void {
    this.put(slot, FREE as K, undefined as V)
  }

  isFree(slot: Slot): boolean {
    const cells = this.#cells
    return this.#packs ? cells[packedAt(slot) + 2] === FREE : cells[slot << 1] === FREE
  }

  /** Whether numbers tell the key of a slot. */
  isPacked(slot: Slot): boolean {
    return this.#packs && this.#cells[packedAt(slot) + 1] !== UNPACKED
  }

  /** The key of a slot that is not free: where it is packed, a string made for the call. */
  keyAt(slot: Slot): K {
    const cells = this.#cells
    if (!this.#packs) return cells[slot << 1] as K
    const at = packedAt(slot)
    const first = cells[at + 1] as number
    return (
      first === UNPACKED ? cells[at + 2] : unpackText(first, cells[at + 2] as number, cells[at + 3] as number)
    ) as K
  }

  valueAt(slot: Slot): V {
    return this.#cells[this.#packs ? packedAt(slot) : (slot << 1) | 1] as V
  }

  setValue(slot: Slot, value: V): void {
    this.#cells[this.#packs ? packedAt(slot) : (slot << 1) | 1] = value
  }

  /** Lets go of what the first `used` slots hold, which are then neither free nor held. */
  clear(used: number): void {
    this.#cells.fill(undefined, 1, (used + 1) << (this.#packs ? 2 : 1))
  }

  /** Makes room for so many slots, which costs copying what there is. */
  grow(slots: number): void {
    const more = new Array<unknown>(((slots + 1) << (this.#packs ? 2 : 1)) - this.#cells.length)
    if (this.#cells.length > 0) this.#cells = this.#cells.concat(more)
    else {
      this.#cells = more
      // An array of numbers alone would be made another kind of array by its first value.
      more[0] = FREE
    }
  }

  /** From now on short keys are packed, or are not; the first `used` slots stay what they are, with room for so many. */
  repack(packs: boolean, used: number, slots: number): void {
    if (packs === this.#packs) return
    const to = new Cells<K, V>(this.#seed, slots, packs)
    for (let slot = 1; slot <= used; slot++) {
      if (this.isFree(slot)) to.free(slot)
      else {
        const key = this.keyAt(slot)
        if (typeof key === 'string') to.ask(key)
        if (typeof key === 'string') to.putAsked(slot, key, this.valueAt(slot))
        else to.put(slot, key, this.valueAt(slot))
      }
    }
    this.#cells = to.#cells
    this.#packs = packs
  }
}

/** Where a slot's four places begin: aligned, so that they lie in one line of memory (the array has a head of two). */
function packedAt(slot: Slot): number {
  return (slot << 2) - 2
}
