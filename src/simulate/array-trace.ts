import { type Batch, invalidTrace, type KeyKind, type Trace, type TraceKeys } from './trace.ts'
import { numberedKey } from './trace-key.ts'

const BATCH = 16_384

/** A trace that is in memory already, handed out in batches like any other. */
export class ArrayTrace implements Trace {
  readonly name: string
  readonly bytes: number
  readonly sized: boolean
  readonly #input: TraceKeys
  readonly #kind: KeyKind | undefined

  constructor(input: TraceKeys, kind: KeyKind | undefined) {
    this.name = input.name
    this.bytes = input.keys.length
    this.sized = input.sizes !== undefined
    this.#input = input
    this.#kind = kind
  }

  async *read(): AsyncGenerator<Batch, void, undefined> {
    const { keys, sizes } = this.#input
    if (sizes !== undefined && sizes.length !== keys.length) {
      throw invalidTrace(this.name, '', `${keys.length} keys but ${sizes.length} sizes`)
    }
    for (let start = 0; start < keys.length; start += BATCH) {
      const position = Math.min(start + BATCH, keys.length)
      yield { keys: this.#slice(start, position), sizes: sizes && this.#sizes(sizes, start, position), position }
    }
  }

  #slice(start: number, end: number): ArrayLike<string> {
    const slice: (number | string)[] = []
    for (let i = start; i < end; i++) slice.push(this.#key(this.#input.keys[i], i))
    return slice as ArrayLike<number | string> as ArrayLike<string>
  }

  #key(key: unknown, at: number): number | string {
    if (typeof key === 'string' && this.#kind !== 'number') return key
    if (typeof key === 'number' && Number.isSafeInteger(key) && key >= 0) {
      return this.#kind === 'string' ? numberedKey(key) : key
    }
    throw invalidTrace(this.name, `request ${at + 1}`, 'a key must be a string or a whole number from 0 to 2^53 - 1')
  }

  #sizes(sizes: ArrayLike<number>, start: number, end: number): Float64Array {
    const slice = new Float64Array(end - start)
    for (let i = start; i < end; i++) {
      const size = sizes[i]!
      if (!Number.isSafeInteger(size) || size < 0) {
        throw invalidTrace(this.name, `request ${i + 1}`, 'a size must be a whole number of bytes')
      }
      slice[i - start] = size
    }
    return slice
  }
}
