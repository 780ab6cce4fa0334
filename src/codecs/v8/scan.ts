/**
 * Looks through bytes of V8's format, before V8 does: it makes room for an array of the length that is
 * claimed, so that a hundred bytes can ask for gigabytes.
 *
 * Every element takes a byte at least; that of an array with holes may take none, which is why those
 * are bounded by a multiple. What this does not know is refused: then both would not read the same.
 *
 * @throws RangeError if the bytes are not of the known version, or claim too much
 */
export function scanV8(bytes: Buffer): void {
  new Scan(bytes).run()
}

// That of Node.js 16 to 26.
const VERSION = 15

/** How long arrays with holes may be altogether: so many elements, and so many more for each byte. */
const HOLES = 1000
const HOLES_A_BYTE = 16

/** Contexts: within an object, an array, a Map or a Set, whose end is a tag of its own; within an error. */
type Context = 'members' | 'error'

class Scan {
  readonly #bytes: Buffer
  #at = 0
  #elements: number
  #holes: number
  readonly #open: Context[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#elements = bytes.length
    this.#holes = HOLES + HOLES_A_BYTE * bytes.length
  }

  run(): void {
    if (this.#byte() !== 0xff || this.#byte() !== VERSION)
      throw new RangeError('an unknown version of the format of V8')
    do {
      if (this.#open.at(-1) === 'error') this.#errorPart()
      else this.#value()
    } while (this.#open.length > 0)
  }

  /** A tag and what belongs to it; values within it are looked at by themselves. */
  #value(): void {
    const tag = this.#tag()
    switch (tag) {
      case '_': // undefined
      case '-': // a hole
      case '0': // null
      case 'T':
      case 'F':
        return
      case 'I': // whole numbers
      case 'U':
      case '^': // a reference
        this.#varint()
        return
      case 'N': // a fraction
      case 'D': // a Date
        this.#skip(8)
        return
      case 'Z': // a BigInt: sign and length
        this.#skip(this.#varint() >>> 1)
        return
      case '"':
      case 'c':
      case 'S':
      case 'B': // an ArrayBuffer
        this.#skip(this.#varint())
        return
      case 'R':
        this.#string()
        this.#varint()
        return
      case '\\': // bytes, as Node.js writes them: type, length
        this.#varint()
        this.#skip(this.#varint())
        return
      case 'o':
      case ';':
      case "'":
        this.#open.push('members')
        return
      case 'A':
        this.#elements -= this.#varint()
        if (this.#elements < 0) throw new RangeError('longer arrays than there are bytes')
        this.#open.push('members')
        return
      case 'a':
        this.#holes -= this.#varint()
        if (this.#holes < 0) throw new RangeError('too long arrays with holes')
        this.#open.push('members')
        return
      case 'r':
        this.#open.push('error')
        return
      case '{':
      case ':':
      case ',':
        this.#end(1)
        return
      case '$':
      case '@':
        this.#end(2)
        return
      default:
        throw new RangeError(`an unknown tag of V8: ${tag}`)
    }
  }

  #errorPart(): void {
    const part = String.fromCharCode(this.#byte())
    if (part === '.') this.#open.pop()
    else if (part === 'm' || part === 's') this.#string()
    else if (part === 'c') this.#value()
    else if (!'ERFSTU'.includes(part)) throw new RangeError(`an unknown part of an error: ${part}`)
  }

  #end(numbers: number): void {
    if (this.#open.pop() !== 'members') throw new RangeError('an end without a beginning')
    for (let i = 0; i < numbers; i++) this.#varint()
  }

  #string(): void {
    const tag = this.#tag()
    if (tag !== '"' && tag !== 'c' && tag !== 'S') throw new RangeError(`no text: ${tag}`)
    this.#skip(this.#varint())
  }

  /** The next tag, after padding. */
  #tag(): string {
    let byte = this.#byte()
    while (byte === 0) byte = this.#byte()
    return String.fromCharCode(byte)
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError('the bytes end too early')
    return this.#bytes[this.#at++]!
  }

  #skip(length: number): void {
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('the bytes end too early')
  }

  /** As V8 reads it: bits beyond 32 are left out. */
  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte()
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
}
