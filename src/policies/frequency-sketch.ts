import { invariant } from '../errors.ts'

/** The greatest count. */
const MOST = 15
/** A block holds four rows of two words of eight counters; a key has one counter in each row. */
const WORDS_PER_BLOCK = 8
const MOST_BLOCKS = 2 ** 22
/** Below so many entries the table has two words an entry, above one: where it is small, accuracy costs nothing. */
const ROOMY = 2 ** 16
const HALVED = 0x77777777

/**
 * How often keys were asked for lately, for more keys than the cache holds: a count-min sketch of
 * 4-bit counters with ageing, the filter of TinyLFU.
 *
 * Paper: G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy",
 * ACM Transactions on Storage 13 (4), 2017. As in Caffeine the four counters of a key lie in one
 * block of 32 bytes, so that a look-up costs one cache miss.
 *
 * It is told counts, not events: whoever holds an entry counts its hits, and tells the sketch when the
 * entry leaves. So a hit costs no look-up here, and what keys share is raised to the highest of their
 * counts, not to the sum (conservative update).
 *
 * Cost: O(1); 4 to 8 bytes an entry, 8 to 16 below 65,536 entries. `age` walks the table, and is due
 * once in ten times as many counts as there are entries.
 *
 * Invariants: the blocks are a power of two, so that the mask leads to each and beyond none; an estimate is
 * never below what was raised, halved as often as the sketch has aged since.
 *
 * Attack: keys chosen to share counters. The hashes are seeded per cache and mixed here once more with
 * a seed of the sketch's own.
 */
export class FrequencySketch {
  readonly #words: Int32Array
  readonly #blockMask: number
  readonly #seed: number

  /** For about `entries` resident entries. `seed`: any 32-bit number that callers cannot guess. */
  constructor(entries: number, seed: number) {
    const blocks = blocksFor(entries)
    this.#words = new Int32Array(blocks * WORDS_PER_BLOCK)
    this.#blockMask = blocks - 1
    this.#seed = seed | 0
  }

  /** Whether the table has the right size for so many entries. */
  suits(entries: number): boolean {
    return blocksFor(entries) === this.#blockMask + 1
  }

  /** Bytes of the table. */
  get bytes(): number {
    return this.#words.byteLength
  }

  /** The estimate for the key with this hash, 0 to 15. */
  frequency(hash: number): number {
    const words = this.#words
    const mixed = mix(hash ^ this.#seed)
    let word = (mixed & this.#blockMask) * WORDS_PER_BLOCK
    let least = MOST
    for (let bits = counters(mixed), row = 0; row < 4; row++, bits >>>= 4, word += 2) {
      const count = (words[word + (bits & 1)] >>> ((bits & 14) << 1)) & MOST
      if (count < least) least = count
    }
    return least
  }

  /** Makes the estimate for the key with this hash at least `count`, at most 15. */
  raise(hash: number, count: number): void {
    const words = this.#words
    const mixed = mix(hash ^ this.#seed)
    let word = (mixed & this.#blockMask) * WORDS_PER_BLOCK
    for (let bits = counters(mixed), row = 0; row < 4; row++, bits >>>= 4, word += 2) {
      const at = word + (bits & 1)
      const shift = (bits & 14) << 1
      const missing = count - ((words[at] >>> shift) & MOST)
      if (missing > 0) words[at] += missing << shift
    }
  }

  /** Halves every count. */
  age(): void {
    const words = this.#words
    for (let at = 0; at < words.length; at++) words[at] = (words[at] >>> 1) & HALVED
  }

  clear(): void {
    this.#words.fill(0)
  }

  /**
   * Proves the invariants; the second one for keys of which it is told, by hash, what they were raised to and what
   * ageing has left of that: the sketch itself remembers no key.
   *
   * @throws TerraceError `ERR_INVARIANT`
   */
  check(raised: Iterable<readonly [hash: number, count: number]> = []): void {
    const blocks = this.#words.length / WORDS_PER_BLOCK
    const led = this.#blockMask + 1
    invariant((blocks & (blocks - 1)) === 0, () => `frequency sketch: ${blocks} blocks are no power of two`)
    invariant(led === blocks, () => `frequency sketch: the mask leads to ${led} of ${blocks} blocks`)
    for (const [hash, count] of raised) {
      const told = this.frequency(hash)
      invariant(told >= count, () => `frequency sketch: ${hash} was raised to ${count}, estimated as ${told}`)
    }
  }
}

function blocksFor(entries: number): number {
  const words = entries < ROOMY ? 2 * entries : entries
  let blocks = 1
  while (blocks * WORDS_PER_BLOCK < words && blocks < MOST_BLOCKS) blocks *= 2
  return blocks
}

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 17), 0xed5ad4bb | 0)
  mixed = Math.imul(mixed ^ (mixed >>> 11), 0xac4c1b51 | 0)
  return mixed ^ (mixed >>> 15)
}

/** Sixteen bits, four a row: one picks the word, three the counter in it. */
function counters(mixed: number): number {
  const bits = Math.imul(mixed, 0x31848bab)
  return bits ^ (bits >>> 16)
}
