const BITS = 5
const WIDTH = 32

/**
 * A set of whole numbers below a bound that answers "which is the greatest?": a tree of bitmaps,
 * each bit of a level telling whether a word of the level below is not zero. Every operation costs
 * one step a level, at most seven; the memory is the bound's bits and a thirty-first more.
 */
export class PositionSet {
  readonly #levels: Uint32Array[] = []
  #size = 0

  /** @param bound numbers from 0 to `bound - 1` can be members; at most 2^32. */
  constructor(bound: number) {
    let words = Math.max(1, Math.ceil(bound / WIDTH))
    this.#levels.push(new Uint32Array(words))
    while (words > 1) {
      words = Math.ceil(words / WIDTH)
      this.#levels.push(new Uint32Array(words))
    }
  }

  get size(): number {
    return this.#size
  }

  /** Adds a number that is not a member. */
  add(position: number): void {
    let at = position
    for (const level of this.#levels) {
      const word = at >>> BITS
      const before = level[word]!
      level[word] = before | (1 << (at & (WIDTH - 1)))
      if (before !== 0) break
      at = word
    }
    this.#size++
  }

  /** Removes a number; false if it was no member. */
  delete(position: number): boolean {
    const leaf = this.#levels[0]!
    if ((leaf[position >>> BITS]! & (1 << (position & (WIDTH - 1)))) === 0) return false
    let at = position
    for (const level of this.#levels) {
      const word = at >>> BITS
      level[word] = level[word]! & ~(1 << (at & (WIDTH - 1)))
      if (level[word] !== 0) break
      at = word
    }
    this.#size--
    return true
  }

  /** The greatest member, -1 if there is none. */
  greatest(): number {
    if (this.#size === 0) return -1
    let at = 0
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      at = at * WIDTH + (WIDTH - 1 - Math.clz32(this.#levels[depth]![at]!))
    }
    return at
  }
}
