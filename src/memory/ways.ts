import type { Slot } from '../policies/policy.ts'

/** In each place: 8 bits of hash, 24 of slot. 0: free. */
export const TAG: number = 0xff000000
export const SLOT: number = 0x00ffffff

/** Whoever knows the hash by which the way to a slot was laid. */
interface Hashes {
  hashAt(slot: Slot): number
}

/**
 * The ways from hashes to slots: open addressing in a typed array, linear probing at a load of at most 1/2, deletion by
 * backward shift (Knuth, TAOCP 3, 6.4, algorithm R), so that nothing is rehashed in steady state. Who looks for a key
 * walks `index` himself, from `hash & mask` to the first free place, and compares what lies in the slots.
 *
 * Invariant: no free place lies between a way and its home.
 */
export class Ways {
  readonly index: Int32Array
  readonly mask: number

  /** @param slots how many ways there may be at most */
  constructor(slots: number) {
    // The least power of two that is at least twice as many.
    this.index = new Int32Array(2 ** Math.max(3, Math.ceil(Math.log2(slots * 2))))
    this.mask = this.index.length - 1
  }

  add(slot: Slot, hash: number): void {
    const { index, mask } = this
    let place = hash & mask
    while (index[place] !== 0) place = (place + 1) & mask
    index[place] = (hash & TAG) | slot
  }

  /** Removes the one way to a slot. */
  remove(slot: Slot, hashes: Hashes): void {
    const { index, mask } = this
    let hole = hashes.hashAt(slot) & mask
    while ((index[hole]! & SLOT) !== slot) hole = (hole + 1) & mask
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const way = index[place]!
      if (way === 0) break
      const home = hashes.hashAt(way & SLOT) & mask
      if (((place - home) & mask) >= ((place - hole) & mask)) {
        index[hole] = way
        hole = place
      }
    }
    index[hole] = 0
  }

  clear(): void {
    this.index.fill(0)
  }

  /** How many there are: counts them. */
  count(): number {
    return this.index.reduce((count, way) => (way === 0 ? count : count + 1), 0)
  }

  /** How far from its home the one way to a slot lies, in places; -1 if there is not one. */
  distance(slot: Slot, hash: number): number {
    const found: number[] = []
    for (let away = 0, way = 1; way !== 0; away++) {
      way = this.index[(hash + away) & this.mask]!
      if (((way ^ hash) & TAG) === 0 && (way & SLOT) === slot) found.push(away)
    }
    return found.length === 1 ? found[0]! : -1
  }
}
