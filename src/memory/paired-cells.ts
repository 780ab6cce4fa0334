import type { Slot } from '../policies/policy.ts'
import { carried } from '../policies/slot-array.ts'
import { type Cells, grown } from './cells.ts'
import { hashText } from './hash.ts'

/** What stands in a slot that holds no key. */
const FREE = Symbol('free')

/** Keys and values side by side, in one line of memory: 20 bytes a slot, and the keys as they are. */
export class PairedCells<K, V> implements Cells<K, V> {
  readonly packs = false
  noted = 0
  readonly #seed: number
  /** Key at `2 * slot`, value at `2 * slot + 1`. */
  #cells: unknown[]
  #hashes: Int32Array

  constructor(seed: number, most: number, slots: number) {
    this.#seed = seed
    this.#hashes = new Int32Array(most + 1)
    this.#cells = grown([], slots, 2)
  }

  get slots(): number {
    return (this.#cells.length >> 1) - 1
  }

  ask(key: string): number {
    return hashText(key, this.#seed)
  }

  note(hash: number): void {
    this.noted = hash
  }

  recall(): number {
    return this.noted
  }

  hasAsked(slot: Slot, key: K): boolean {
    return this.#cells[slot << 1] === key
  }

  putAsked(slot: Slot, key: K, value: V, hash: number): void {
    this.put(slot, key, value, hash)
  }

  put(slot: Slot, key: K, value: V, hash: number): void {
    const cells = this.#cells
    cells[slot << 1] = key
    cells[(slot << 1) | 1] = value
    this.#hashes[slot] = hash
  }

  free(slot: Slot, next: Slot): void {
    this.put(slot, FREE as K, undefined as V, next)
  }

  isFree(slot: Slot): boolean {
    return this.#cells[slot << 1] === FREE
  }

  isPacked(_slot: Slot): boolean {
    return false
  }

  keyAt(slot: Slot): K {
    return this.#cells[slot << 1] as K
  }

  valueAt(slot: Slot): V {
    return this.#cells[(slot << 1) | 1] as V
  }

  setValue(slot: Slot, value: V): void {
    this.#cells[(slot << 1) | 1] = value
  }

  hashAt(slot: Slot): number {
    return this.#hashes[slot]!
  }

  setHash(slot: Slot, hash: number): void {
    this.#hashes[slot] = hash
  }

  clear(used: number): void {
    this.#cells.fill(undefined, 0, (used + 1) << 1)
  }

  grow(slots: number): void {
    this.#cells = grown(this.#cells, slots, 2)
  }

  extend(most: number): void {
    this.#hashes = carried(this.#hashes, new Int32Array(most + 1))
  }
}
