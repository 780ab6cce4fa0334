import type { Slot } from '../policies/policy.ts'
import { carried } from '../policies/slot-array.ts'
import { type Cells, grown } from './cells.ts'
import { packText, UNPACKED, unpackText } from './packed-text.ts'

/** Instead of the first number of a key, in a slot that holds none. */
const FREE = 2

/**
 * Short keys as three numbers, beside their hash in one line of memory, and their strings let go: to compare two
 * strings that are not the same object V8 has to look at both, and the one that is held lies in another page.
 *
 * 24 bytes a slot, and 8 more once a key has come that no numbers tell.
 */
export class PackedCells<K, V> implements Cells<K, V> {
  readonly packs = true
  readonly #seed: number
  /** From `4 * slot` the numbers of a key, or a mark and what was there before; then its hash. Slot 0: what was asked for. */
  #records: Int32Array
  #values: unknown[]
  /** Keys that no numbers tell. */
  #keys: unknown[] | undefined
  /** What was noted: the numbers, and the hash. */
  readonly #noted = new Int32Array(4)

  constructor(seed: number, most: number, slots: number) {
    this.#seed = seed
    this.#records = new Int32Array((most + 1) << 2)
    this.#values = grown([], slots, 1)
  }

  get slots(): number {
    return this.#values.length - 1
  }

  ask(key: string): number {
    return packText(key, this.#seed, this.#records)
  }

  note(hash: number): void {
    const records = this.#records
    const noted = this.#noted
    noted[0] = records[0]!
    noted[1] = records[1]!
    noted[2] = records[2]!
    noted[3] = hash
  }

  get noted(): number {
    return this.#noted[3]!
  }

  recall(): number {
    const records = this.#records
    const noted = this.#noted
    records[0] = noted[0]!
    records[1] = noted[1]!
    records[2] = noted[2]!
    return noted[3]!
  }

  hasAsked(slot: Slot, key: K): boolean {
    const records = this.#records
    const at = slot << 2
    const first = records[0]
    if (records[at] !== first) return false
    if (first === UNPACKED) return this.#keys?.[slot] === key
    return records[at + 1] === records[1] && records[at + 2] === records[2]
  }

  putAsked(slot: Slot, key: K, value: V, hash: number): void {
    const records = this.#records
    if (records[0] === UNPACKED) this.put(slot, key, value, hash)
    else {
      const at = slot << 2
      records[at] = records[0]!
      records[at + 1] = records[1]!
      records[at + 2] = records[2]!
      records[at + 3] = hash
      this.#values[slot] = value
    }
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
    this.#values.fill(undefined, 0, used + 1)
    this.#keys = undefined
  }

  grow(slots: number): void {
    this.#values = grown(this.#values, slots, 1)
    if (this.#keys !== undefined) this.#keys = grown(this.#keys, slots, 1)
  }

  extend(most: number): void {
    this.#records = carried(this.#records, new Int32Array((most + 1) << 2))
  }
}
