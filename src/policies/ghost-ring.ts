import { invariant } from '../errors.ts'

/**
 * The hashes of the last entries that left, oldest out first, without keys or values: a ring of
 * 32-bit hashes, and an open-addressed index from hash to place in the ring (linear probing, deletion
 * by backward shift, at most half full).
 *
 * Cost: O(1) amortised. At most 24 bytes a hash, allocated once.
 *
 * Invariants: the index and the ring agree both ways; no hash is in the ring twice; every probe from
 * a hash's home meets it before an empty place.
 *
 * Attack: hashes are seeded per cache, so keys that share one cannot be chosen. Two keys that happen
 * to share one (1 in 4 billion pairs) are taken for each other, which costs a hit at worst.
 */
export class GhostRing {
  /** Hashes from `oldest` on, wrapping; 0 where one was taken. A hash of 0 is kept as 1. */
  readonly #ring: Int32Array
  /** Places in the ring plus 1; 0 for none. */
  readonly #index: Uint32Array
  #oldest = 0
  /** How many places are in use from `oldest` on, taken ones included. */
  #span = 0
  #size = 0

  /** Room for `most` hashes. Twice the places, so that those taken seldom push others out early. */
  constructor(most: number) {
    this.#ring = new Int32Array(2 * most)
    let places = 4
    while (places < 2 * most) places *= 2
    this.#index = new Uint32Array(places)
  }

  /** How many hashes are kept. */
  get size(): number {
    return this.#size
  }

  /** Keeps `hash` as the newest unless it is kept already, and drops the oldest above `limit`. */
  add(hash: number, limit: number): void {
    const kept = hash === 0 ? 1 : hash
    if (limit === 0 || this.#index[this.#probe(kept)] !== 0) return
    while (this.#size >= limit || this.#span === this.#ring.length) this.#dropOldest()
    let place = this.#oldest + this.#span
    if (place >= this.#ring.length) place -= this.#ring.length
    this.#ring[place] = kept
    this.#index[this.#probe(kept)] = place + 1
    this.#span++
    this.#size++
  }

  /** Forgets `hash`; says whether it was kept. */
  take(hash: number): boolean {
    const at = this.#probe(hash === 0 ? 1 : hash)
    const place = this.#index[at]
    if (place === 0) return false
    this.#ring[place - 1] = 0
    this.#close(at)
    this.#size--
    return true
  }

  clear(): void {
    this.#ring.fill(0)
    this.#index.fill(0)
    this.#oldest = 0
    this.#span = 0
    this.#size = 0
  }

  /** The kept hashes, oldest first. */
  *hashes(): IterableIterator<number> {
    for (let step = 0; step < this.#span; step++) {
      const hash = this.#ring[(this.#oldest + step) % this.#ring.length]
      if (hash !== 0) yield hash
    }
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    const length = this.#ring.length
    let kept = 0
    for (let step = 0; step < length; step++) {
      const place = (this.#oldest + step) % length
      const hash = this.#ring[place]
      if (hash === 0) continue
      kept++
      invariant(step < this.#span, () => `ghosts: place ${place} is used outside of the span`)
      const found = this.#index[this.#probe(hash)] - 1
      invariant(found === place, () => `ghosts: hash ${hash} is at ${place}, the index says ${found}`)
    }
    invariant(kept === this.#size, () => `ghosts: ${kept} kept, ${this.#size} counted`)
    const indexed = this.#index.reduce((count, place) => count + (place === 0 ? 0 : 1), 0)
    invariant(indexed === kept, () => `ghosts: ${indexed} indexed, ${kept} kept`)
  }

  /** Where in the index `hash` is, or the empty place where it would go. */
  #probe(hash: number): number {
    const mask = this.#index.length - 1
    let at = hash & mask
    for (;;) {
      const place = this.#index[at]
      if (place === 0 || this.#ring[place - 1] === hash) return at
      at = (at + 1) & mask
    }
  }

  #dropOldest(): void {
    const hash = this.#ring[this.#oldest]
    if (hash !== 0) {
      this.#close(this.#probe(hash))
      this.#ring[this.#oldest] = 0
      this.#size--
    }
    this.#oldest = this.#oldest + 1 === this.#ring.length ? 0 : this.#oldest + 1
    this.#span--
  }

  /** Empties a place of the index, moving back whoever probed past it. The hashes moved are in the ring. */
  #close(at: number): void {
    const mask = this.#index.length - 1
    let hole = at
    for (let here = (at + 1) & mask; this.#index[here] !== 0; here = (here + 1) & mask) {
      const home = this.#ring[this.#index[here] - 1] & mask
      if (((here - home) & mask) < ((here - hole) & mask)) continue
      this.#index[hole] = this.#index[here]
      hole = here
    }
    this.#index[hole] = 0
  }
}
