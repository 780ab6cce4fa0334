import { LINK_DIGITS, type Mark, type Position, REIGN_DIGITS } from '../entry/position.ts'

/** Which writes somebody must not be behind, as far as it can be told. */
export interface Waymark {
  /** Eight hexadecimal digits: who wrote last … */
  readonly writer: string
  /** … and the number of that write. Two tokens that are equal name the same writes. */
  readonly count: number
  /** By level that tells positions, the deepest first. */
  readonly positions: readonly Position[]
  /** Something was written to a level that tells none. */
  readonly isBlind: boolean
  /** Not all of that were single keys. */
  readonly isWide: boolean
}

/** A token is never longer, in characters; what does not fit is left out, and has to be asked for. */
export const LONGEST_TOKEN = 2048

const VERSION = 1
const BLIND = 1
const WIDE = 2
const OPEN = 1
const MOST_LEVELS = 10
const MOST_SHARDS = 65_536
/** Base64 makes four characters of three bytes. */
const MOST_BYTES = Math.floor((LONGEST_TOKEN * 3) / 4)
const ALPHABET = /^[\w-]*$/

/**
 * The text of a token: base64url, safe in a header, a cookie or a URL. About 15 characters for each shard
 * written to.
 *
 * Version 1, in bytes: version; flags (1: {@link Waymark.isBlind}, 2: {@link Waymark.isWide}); writer (4); count; number of levels.
 * Each level: flags (1: open), shards, number of marks. Each mark: how many shards after the one before,
 * reign (4), era, link (3). Numbers without a size are little-endian groups of seven bits.
 */
export function writeToken({ writer, count, positions, isBlind, isWide }: Waymark): string {
  const bytes: number[] = [VERSION, (isBlind ? BLIND : 0) | (isWide ? WIDE : 0)]
  putHex(bytes, writer)
  putNumber(bytes, count)
  const levels = positions.slice(0, MOST_LEVELS)
  bytes.push(levels.length)
  let left = MOST_BYTES - bytes.length - levels.length * LEAST_LEVEL
  for (const position of levels) {
    const own: number[] = []
    putPosition(own, position)
    left += LEAST_LEVEL - own.length
    if (left >= 0) bytes.push(...own)
    else {
      left += own.length - LEAST_LEVEL
      putPosition(bytes, { shards: position.shards, marks: NO_MARKS, isOpen: true })
    }
  }
  return Buffer.from(bytes).toString('base64url')
}

/** What a token says; `undefined` if it is none of ours. It comes from anybody: whatever it is, this ends soon and throws nothing. */
export function readToken(text: string): Waymark | undefined {
  if (text.length > LONGEST_TOKEN || !ALPHABET.test(text)) return undefined
  const reader = new Reader(Buffer.from(text, 'base64url'))
  if (reader.byte() !== VERSION) return undefined
  const flags = reader.byte()
  const writer = reader.hex(WRITER_DIGITS)
  const count = reader.number()
  const levels = reader.byte()
  if (flags > (BLIND | WIDE) || levels > MOST_LEVELS) return undefined
  const positions: Position[] = []
  for (let n = 0; n < levels && !reader.isBroken; n++) {
    const position = positionFrom(reader)
    if (position === undefined) return undefined
    positions.push(position)
  }
  if (!reader.isAtEnd) return undefined
  return { writer, count, positions, isBlind: (flags & BLIND) !== 0, isWide: (flags & WIDE) !== 0 }
}

const WRITER_DIGITS = 8
const NO_MARKS: ReadonlyMap<number, Mark> = new Map()
/** Bytes of a level without marks: flags, up to three of its number of shards, number of marks. */
const LEAST_LEVEL = 5

function putPosition(bytes: number[], { shards, marks, isOpen }: Position): void {
  bytes.push(isOpen ? OPEN : 0)
  putNumber(bytes, shards)
  putNumber(bytes, marks.size)
  let last = -1
  for (const [shard, { reign, era, link }] of [...marks].sort(([a], [b]) => a - b)) {
    putNumber(bytes, shard - last - 1)
    putHex(bytes, reign)
    putNumber(bytes, era)
    putHex(bytes, link)
    last = shard
  }
}

function positionFrom(reader: Reader): Position | undefined {
  const flags = reader.byte()
  const shards = reader.number()
  const size = reader.number()
  if (flags > OPEN || shards > MOST_SHARDS || size > shards) return undefined
  const marks = new Map<number, Mark>()
  let shard = -1
  for (let n = 0; n < size && !reader.isBroken; n++) {
    shard += reader.number() + 1
    if (shard >= shards) return undefined
    marks.set(shard, { reign: reader.hex(REIGN_DIGITS), era: reader.number(), link: reader.hex(LINK_DIGITS) })
  }
  return { shards, marks, isOpen: flags === OPEN }
}

function putHex(bytes: number[], digits: string): void {
  for (let n = 0; n < digits.length; n += 2) bytes.push(Number.parseInt(digits.slice(n, n + 2), 16))
}

function putNumber(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}

/** Reads past the end as zeros, and remembers that it did. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  #isBroken = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Whether all was read, and no more. */
  get isAtEnd(): boolean {
    return !this.#isBroken && this.#at === this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) this.#isBroken = true
    return byte ?? 0
  }

  number(): number {
    let value = 0
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.byte()
      value += (byte % 128) * scale
      if (byte < 128) break
    }
    if (!Number.isSafeInteger(value)) this.#isBroken = true
    return value
  }

  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.byte().toString(16).padStart(2, '0')
    return text
  }
}
