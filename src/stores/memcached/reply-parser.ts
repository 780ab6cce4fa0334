import { type Code, ProtocolError, type Reply } from './reply.ts'

/** The longest line taken: replies of the meta protocol are far shorter, lines of statistics too. */
const LONGEST_LINE = 2048
/** The largest item a server can be told to hold. */
const LARGEST_ITEM = 2 ** 30
const MOST_STATS = 1000
/** A value that comes in pieces is given this much at first, then twice as much, and so on: a size alone costs nothing. */
const FIRST_ROOM = 65_536

const LF = 10
const CR = 13
const SPACE = 32
const MINUS = 45
const NONE = Buffer.alloc(0)

const PLAIN_CODES: ReadonlyMap<number, Code> = new Map(
  (['HD', 'EN', 'NS', 'EX', 'NF', 'MN'] as const).map((code) => [code.charCodeAt(0) * 256 + code.charCodeAt(1), code]),
)
const VA = 86 * 256 + 65

/**
 * Makes replies of the bytes of one connection, however they are cut. Values that lie in one piece are
 * not copied.
 *
 * The bytes may be anybody's: whatever is no reply is a {@link ProtocolError}, no line is longer than
 * 2 KB, and memory is taken as bytes come in, not as they are announced. A value of more than
 * `maxValueBytes` is passed over, and told as an empty one.
 */
export class ReplyParser {
  readonly #onReply: (reply: Reply) => void
  readonly #maxValueBytes: number
  /** The beginning of a line whose end has not come yet. */
  #line: Buffer = NONE
  /** The value that is coming in, with the two bytes after it. */
  #body: Buffer = NONE
  #bodyLength = 0
  /** How long it will be; 0: none is coming in. */
  #bodySize = 0
  /** How much is left of a value that is passed over. */
  #passing = 0
  #stats: Map<string, string> | undefined
  #statLines = 0
  #cas = 0
  #ttl = Number.NaN

  constructor(maxValueBytes: number, onReply: (reply: Reply) => void) {
    this.#maxValueBytes = maxValueBytes
    this.#onReply = onReply
  }

  /** Takes the next bytes; they must not be changed afterwards. @throws ProtocolError after which it must not be used again */
  feed(chunk: Buffer): void {
    let at = this.#takeRest(chunk, 0)
    while (at < chunk.length) {
      const end = chunk.indexOf(LF, at)
      const length = this.#line.length + (end < 0 ? chunk.length : end) - at
      if (length > LONGEST_LINE) throw new ProtocolError(`a line of more than ${LONGEST_LINE} bytes`)
      if (end < 0) {
        this.#line = Buffer.concat([this.#line, chunk.subarray(at)])
        return
      }
      if (this.#line.length === 0) this.#takeLine(chunk, at, end)
      else {
        const line = Buffer.concat([this.#line, chunk.subarray(at, end + 1)])
        this.#line = NONE
        this.#takeLine(line, 0, line.length - 1)
      }
      at = end + 1
      at = this.#takeRest(chunk, at)
    }
  }

  /** Takes what the chunk has of a value that has begun. @returns where that ends */
  #takeRest(chunk: Buffer, at: number): number {
    if (this.#passing === 0) return this.#bodySize > 0 ? this.#takeBody(chunk, at) : at
    const end = Math.min(chunk.length, at + this.#passing)
    this.#passing -= end - at
    // Its last two bytes are not looked at: what is wrong there shows in the next line.
    if (this.#passing === 0) this.#reply('VA', NONE)
    return end
  }

  #takeBody(chunk: Buffer, at: number): number {
    const missing = this.#bodySize - this.#bodyLength
    const end = Math.min(chunk.length, at + missing)
    if (this.#bodyLength === 0 && end - at === missing) {
      this.#finishBody(chunk, at, end)
      return end
    }
    if (end === at) return end
    const length = this.#bodyLength + end - at
    if (length > this.#body.length) {
      const room = Math.min(this.#bodySize, Math.max(length, 2 * this.#body.length, FIRST_ROOM))
      const grown = Buffer.allocUnsafeSlow(room)
      this.#body.copy(grown, 0, 0, this.#bodyLength)
      this.#body = grown
    }
    chunk.copy(this.#body, this.#bodyLength, at, end)
    this.#bodyLength = length
    if (length === this.#bodySize) this.#finishBody(this.#body, 0, length)
    return end
  }

  /** Takes the value from `begin`, with the two bytes after it, which end at `end`. */
  #finishBody(bytes: Buffer, begin: number, end: number): void {
    const stop = end - 2
    if (bytes[stop] !== CR || bytes[stop + 1] !== LF)
      throw new ProtocolError('a value longer or shorter than announced')
    this.#body = NONE
    this.#bodyLength = 0
    this.#bodySize = 0
    this.#reply('VA', bytes.subarray(begin, stop))
  }

  /** Takes the line from `begin` to the line feed at `end`. */
  #takeLine(bytes: Buffer, begin: number, end: number): void {
    if (end === begin || bytes[end - 1] !== CR) throw new ProtocolError('a line that does not end with CR LF')
    const stop = end - 1
    if (stop - begin >= 2 && (stop === begin + 2 || bytes[begin + 2] === SPACE) && this.#stats === undefined) {
      const word = bytes[begin]! * 256 + bytes[begin + 1]!
      if (word === VA) {
        this.#beginValue(bytes, begin + 3, stop)
        return
      }
      const code = PLAIN_CODES.get(word)
      if (code !== undefined) {
        this.#takeFlags(bytes, begin + 2, stop)
        this.#reply(code, undefined)
        return
      }
    }
    this.#takeText(bytes.toString('latin1', begin, stop))
  }

  #beginValue(bytes: Buffer, begin: number, stop: number): void {
    let at = begin
    let size = 0
    for (; at < stop && bytes[at] !== SPACE; at++) {
      const digit = bytes[at]! - 48
      if (digit < 0 || digit > 9) throw new ProtocolError('a size that is no number')
      size = size * 10 + digit
      if (size > LARGEST_ITEM) throw new ProtocolError(`a value of more than ${LARGEST_ITEM} bytes`)
    }
    if (at === begin) throw new ProtocolError('a value without a size')
    this.#takeFlags(bytes, at, stop)
    if (size > this.#maxValueBytes) this.#passing = size + 2
    else this.#bodySize = size + 2
  }

  /** Takes the flags from a space on. Those that nobody asked for are passed over. */
  #takeFlags(bytes: Buffer, begin: number, stop: number): void {
    this.#cas = 0
    this.#ttl = Number.NaN
    for (let at = begin; at < stop; at++) {
      if (bytes[at] !== SPACE) continue
      const flag = bytes[at + 1]
      if (flag === 99) this.#cas = wholeNumber(bytes, at + 2, stop)
      else if (flag === 116) {
        const isNegative = bytes[at + 2] === MINUS
        this.#ttl = isNegative ? -wholeNumber(bytes, at + 3, stop) : wholeNumber(bytes, at + 2, stop)
      }
    }
  }

  #takeText(line: string): void {
    if (line.startsWith('STAT ')) {
      const space = line.indexOf(' ', 5)
      this.#stats ??= new Map()
      if (space < 0 || this.#statLines++ === MOST_STATS) throw new ProtocolError('statistics of another form')
      this.#stats.set(line.slice(5, space), line.slice(space + 1))
    } else if (line === 'END') {
      const stats = this.#stats ?? new Map()
      this.#stats = undefined
      this.#statLines = 0
      this.#onReply({ code: 'END', cas: 0, ttl: Number.NaN, value: undefined, text: '', stats })
    } else if (line.startsWith('SERVER_ERROR') && this.#stats === undefined) {
      const text = line.slice(13)
      this.#onReply({ code: 'SERVER_ERROR', cas: 0, ttl: Number.NaN, value: undefined, text, stats: undefined })
    } else throw new ProtocolError(JSON.stringify(line.slice(0, 100)))
  }

  #reply(code: Code, value: Uint8Array | undefined): void {
    this.#onReply({ code, cas: this.#cas, ttl: this.#ttl, value, text: '', stats: undefined })
  }
}

/** The digits from `begin` to a space or `stop`; 0 for a number above 2^53. */
function wholeNumber(bytes: Buffer, begin: number, stop: number): number {
  let value = 0
  for (let at = begin; at < stop && bytes[at] !== SPACE; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) throw new ProtocolError('a flag that is no number')
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : 0
}
