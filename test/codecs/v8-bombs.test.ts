import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { auto, v8 } from '../../src/codecs/index.ts'

const context = { key: 'k' }

/** A number as V8 writes lengths. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

const HEADER = [0xff, 15]
const decode = (...bytes: number[]) => v8().decode(Buffer.from(bytes), context)

describe('bytes of V8 that claim more than they hold', () => {
  it('are refused before room is made: an array with holes', () => {
    const array = (length: number) => [0x61, ...varint(length), 0x40, 0, ...varint(length)]
    expect(decode(...HEADER, ...array(1000))).toHaveLength(1000)
    // 20 bytes for 240 MB.
    expect(() => decode(...HEADER, ...array(30_000_000))).toThrow('too long arrays with holes')
    // Each is short enough alone.
    const many = Array.from({ length: 10 }, (_, i) => [0x49, i * 2, ...array(900)]).flat()
    expect(() => decode(...HEADER, 0x6f, ...many, 0x7b, 10)).toThrow('too long arrays with holes')
  })

  it('are refused before room is made: arrays within arrays, each as long as what is left', () => {
    const begin = Array.from({ length: 500 }, () => [0x41, ...varint(2000)]).flat()
    const rest = Array.from({ length: 3000 }, () => 0x30)
    expect(() => decode(...HEADER, ...begin, ...rest)).toThrow('longer arrays than there are bytes')
  })

  it('are refused where a number has more digits than count', () => {
    // 0x61 0x80 0x80 … : bits beyond 32 are left out by V8, and here.
    expect(() => decode(...HEADER, 0x61, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x40, 0, 0)).toThrow(
      'too long arrays',
    )
  })

  it('are refused where they are of an unknown version or have unknown tags', () => {
    expect(() => decode(0xff, 14, 0x30)).toThrow('an unknown version')
    expect(() => decode(0xff, 16, 0x30)).toThrow('an unknown version')
    // A resizable ArrayBuffer, a shared one, a WebAssembly module.
    for (const tag of ['~', 'u', 'W', 'w', '?', 'V', 'P']) {
      expect(() => decode(...HEADER, tag.charCodeAt(0), 1, 1, 1, 1)).toThrow(`an unknown tag of V8: ${tag}`)
    }
  })
})

describe('arrays with holes', () => {
  const sparse = (length: number) => {
    const array: unknown[] = []
    array[length - 1] = 'last'
    return array
  }

  it('that could not be read again are not written', () => {
    const error = expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED' })
    for (const codec of [v8(), auto()]) {
      expect(codec.decode(codec.encode(sparse(1000), context), context)).toEqual(sparse(1000))
      expect(() => codec.encode(sparse(1_000_000), context)).toThrow(error)
    }
    // With enough beside them, they are in proportion.
    const value = ['x'.repeat(100_000), sparse(1_000_000)]
    expect(v8().decode(v8().encode(value, context), context)).toEqual(value)
  })
})

it('this version of Node.js writes the format that is known', () => {
  expect([...serialize(null)]).toEqual([...HEADER, 0x30])
})
