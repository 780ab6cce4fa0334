import { TerraceError } from '../errors.ts'
import { type Fingerprint, fingerprint, mixed } from './fingerprint.ts'

const SMALLEST = 1024
/** Slots at most: 3 GiB of them, and 200 million keys. */
const LARGEST = 2 ** 28

/**
 * Numbers distinct keys 0, 1, 2, … in the order of their first appearance, by their 64-bit
 * fingerprints in an open-addressed table: 16 to 32 bytes a key in typed arrays, whatever the keys'
 * length, where a Map of strings needs over 100.
 */
export class KeyNumbers {
  #low = new Uint32Array(SMALLEST)
  #high = new Uint32Array(SMALLEST)
  /** The key's number + 1; 0 marks a free slot. */
  #number = new Uint32Array(SMALLEST)
  #size = 0
  readonly #print: Fingerprint = { low: 0, high: 0 }

  /** How many distinct keys there have been. */
  get size(): number {
    return this.#size
  }

  /** The number of a key, a new one if it has none yet. @throws TerraceError `ERR_UNSUPPORTED` above 200 million keys. */
  numberOf(key: number | string): number {
    fingerprint(key, this.#print)
    const { low, high } = this.#print
    const slot = this.#slotOf(low, high)
    const known = this.#number[slot]!
    if (known !== 0) return known - 1
    this.#low[slot] = low
    this.#high[slot] = high
    this.#number[slot] = ++this.#size
    if (this.#size > this.#number.length * 0.75) this.#grow()
    return this.#size - 1
  }

  #slotOf(low: number, high: number): number {
    const mask = this.#number.length - 1
    let slot = mixed(low ^ Math.imul(high, 0x9e3779b1)) & mask
    while (this.#number[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [low, high, number] = [this.#low, this.#high, this.#number]
    const slots = number.length * 2
    if (slots > LARGEST) {
      throw new TerraceError('ERR_UNSUPPORTED', `more than ${this.#size - 1} distinct keys; give sizes as entry counts`)
    }
    this.#low = new Uint32Array(slots)
    this.#high = new Uint32Array(slots)
    this.#number = new Uint32Array(slots)
    for (let old = 0; old < number.length; old++) {
      if (number[old] === 0) continue
      const slot = this.#slotOf(low[old]!, high[old]!)
      this.#low[slot] = low[old]!
      this.#high[slot] = high[old]!
      this.#number[slot] = number[old]!
    }
  }
}
