import { LineSplitter } from './line-splitter.ts'
import type { Batch, Trace } from './trace.ts'
import { traceBytes } from './trace-bytes.ts'

/** Requests as they are read, until a batch of them is handed on. */
export interface RequestSink {
  readonly keys: (number | string)[]
  readonly sizes: number[]
}

/** How a line becomes a request. A format without sizes leaves {@link RequestSink.sizes} empty. */
export interface LineFormat {
  readonly sized: boolean
  /** Adds the request of a line, or nothing (a header). @throws TerraceError `ERR_TRACE_INVALID` */
  parse(bytes: Buffer, start: number, end: number, line: number, into: RequestSink): void
}

/** A file of lines, each a request. */
export class LineTrace implements Trace {
  readonly name: string
  readonly bytes: number
  readonly sized: boolean
  readonly #path: string
  readonly #format: LineFormat

  constructor(name: string, path: string, bytes: number, format: LineFormat) {
    this.name = name
    this.bytes = bytes
    this.sized = format.sized
    this.#path = path
    this.#format = format
  }

  async *read(): AsyncGenerator<Batch, void, undefined> {
    const lines = new LineSplitter(this.#path)
    let sink: RequestSink = { keys: [], sizes: [] }
    const take = (bytes: Buffer, start: number, end: number, line: number): void =>
      this.#format.parse(bytes, start, end, line, sink)
    let first = true
    for await (const { bytes, position } of traceBytes(this.#path)) {
      lines.feed(first ? withoutMark(bytes) : bytes, take)
      first = false
      if (sink.keys.length > 0) yield this.#batch(sink, position)
      sink = { keys: [], sizes: [] }
    }
    lines.finish(take)
    if (sink.keys.length > 0) yield this.#batch(sink, this.bytes)
  }

  #batch(sink: RequestSink, position: number): Batch {
    return { keys: sink.keys as ArrayLike<string>, sizes: this.sized ? sink.sizes : undefined, position }
  }
}

/** Without the byte order mark that some editors put before UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}
