import type { Slot } from '../policies/policy.ts'
import { type Cells, grown } from './cells.ts'
import { packText, UNPACKED, unpackText } from './packed-text.ts'
import { SLOT, TAG, Ways } from './ways.ts'

/** Instead of the first number of a key, in a slot that holds none. */
const FREE = 2

/**
 * Short keys as three numbers, beside their hash in one line of memory, and their strings let go: to compare two
 * strings that are not the same object V8 has to look at both, and the one that is held lies in another page.
 *
 * 24 bytes a slot, and 8 more once a key has come that no numbers tell.
 */
export class PackedCells<K, V> implements Cells<K, V> {
  readonly ways: Ways
  missed = 0
  missedAfter = 0
  readonly #seed: number
  /** Those of the ways: a look goes straight there. */
  readonly #index: Int32Array
  readonly #mask: number
  /** From `4 * slot` the numbers of a key, or a mark and what was there before; then its hash. Slot 0: what was asked for. */
  readonly #records: Int32Array
  /** The numbers of what was missed. */
  readonly #missed = new Int32Array(3)
  #values: unknown[]
  /** Keys that no numbers tell. */
  #keys: unknown[] | undefined

  constructor(seed: number, most: number, slots: number) {
    this.#seed = seed
    this.ways = new Ways(most)
    this.#index = this.ways.index
    this.#mask = this.ways.mask
    this.#records = new Int32Array((most + 1) << 2)
    this.#values = grown([], slots, 1)
  }

  get slots(): number {
    return this.#values.length - 1
  }

  find(key: string): Slot {
    const records = this.#records
    const hash = packText(key, this.#seed, records)
    const first = records[0]!
    const second = records[1]!
    const third = records[2]!
    const index = this.#index
    const mask = this.#mask
    let place = hash & mask
    for (; ; place = (place + 1) & mask) {
      const way = index[place]!
      if (way === 0) break
      if (((way ^ hash) & TAG) !== 0) continue
      const slot = way & SLOT
      const at = slot << 2
      if (records[at] !== first) continue
      if (first === UNPACKED) {
        if (this.#keys?.[slot] === key) return slot
      } else if (records[at + 1] === second && records[at + 2] === third) return slot
    }
    const missed = this.#missed
    missed[0] = first
    missed[1] = second
    missed[2] = third
    this.missed = hash
    this.missedAfter = (place - hash) & mask
    return 0
  }

  add(slot: Slot, key: K, value: V): void {
    const hash = this.missed
    const missed = this.#missed
    const first = missed[0]!
    if (first === UNPACKED) this.put(slot, key, value, hash)
    else {
      const records = this.#records
      const at = slot << 2
      records[at] = first
      records[at + 1] = missed[1]!
      records[at + 2] = missed[2]!
      records[at + 3] = hash
      this.#values[slot] = value
    }
    this.ways.add(slot, hash)
  }

  put(slot: Slot, key: K, value: V, hash: number): void {
    this.#keys ??= grown([], this.slots, 1)
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#records[slot << 2] = UNPACKED
    this.setHash(slot, hash)
  }

  free(slot: Slot, next: Slot): void {
    const records = this.#records
    if (records[slot << 2] === UNPACKED) this.#keys![slot] = undefined
    this.#values[slot] = undefined
    records[slot << 2] = FREE
    records[(slot << 2) | 3] = next
  }

  isFree(slot: Slot): boolean {
    return this.#records[slot << 2] === FREE
  }

  isPacked(slot: Slot): boolean {
    return this.#records[slot << 2] !== UNPACKED
  }

  keyAt(slot: Slot): K {
    const records = this.#records
    const at = slot << 2
    const first = records[at]!
    return (first === UNPACKED ? this.#keys![slot] : unpackText(first, records[at + 1]!, records[at + 2]!)) as K
  }

  valueAt(slot: Slot): V {
    return this.#values[slot] as V
  }

  setValue(slot: Slot, value: V): void {
    this.#values[slot] = value
  }

  hashAt(slot: Slot): number {
    return this.#records[(slot << 2) | 3]!
  }

  setHash(slot: Slot, hash: number): void {
    this.#records[(slot << 2) | 3] = hash
  }

  clear(used: number): void {
    this.ways.clear()
    this.#values.fill(undefined, 0, used + 1)
    this.#keys = undefined
  }

  grow(slots: number): void {
    this.#values = grown(this.#values, slots, 1)
    if (this.#keys !== undefined) this.#keys = grown(this.#keys, slots, 1)
  }
}
