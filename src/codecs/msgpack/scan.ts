/**
 * Looks through bytes of MessagePack before msgpackr does, which makes more of some of them than they hold. An object
 * is referred to in six bytes, from wherever another of its size or a text is made of it: as the elements of a Set, as the
 * message of an error, as the source of a RegExp. A text of strings may be read again and again, and of what has a byte
 * too many it makes JSON, for a message. By such means a few hundred bytes keep a process busy for ever.
 *
 * What is within what does not matter, only that each value is there: so many are still to come.
 *
 * @throws RangeError for what msgpackr would not have written
 */
export function scanMsgpack(bytes: Buffer): void {
  new Scan(bytes).run()
}

/** The types of extensions. */
const NOTHING = 0x00
const BIGINT = 0x42
const BUNDLE = 0x62
const ERROR = 0x65
const ID = 0x69
const POINTER = 0x70
const RECORD = 0x72
const SET = 0x73
const BINARY = 0x74
const REGEXP = 0x78
const DATE = 0xff

/** A part of a string of the bundle. */
const BUNDLED = 0xc1
/** Extensions of one, of four bytes; of so many as two bytes tell. */
const EXT_1 = 0xd4
const EXT_4 = 0xd6
const EXT_16 = 0xc8

/** Null, false, true; fractions; whole numbers: and how many bytes they take. */
const SIMPLE: readonly (readonly [token: number, bytes: number])[] = [
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]

/** How many bytes follow a token that is a value with them and no other; -1 for all other tokens. */
const FOLLOWING = Int8Array.from({ length: 256 }, (_, token) => {
  if (token < 0x40 || token >= 0xe0) return 0
  if (token >= 0xa0 && token < 0xc0) return token & 0x1f
  return new Map(SIMPLE).get(token) ?? -1
})

class Scan {
  readonly #bytes: Buffer
  #at = 0
  /** How many members the records have, by their ids. */
  readonly #records: number[] = []
  /** How many names there are in lists of names, by what they are referred to. */
  readonly #names = new Map<number, number>()
  /** How many bytes of strings may be bundled yet: each lies there once. */
  #bundled: number
  /** Where the strings of the last bundle end, which stand behind the values. */
  #end: number | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#bundled = bytes.length
  }

  run(): void {
    const bytes = this.#bytes
    const { length } = bytes
    let at = 0
    let needed = 1
    while (needed > 0) {
      // Each takes a byte at least.
      if (needed > length - at) throw new RangeError('the bytes end too early')
      const token = bytes[at++]!
      const following = FOLLOWING[token]!
      needed--
      if (following >= 0) {
        at += following
        continue
      }
      this.#at = at
      needed += this.#members(token)
      at = this.#at
    }
    if ((this.#end ?? at) !== length) throw new RangeError('the bytes do not end where the value does')
  }

  /** Passes over what belongs to a token. @returns how many values come within it */
  #members(token: number): number {
    if (token < 0x80) return this.#records[token] ?? 0
    if (token < 0x90) return 2 * (token & 0xf)
    if (token < 0xa0) return token & 0xf
    if (token === BUNDLED) return this.#bundledText()
    if (token <= 0xc6) return this.#skip(this.#number(2 ** (token - 0xc4)))
    if (token <= 0xc9) return this.#extension(token, this.#number(2 ** (token - 0xc7)))
    if (token <= 0xd8) return this.#extension(token, 2 ** (token - EXT_1))
    if (token <= 0xdb) return this.#skip(this.#number(2 ** (token - 0xd9)))
    if (token <= 0xdd) return this.#number(2 * (token - 0xdb))
    return 2 * this.#number(2 * (token - 0xdd))
  }

  #extension(token: number, length: number): number {
    const type = this.#byte()
    const begin = this.#at
    this.#skip(length)
    if (type === BIGINT || type === BINARY || type === DATE) return 0
    if (token === EXT_1) {
      if (type === NOTHING) return 0
      if (type === RECORD) return this.#record(this.#bytes[begin]! & 0x3f)
      // Its elements, not an array that is somewhere else.
      if (type === SET) return this.#list()
      if (type === ERROR) return this.#texts(3)
      if (type === REGEXP) return this.#texts(2)
    }
    if (token === EXT_4 && type === POINTER) return 0
    if (token === EXT_4 && type === ID) return this.#named(begin)
    if (type === BUNDLE && (token === EXT_4 || token === EXT_16)) return this.#bundle(begin)
    throw new RangeError(`an unknown extension: ${type}`)
  }

  /** The names of the members; then come its values. Where there are more forms than ids, names come again. */
  #record(id: number): number {
    const type = this.#bytes[this.#at] === EXT_4 ? this.#number(2) & 0xff : undefined
    const name = type === undefined ? undefined : this.#number(4)
    const members = type === POINTER ? this.#names.get(name!) : this.#list()
    if (members === undefined || (type !== undefined && type !== POINTER && type !== ID)) {
      throw new RangeError('a record without names')
    }
    if (type !== POINTER) for (let i = 0; i < members; i++) this.#text()
    if (type === ID) this.#names.set(name!, members)
    this.#records[id | 0x40] = members
    return members
  }

  /** An array of so many, the first two of which are texts. */
  #texts(length: number): number {
    if (this.#list() !== length) throw new RangeError('an error or a RegExp of another form')
    this.#text()
    this.#text()
    return length - 2
  }

  /** An object that is referred to elsewhere: itself, and no other reference. */
  #named(begin: number): number {
    const bytes = this.#bytes
    this.#names.delete(bytes.readUInt32BE(begin))
    const token = bytes[this.#at]
    const type = bytes[this.#at + (token === EXT_16 ? 3 : 1)]
    const isOther = (token === EXT_4 || token === EXT_16) && (type === ID || type === POINTER || type === BUNDLE)
    if (isOther) throw new RangeError('a reference to a reference')
    return 1
  }

  /** Two strings that stand further on; then comes the first text that is a part of them. */
  #bundle(begin: number): number {
    const at = this.#at
    const strings = begin + this.#bytes.readUInt32BE(begin)
    if (strings < at) throw new RangeError('a bundle before itself')
    this.#at = strings
    this.#string(this.#byte())
    this.#string(this.#byte())
    this.#end = this.#at
    this.#bundled -= this.#at - strings
    if (this.#bundled < 0) throw new RangeError('more bundled strings than there are bytes')
    this.#at = at
    if (this.#byte() !== BUNDLED) throw new RangeError('a bundle without a text')
    return this.#bundledText()
  }

  /** Tells its length: below zero where it is a part of the other string. */
  #bundledText(): number {
    const token = this.#byte()
    const isWhole = token < 0x40 || token >= 0xe0 || (token >= 0xcc && token <= 0xd2)
    if (!isWhole || this.#end === undefined) throw new RangeError('a part of no text')
    return this.#skip(FOLLOWING[token]!)
  }

  #text(): void {
    const token = this.#byte()
    if (token === BUNDLED) this.#bundledText()
    else if (token !== EXT_4 && token !== EXT_16) this.#string(token)
    else {
      const length = token === EXT_4 ? 4 : this.#number(2)
      if (this.#byte() !== BUNDLE) throw new RangeError('no text')
      const begin = this.#at
      this.#skip(length)
      this.#bundle(begin)
    }
  }

  #string(token: number): void {
    if (token >= 0xa0 && token < 0xc0) this.#skip(token & 0x1f)
    else if (token >= 0xd9 && token <= 0xdb) this.#skip(this.#number(2 ** (token - 0xd9)))
    else throw new RangeError('no text')
  }

  /** How long the array is that begins here. */
  #list(): number {
    const token = this.#byte()
    if (token >= 0x90 && token < 0xa0) return token & 0xf
    if (token === 0xdc || token === 0xdd) return this.#number(2 * (token - 0xdb))
    throw new RangeError('no array')
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError('the bytes end too early')
    return this.#bytes[this.#at++]!
  }

  /** A number of 1, 2 or 4 bytes. */
  #number(length: number): number {
    const at = this.#at
    this.#skip(length)
    return this.#bytes.readUIntBE(at, length)
  }

  /** @returns 0: no values come within it */
  #skip(length: number): number {
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('the bytes end too early')
    return 0
  }
}
