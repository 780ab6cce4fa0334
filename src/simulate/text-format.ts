import type { LineFormat, RequestSink } from './line-trace.ts'
import type { KeyKind } from './trace.ts'
import { textKey } from './trace-key.ts'

/**
 * One key a line, the whole line.
 *
 * Keys are decoded as Latin-1: it is the one decoding under which different bytes are always
 * different keys, whatever encoding the file is in, and nobody sees the keys of a replay. Each is
 * decoded by itself, since a slice of a longer string would keep all of that string alive for as
 * long as a cache holds the key.
 */
export class TextFormat implements LineFormat {
  readonly sized = false
  readonly #file: string
  readonly #kind: KeyKind

  constructor(file: string, kind: KeyKind) {
    this.#file = file
    this.#kind = kind
  }

  parse(bytes: Buffer, start: number, end: number, line: number, into: RequestSink): void {
    into.keys.push(textKey(bytes.toString('latin1', start, end), this.#kind, this.#file, line))
  }
}
