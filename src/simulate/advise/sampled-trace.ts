import { type Fingerprint, fingerprint, mixed } from '../fingerprint.ts'
import type { Batch, Trace } from '../trace.ts'

const SALT = 0x2545f491

/**
 * The requests of a trace for a part of its keys, chosen by hash: either all requests for a key or none.
 *
 * Caches scaled down by the same rate then show the hit ratios of the whole: C. Waldspurger et al.,
 * "Efficient MRC construction with SHARDS", FAST 2015.
 */
export class SampledTrace implements Trace {
  readonly name: string
  readonly bytes: number
  readonly sized: boolean
  readonly #trace: Trace
  readonly #below: number

  /** @param rate the part of the keys, above 0 and at most 1 */
  constructor(trace: Trace, rate: number) {
    this.name = trace.name
    this.bytes = trace.bytes
    this.sized = trace.sized
    this.#trace = trace
    this.#below = rate * 2 ** 32
  }

  async *read(): AsyncGenerator<Batch, void, undefined> {
    const print: Fingerprint = { low: 0, high: 0 }
    for await (const { keys, sizes, position } of this.#trace.read()) {
      const kept: (number | string)[] = []
      const keptSizes: number[] = []
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i]!
        fingerprint(key, print)
        if (mixed(print.low ^ Math.imul(print.high, 0x9e3779b1) ^ SALT) >= this.#below) continue
        kept.push(key)
        if (sizes !== undefined) keptSizes.push(sizes[i]!)
      }
      yield { keys: kept as ArrayLike<string>, sizes: sizes === undefined ? undefined : keptSizes, position }
    }
  }
}
