import type { Writable } from 'node:stream'

/** Bodies below this are copied beside their commands: one write of many is faster than many of one. */
const COPIED = 32_768

/** The commands of one turn of the event loop, which go out in one write. */
export class Outbox {
  /** Commands without a body that stand together are one string. */
  #text = ''
  #parts: (string | Uint8Array)[] = []
  #bytes = 0

  /** Bytes waiting. */
  get bytes(): number {
    return this.#bytes
  }

  /** @param line a command of single-byte characters, with its end */
  add(line: string): void {
    this.#text += line
    this.#bytes += line.length
  }

  /** A command with a body, which must not be changed until it has gone out. */
  addWithBody(line: string, body: Uint8Array): void {
    this.#parts.push(this.#text + line, body)
    this.#text = '\r\n'
    this.#bytes += line.length + body.length + 2
  }

  flush(stream: Writable): void {
    const parts = this.#parts
    const text = this.#text
    this.#parts = []
    this.#text = ''
    this.#bytes = 0
    if (parts.length === 0) {
      if (text !== '') stream.write(text, 'latin1')
      return
    }
    parts.push(text)
    stream.cork()
    for (let begin = 0; begin < parts.length; ) {
      const end = runFrom(parts, begin)
      stream.write(end === begin + 1 ? asBytes(parts[begin]!) : joined(parts, begin, end))
      begin = end
    }
    stream.uncork()
  }
}

/** Where the run of small parts ends that begins here; a large one goes alone. */
function runFrom(parts: readonly (string | Uint8Array)[], begin: number): number {
  let end = begin
  while (end < parts.length && parts[end]!.length < COPIED) end++
  return Math.max(end, begin + 1)
}

function joined(parts: readonly (string | Uint8Array)[], begin: number, end: number): Buffer {
  let length = 0
  for (let n = begin; n < end; n++) length += parts[n]!.length
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (let n = begin; n < end; n++) {
    const part = parts[n]!
    if (typeof part === 'string') bytes.write(part, at, 'latin1')
    else bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function asBytes(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part, 'latin1') : part
}
