import { invariant } from '../errors.ts'

/**
 * Numbers for hashes: each hash that is kept has a number from 1 to `most`, which is given again when
 * the hash was let go. An open-addressed index (linear probing, deletion by backward shift, at most
 * half full) and a stack of free numbers, in typed arrays.
 *
 * Cost: O(1), 20 to 28 bytes a number, allocated once.
 *
 * Invariants: every number is either free or found under its hash; probes meet it before an empty place.
 *
 * Attack: the hashes are seeded per cache. Two keys that share one are taken for one key.
 */
export class SampledKeys {
  /** Numbers by place; 0 is empty. */
  readonly #index: Uint32Array
  readonly #mask: number
  readonly #hashes: Int32Array
  readonly #free: Uint32Array
  #frees: number

  constructor(most: number) {
    let places = 4
    while (places < 2 * most) places *= 2
    this.#index = new Uint32Array(places)
    this.#mask = places - 1
    this.#hashes = new Int32Array(most + 1)
    this.#free = new Uint32Array(most)
    this.#frees = 0
    this.clear()
  }

  /** How many hashes are kept. */
  get size(): number {
    return this.#free.length - this.#frees
  }

  /** The number of `hash`, 0 if it has none. */
  find(hash: number): number {
    return this.#index[this.#probe(hash)]
  }

  /** The hash that has this number. Meaningful until the number is given again. */
  hashOf(number: number): number {
    return this.#hashes[number]
  }

  /** Whether a hash has this number now. */
  holds(number: number): boolean {
    return this.find(this.#hashes[number]) === number
  }

  /** Gives a number to a hash that has none. There must be one left. */
  add(hash: number): number {
    const number = this.#free[--this.#frees]
    this.#hashes[number] = hash
    this.#index[this.#probe(hash)] = number
    return number
  }

  /** Takes the number back. */
  remove(number: number): void {
    const index = this.#index
    const mask = this.#mask
    let hole = this.#probe(this.#hashes[number])
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashes[index[at]] & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      index[hole] = index[at]
      hole = at
    }
    index[hole] = 0
    this.#free[this.#frees++] = number
  }

  clear(): void {
    this.#index.fill(0)
    this.#frees = this.#free.length
    for (let place = 0; place < this.#frees; place++) this.#free[place] = this.#frees - place
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    const free = new Set(this.#free.subarray(0, this.#frees))
    invariant(free.size === this.#frees, () => 'sampled keys: a number is free twice')
    for (let number = 1; number <= this.#free.length; number++) {
      if (free.has(number)) continue
      const found = this.find(this.#hashes[number])
      invariant(found === number, () => `sampled keys: ${number} is found as ${found}`)
    }
    const kept = this.#index.reduce((sum, number) => sum + (number === 0 ? 0 : 1), 0)
    invariant(kept === this.size, () => `sampled keys: ${kept} in the index, ${this.size} counted`)
  }

  /** Where `hash` is in the index, or the empty place where it would be. */
  #probe(hash: number): number {
    const index = this.#index
    const mask = this.#mask
    let at = hash & mask
    while (index[at] !== 0 && this.#hashes[index[at]] !== hash) at = (at + 1) & mask
    return at
  }
}
