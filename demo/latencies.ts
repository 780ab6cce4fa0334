/** Buckets a factor of 1.05 apart, from a microsecond to over ten minutes: a percentile is at most 5 % off. */
const STEP = Math.log(1.05)
const BUCKETS = 420

/** Latencies in milliseconds, as a histogram: constant memory for any number of requests. */
export class Latencies {
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(Math.max(milliseconds, 0.001) * 1000) / STEP)
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++
    this.#count++
  }

  /** The latency that this fraction of the requests did not exceed; 0 before the first request. */
  percentile(fraction: number): number {
    if (this.#count === 0) return 0
    let bucket = 0
    let seen = this.#counts[0]!
    while (seen < this.#count * fraction) seen += this.#counts[++bucket]!
    return Math.exp(bucket * STEP) / 1000
  }
}
