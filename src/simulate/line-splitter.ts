import { invalidTrace } from './trace.ts'

/** A longer line is no key of anything: the file is not what it was taken for. */
const LONGEST_LINE = 1024 * 1024

const NEWLINE = 10
const RETURN = 13

/** Takes one line: the bytes from `start` to `end`, without its line break, and its number from 1. */
export type TakeLine = (bytes: Buffer, start: number, end: number, line: number) => void

/**
 * Cuts chunks of a file into lines, of which it holds one at a time and at most 1 MiB. Lines end
 * with LF or CRLF; the last one may lack it. Empty lines are passed over but counted.
 */
export class LineSplitter {
  readonly #file: string
  #line = 0
  #pieces: Buffer[] = []
  #held = 0

  constructor(file: string) {
    this.#file = file
  }

  /** Takes every line that ends in this chunk, and holds the rest. @throws TerraceError `ERR_TRACE_INVALID` */
  feed(chunk: Buffer, take: TakeLine): void {
    let start = 0
    let end = newlineFrom(chunk, 0)
    if (this.#held > 0 && end < chunk.length) {
      this.#hold(chunk.subarray(0, end))
      this.finish(take)
      start = end + 1
      end = newlineFrom(chunk, start)
    }
    while (end < chunk.length) {
      this.#emit(chunk, start, end, take)
      start = end + 1
      end = newlineFrom(chunk, start)
    }
    // A copy, because the chunk's memory would otherwise be kept for the sake of its last few bytes.
    if (start < chunk.length) this.#hold(Buffer.from(chunk.subarray(start)))
  }

  /** Takes what is left when the file ends without a line break. */
  finish(take: TakeLine): void {
    if (this.#held === 0) return
    const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#held = 0
    this.#emit(whole, 0, whole.length, take)
  }

  #hold(piece: Buffer): void {
    this.#held += piece.length
    this.#bound(this.#held)
    this.#pieces.push(piece)
  }

  #emit(bytes: Buffer, start: number, end: number, take: TakeLine): void {
    this.#bound(end - start)
    this.#line++
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end
    if (last > start) take(bytes, start, last, this.#line)
  }

  #bound(length: number): void {
    if (length <= LONGEST_LINE) return
    throw invalidTrace(this.#file, `line ${this.#line + 1}`, 'the line is longer than 1 MiB')
  }
}

/** A loop, because keys are short and a native search costs more than it saves on them. */
function newlineFrom(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && bytes[at] !== NEWLINE) at++
  return at
}
