/** Latencies in milliseconds, at most so many: of more, the last ones. */
export class LatencySample {
  readonly #latencies: Float64Array
  #count = 0

  constructor(most: number) {
    this.#latencies = new Float64Array(most)
  }

  /** How many there have been since the last {@link LatencySample.clear}. */
  get count(): number {
    return this.#count
  }

  add(latency: number): void {
    this.#latencies[this.#count++ % this.#latencies.length] = latency
  }

  /** The middle one, of two the upper; `undefined` if there is none. */
  median(): number | undefined {
    const held = this.#sorted()
    return held[held.length >> 1]
  }

  /** What this share of them took at most: the nearest rank, so of a few the longest; `undefined` if there is none. */
  within(share: number): number | undefined {
    const held = this.#sorted()
    return held[Math.ceil(held.length * share) - 1]
  }

  clear(): void {
    this.#count = 0
  }

  #sorted(): Float64Array {
    return this.#latencies.slice(0, Math.min(this.#count, this.#latencies.length)).sort()
  }
}
