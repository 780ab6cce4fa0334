/** Keys fall into so many parts by the low bits of their hashes, of which the sample takes no account. */
const PARTS = 16

/**
 * How far counts of reads may be off because these keys were drawn and not others.
 *
 * A read of a sampled key counts for `scale` reads. Reads of one key are not drawn one by one: what was drawn is
 * the key. So the keys are parted by hash, and what the parts differ by shows what another draw would have
 * counted. A read with scale 1 was not drawn, and adds nothing.
 *
 * Cost: an addition a counted read; 128 bytes a count.
 */
export class Spread {
  readonly #parts: Float64Array

  /** The bytes of its array, a count. */
  static readonly bytesPerCount: number = 8 * PARTS

  constructor(counts: number) {
    this.#parts = new Float64Array(PARTS * counts)
  }

  /** A read of the key with this hash was counted. `excess`: see {@link excessOf}. */
  add(count: number, hash: number, excess: number): void {
    this.#parts[PARTS * count + (hash & (PARTS - 1))] += excess
  }

  /** What was counted so far counts less from now on. */
  age(factor: number): void {
    for (let at = 0; at < this.#parts.length; at++) this.#parts[at] *= factor
  }

  /** The standard error of the sum of the counts from this one on, in reads. */
  errorFrom(count: number): number {
    const sums = new Float64Array(PARTS)
    for (let at = PARTS * count; at < this.#parts.length; at++) sums[at & (PARTS - 1)] += this.#parts[at]
    const mean = sums.reduce((sum, each) => sum + each, 0) / PARTS
    const squares = sums.reduce((sum, each) => sum + (each - mean) ** 2, 0)
    return Math.sqrt((squares * PARTS) / (PARTS - 1))
  }
}

/** By how much a read with this scale adds to the spread: the root of the variance of a key that is drawn or not. */
export function excessOf(scale: number): number {
  return Math.sqrt(scale * (scale - 1))
}
