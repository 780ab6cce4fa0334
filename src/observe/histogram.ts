/** Counts values by bounds that ascend: how many were at most each of them, and how many there were. */
export class Histogram {
  readonly bounds: readonly number[]
  /** One more than there are bounds: the last counts what is above them all. */
  readonly #counts: Float64Array
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  record(value: number): void {
    let low = 0
    let high = this.bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.bounds[middle]! < value) low = middle + 1
      else high = middle
    }
    this.#counts[low]!++
    this.#sum += value
  }

  get sum(): number {
    return this.#sum
  }

  /** How many values were at most each bound, and at last how many there were. */
  cumulative(): number[] {
    let count = 0
    return Array.from(this.#counts, (each) => {
      count += each
      return count
    })
  }
}
