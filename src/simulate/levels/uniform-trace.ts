import type { Batch, Trace } from '../trace.ts'

/** A trace without sizes, every request of which is given the same size. */
export class UniformTrace implements Trace {
  readonly name: string
  readonly bytes: number
  readonly sized = true
  readonly #trace: Trace
  readonly #size: number

  constructor(trace: Trace, size: number) {
    this.name = trace.name
    this.bytes = trace.bytes
    this.#trace = trace
    this.#size = size
  }

  async *read(): AsyncGenerator<Batch, void, undefined> {
    let sizes = new Float64Array(0)
    for await (const batch of this.#trace.read()) {
      if (sizes.length < batch.keys.length) sizes = new Float64Array(batch.keys.length).fill(this.#size)
      yield { ...batch, sizes: sizes.subarray(0, batch.keys.length) }
    }
  }
}
