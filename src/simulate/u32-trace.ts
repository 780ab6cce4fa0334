import { type Batch, invalidTrace, type KeyKind, type Trace } from './trace.ts'
import { traceBytes } from './trace-bytes.ts'
import { numberedKey } from './trace-key.ts'

const WIDTH = 4

/** A file of unsigned 32-bit little-endian numbers, one a request; as strings they become `'k' + n`. */
export class U32Trace implements Trace {
  readonly name: string
  readonly bytes: number
  readonly sized = false
  readonly #path: string
  readonly #kind: KeyKind

  constructor(name: string, path: string, bytes: number, kind: KeyKind) {
    this.name = name
    this.bytes = bytes
    this.#path = path
    this.#kind = kind
  }

  async *read(): AsyncGenerator<Batch, void, undefined> {
    let rest: Buffer = Buffer.alloc(0)
    for await (const { bytes, position } of traceBytes(this.#path)) {
      const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      const count = Math.floor(whole.length / WIDTH)
      rest = Buffer.from(whole.subarray(count * WIDTH))
      if (count > 0) yield { keys: this.#keys(whole, count), sizes: undefined, position }
    }
    if (rest.length > 0) {
      throw invalidTrace(this.#path, 'at its end', `${rest.length} bytes left over: its length is no multiple of 4`)
    }
  }

  #keys(bytes: Buffer, count: number): Uint32Array | string[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, count * WIDTH)
    const keys = new Uint32Array(count)
    for (let i = 0; i < count; i++) keys[i] = view.getUint32(i * WIDTH, true)
    return this.#kind === 'number' ? keys : Array.from(keys, numberedKey)
  }
}
