/**
 * Keys that were seen, in a fixed number of bits: a key that was marked is always known again, and so
 * may be one that was not (a Bloom filter with one hash, Bloom 1970). Takes no memory before the first mark.
 */
export class KeyMarks {
  readonly #size: number
  #bits: Uint8Array | undefined

  /** @param bits a power of two: with n keys marked, about n in `bits` others are taken for marked. */
  constructor(bits: number) {
    this.#size = bits
  }

  add(key: string): void {
    this.#bits ??= new Uint8Array(this.#size / 8)
    const at = this.#place(key)
    this.#bits[at >>> 3]! |= 1 << (at & 7)
  }

  has(key: string): boolean {
    if (this.#bits === undefined) return false
    const at = this.#place(key)
    return (this.#bits[at >>> 3]! & (1 << (at & 7))) !== 0
  }

  /** FNV-1a over the code units, then the final mix of MurmurHash3. */
  #place(key: string): number {
    let h = 0x811c9dc5
    for (let n = 0; n < key.length; n++) h = Math.imul(h ^ key.charCodeAt(n), 0x01000193)
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return ((h ^ (h >>> 16)) >>> 0) & (this.#size - 1)
  }
}
