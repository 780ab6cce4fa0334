import type { Slot } from '../policies/policy.ts'
import { type Cells, grown } from './cells.ts'
import { hashText } from './hash.ts'
import { SLOT, TAG, Ways } from './ways.ts'

/** What stands in a slot that holds no key. */
const FREE = Symbol('free')

/** Keys and values side by side, in one line of memory: 20 bytes a slot, and the keys as they are. */
export class PairedCells<K, V> implements Cells<K, V> {
  readonly ways: Ways
  missed = 0
  missedAfter = 0
  readonly #seed: number
  /** Those of the ways: a look goes straight there. */
  readonly #index: Int32Array
  readonly #mask: number
  /** Key at `2 * slot`, value at `2 * slot + 1`. */
  #cells: unknown[]
  readonly #hashes: Int32Array

  constructor(seed: number, most: number, slots: number) {
    this.#seed = seed
    this.ways = new Ways(most)
    this.#index = this.ways.index
    this.#mask = this.ways.mask
    this.#hashes = new Int32Array(most + 1)
    this.#cells = grown([], slots, 2)
  }

  get slots(): number {
    return (this.#cells.length >> 1) - 1
  }

  find(key: string): Slot {
    const hash = hashText(key, this.#seed)
    const index = this.#index
    const mask = this.#mask
    let place = hash & mask
    for (; ; place = (place + 1) & mask) {
      const way = index[place]!
      if (way === 0) break
      if (((way ^ hash) & TAG) === 0 && this.#cells[(way & SLOT) << 1] === key) return way & SLOT
    }
    this.missed = hash
    this.missedAfter = (place - hash) & mask
    return 0
  }

  add(slot: Slot, key: K, value: V): void {
    const hash = this.missed
    this.put(slot, key, value, hash)
    this.ways.add(slot, hash)
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
    this.ways.clear()
    this.#cells.fill(undefined, 0, (used + 1) << 1)
  }

  grow(slots: number): void {
    this.#cells = grown(this.#cells, slots, 2)
  }
}
