/**
 * How often a key was asked for lately, for more keys than the cache holds: a count-min sketch of
 * 4-bit counters with ageing, the TinyLFU filter.
 *
 * Einziger, Friedman, Manes: "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions
 * on Storage 13 (4), 2017. The layout follows Caffeine: the four counters of a key lie in one block
 * of 32 bytes, so that a look-up costs one cache miss.
 *
 * Cost: O(1); 4 to 8 bytes an entry. `age` walks the table, once in ten times as many events as
 * there are entries.
 *
 * Attack withstood: keys chosen so that their counters collide. The hash it is given is seeded per
 * cache, and is mixed again with a seed of the sketch's own.
 */
export class FrequencySketch {
  readonly #words: Int32Array
  readonly #blockMask: number
  readonly #seed: number

  /** For about `entries` resident entries; `seed` is any 32-bit number that callers cannot guess. */
  constructor(entries: number, seed: number) {
    let blocks = 1
    while (blocks * WORDS_PER_BLOCK < entries && blocks < MOST_BLOCKS) blocks *= 2
    this.#words = new Int32Array(blocks * WORDS_PER_BLOCK)
    this.#blockMask = blocks - 1
    this.#seed = seed | 0
  }

  /** The estimate for a key: never below the truth since the last ageing, at most 15. */
  frequency(hash: number): number {
    const mixed = mix(hash ^ this.#seed)
    const block = (mixed & this.#blockMask) * WORDS_PER_BLOCK
    let bits = Math.imul(mixed, ROW_MULTIPLIER)
    bits ^= bits >>> 16
    let least = MOST
    for (let row = 0; row < WORDS_PER_BLOCK; row += 2, bits >>>= 4) {
      const count = (this.#words[block + row + (bits & 1)] >>> ((bits & 14) << 1)) & MOST
      if (count < least) least = count
    }
    return least
  }

  /**
   * Makes the estimate for a key at least `count` (at most 15), raising no counter that is there
   * already: what several keys share grows no faster than the most frequent of them.
   */
  raise(hash: number, count: number): void {
    const mixed = mix(hash ^ this.#seed)
    const block = (mixed & this.#blockMask) * WORDS_PER_BLOCK
    const words = this.#words
    let bits = Math.imul(mixed, ROW_MULTIPLIER)
    bits ^= bits >>> 16
    for (let row = 0; row < WORDS_PER_BLOCK; row += 2, bits >>>= 4) {
      const at = block + row + (bits & 1)
      const shift = (bits & 14) << 1
      const missing = count - ((words[at] >>> shift) & MOST)
      if (missing > 0) words[at] += missing << shift
    }
  }

  /** Halves every counter. */
  age(): void {
    const words = this.#words
    for (let at = 0; at < words.length; at++) words[at] = (words[at] >>> 1) & HALVED
  }

  clear(): void {
    this.#words.fill(0)
  }

  /** Bytes the table takes. */
  get bytes(): number {
    return this.#words.byteLength
  }
}

/** The greatest count. */
const MOST = 15
/** Four rows of two words, eight counters each. */
const WORDS_PER_BLOCK = 8
const MOST_BLOCKS = 2 ** 24
const HALVED = 0x77777777
const ROW_MULTIPLIER = 0x31848bab

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 17), 0xed5ad4bb | 0)
  mixed = Math.imul(mixed ^ (mixed >>> 11), 0xac4c1b51 | 0)
  return mixed ^ (mixed >>> 15)
}
