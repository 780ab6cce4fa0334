import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { auto, msgpack, v8 } from '../../src/codecs/index.ts'

const context = { key: 'k' }
const decode = (...parts: readonly (readonly number[] | Uint8Array)[]) =>
  msgpack().decode(Buffer.concat(parts.map((part) => Buffer.from(part))), context)

const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]
const id = (n: number): number[] => [0xd6, 0x69, ...u32(n)]
const pointer = (n: number): number[] => [0xd6, 0x70, ...u32(n)]
const text = (of: string): number[] => [0xa0 | of.length, ...Buffer.from(of)]
const array = (length: number): number[] => [0xdd, ...u32(length)]
const NIL = 0xc0
const ERROR = [0xd4, 0x65, 0]
const REGEXP = [0xd4, 0x78, 0]
const SET = [0xd4, 0x73, 0]

/** A list of two that are one, of two that are one …: as a text it is 2^depth times as long. */
function doubled(depth: number): number[] {
  return depth === 0 ? [0x91, ...text('a')] : [0x92, ...id(depth), ...doubled(depth - 1), ...pointer(depth)]
}

// Deeper than any machine could count: what is not refused before it is read is never read.
const ENDLESS = doubled(200)

describe('bytes of MessagePack of which more would be made than they hold', () => {
  it('are read where nothing is made of them', () => {
    let value: unknown = ['a']
    for (let i = 0; i < 3; i++) value = [value, value]
    expect(decode(doubled(3))).toEqual(value)
    expect(decode(SET, array(2), [1, 2])).toEqual(new Set([1, 2]))
  })

  it.each([
    ['the message of an error', [...ERROR, 0x93, ...text('Error'), ...ENDLESS, NIL]],
    ['the name of an error', [...ERROR, 0x93, ...ENDLESS, ...text('m'), NIL]],
    [
      'what is referred to as a message',
      [0x92, ...id(900), ...ENDLESS, ...ERROR, 0x93, ...text('E'), ...pointer(900), NIL],
    ],
    ['an error that is somewhere else', [0x92, ...id(900), 0x93, ...ENDLESS, NIL, NIL, ...ERROR, ...pointer(900)]],
    ['the source of a RegExp', [...REGEXP, 0x92, ...ENDLESS, ...text('')]],
    ['the flags of a RegExp', [...REGEXP, 0x92, ...text('a'), ...ENDLESS]],
    ['the length of a part of a text', [0xd6, 0x62, ...u32(4 + 1 + ENDLESS.length), 0xc1, ...ENDLESS, 0xa0, 0xa0]],
    ['what there is a byte too much of', [...ENDLESS, NIL]],
  ])('are refused at once: a text without an end as %s', (_, bytes) => {
    expect(() => decode(bytes)).toThrow(RangeError)
  })

  it('are refused at once: many Sets of one array', () => {
    const sets = Array.from({ length: 60_000 }, () => [...SET, ...pointer(1)]).flat()
    const numbers = new Uint8Array(200_000)
    expect(() => decode([0x92], id(1), array(200_000), numbers, array(60_000), sets)).toThrow('no array')
  })

  it('are refused at once: a reference to a reference, each of which would copy it', () => {
    const ids = Array.from({ length: 1000 }, (_, n) => id(n)).flat()
    const own = Array.from({ length: 1000 }, (_, n) => pointer(n)).flat()
    expect(() => decode(ids, array(1000), own)).toThrow('a reference to a reference')
  })

  it('are refused at once: many texts that are parts of one', () => {
    const parts = 20_000
    const strings = [0xa0, 0xdb, ...u32(200_000), ...Buffer.alloc(200_000, 'a')]
    const bundle = (n: number) => [0xd6, 0x62, ...u32(4 + 3 + 9 * (parts - 1 - n)), 0xc1, 0xcc, 100]
    const values = Array.from({ length: parts }, (_, n) => bundle(n)).flat()
    expect(() => decode(array(parts), values, strings)).toThrow('more bundled strings than there are bytes')
  })

  it('are refused where they refer to what is not theirs', () => {
    // The classes of errors are found by name in an object; these names are of every object.
    for (const name of ['valueOf', 'toString', 'constructor', '__proto__', '__defineGetter__']) {
      const read = decode(ERROR, [0x93], text(name), text('m'), [NIL])
      expect(read).toBeInstanceOf(Error)
      expect(read).toHaveProperty('name', name)
    }
    expect(() => decode([0x91, 0xc1, 1])).toThrow('a part of no text')
  })

  it('are refused where they end too early, or are of unknown types', () => {
    const value = { list: Array.from({ length: 60 }, (_, i) => ({ i, name: `user ${i}` })), at: new Date(5), re: /a/g }
    const bytes = msgpack().encode(value, context)
    expect(decode(bytes)).toEqual(value)
    for (let length = 0; length < bytes.length; length++) expect(() => decode(bytes.subarray(0, length))).toThrow()
    for (const type of [1, 0x72, 0x65, 0x99])
      expect(() => decode([0xd5, type, 0x40, 0x40])).toThrow('an unknown extension')
  })
})

describe('notes that say what nobody would have written', () => {
  it('are refused: an error whose message is a text without an end', () => {
    let message: unknown = ['a']
    for (let i = 0; i < 200; i++) message = [message, message]
    const error = new Error('m')
    for (const members of [{ message }, { name: message }]) {
      const bytes = Buffer.concat([Buffer.of(1), serialize([error, [], [[error, 'Error', members, false]]])])
      for (const codec of [v8(), auto()]) {
        const payload = codec.name === 'auto' ? Buffer.concat([Buffer.of(4), bytes]) : bytes
        expect(() => codec.decode(payload, context)).toThrow('no name, or no message')
      }
    }
  })
})

it('members of errors that many errors share are refused', () => {
  const members = { code: 'E' }
  const notes = [new Error('a'), new Error('b')].map((error) => [error, 'Error', members, false])
  const bytes = Buffer.concat([Buffer.of(1), serialize([null, [], notes])])
  expect(() => v8().decode(bytes, context)).toThrow('the members of another error')
})

it('an error may have any name', () => {
  for (const name of ['valueOf', 'toString', 'constructor', '__proto__', 'hasOwnProperty']) {
    const error = Object.assign(new TypeError('m'), { name })
    const read = msgpack().decode(msgpack().encode({ error }, context), context) as { error: Error }
    expect(read.error).toBeInstanceOf(TypeError)
    expect(read.error.name).toBe(name)
  }
})

it('records of more forms than there are numbers for come back', () => {
  // Their names are then referred to, too.
  const rows = Array.from({ length: 400 }, (_, i) => ({ [`first${i % 97}`]: i, [`second${i % 89}`]: `text ${i}` }))
  expect(decode(msgpack().encode(rows, context))).toEqual(rows)
})
