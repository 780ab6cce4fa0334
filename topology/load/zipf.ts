/** How unequally wanted the items are: what request logs of shops and sites show. */
const SKEW = 0.95

/** Draws numbers below `count` by Zipf's law: 0 is the most wanted. O(log count) a draw. */
export class Zipf {
  readonly #random: () => number
  readonly #cumulative: Float64Array

  constructor(count: number, random: () => number) {
    this.#random = random
    this.#cumulative = new Float64Array(count)
    let sum = 0
    for (let rank = 0; rank < count; rank++) this.#cumulative[rank] = sum += (rank + 1) ** -SKEW
  }

  next(): number {
    const wanted = this.#random() * this.#cumulative.at(-1)!
    let low = 0
    let high = this.#cumulative.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#cumulative[middle]! <= wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}
