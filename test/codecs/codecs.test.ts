import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  auto,
  type Codec,
  codecTable,
  compressed,
  encrypted,
  json,
  msgpack,
  signed,
  v8,
} from '../../src/codecs/index.ts'
import { openValue, sealValue } from '../../src/codecs/seal.ts'
import { disk } from '../../src/levels/disk.ts'
import { isSame } from './same.ts'
import { KINDS, REFUSED } from './values.ts'

const keys = { keys: { k1: Buffer.alloc(32, 1), k2: Buffer.alloc(32, 2) }, current: 'k2' }

/** Each codec, and the formats that are behind it. */
const CODECS: readonly (readonly [Codec, readonly string[]])[] = [
  [json(), ['json']],
  [msgpack(), ['msgpack']],
  [v8(), ['v8']],
  [auto(), ['json', 'msgpack', 'v8']],
  [compressed(), ['json', 'msgpack', 'v8']],
  [compressed(msgpack(), { over: 0, algorithm: 'brotli' }), ['msgpack']],
  [compressed(v8(), { over: 0, algorithm: 'zstd' }), ['v8']],
  [encrypted(auto(), keys), ['json', 'msgpack', 'v8']],
  [encrypted(compressed(msgpack()), keys), ['msgpack']],
  [signed(auto(), keys), ['json', 'msgpack', 'v8']],
]

describe.each(CODECS.map(([codec, formats]) => ({ name: codec.name, codec, formats })))(
  '$name',
  ({ codec, formats }) => {
    const table = codecTable(codec)

    function throughFrame(value: unknown): unknown {
      const sealed = sealValue(codec, 'a key', true, value)
      const bytes = Buffer.from(sealed.payload)
      const read = openValue(table, 'a key', sealed.codec, bytes)
      // Nothing that was read may change with the bytes it was read from.
      bytes.fill(0x55)
      return read
    }

    for (const { name, make, carriedBy } of KINDS) {
      const carried = typeof make() === 'number' || carriedBy.some((format) => formats.includes(format))
      if (carried) {
        it(`brings back ${name}`, () => {
          expect(isSame(throughFrame(make()), make())).toBe(true)
          // Also as bytes alone, for codecs of others that wrap it.
          expect(isSame(codec.decode(codec.encode(make(), { key: 'k' }), { key: 'k' }), make())).toBe(true)
        })
      } else {
        it(`refuses ${name}`, () => {
          expect(() => throughFrame(make())).toThrow(expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED' }))
        })
      }
    }

    for (const [name, make, reason, byJson] of REFUSED) {
      it(`refuses ${name}`, () => {
        const error = {
          code: 'ERR_VALUE_UNSUPPORTED',
          message: expect.stringContaining(`cannot carry ${(codec.name === 'json' && byJson) || reason}`),
        }
        expect(() => throughFrame(make())).toThrow(expect.objectContaining(error))
      })
    }

    it('brings back whatever it does not refuse', () => {
      let carried = 0
      fc.assert(
        fc.property(anything, (value) => {
          let sealed: ReturnType<typeof sealValue>
          try {
            sealed = sealValue(codec, 'k', true, value)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_VALUE_UNSUPPORTED' })
            return true
          }
          carried++
          return isSame(openValue(table, 'k', sealed.codec, sealed.payload), value)
        }),
        { numRuns: 1000 },
      )
      expect(carried).toBeGreaterThan(50)
    })

    it('does not touch what it writes', () => {
      for (const { make } of KINDS) {
        const value = make()
        try {
          sealValue(codec, 'k', true, value)
        } catch {}
        expect(isSame(value, make())).toBe(true)
      }
    })

    it('writes bytes of their own', () => {
      const first = sealValue(codec, 'k', true, { a: 'first' })
      const copy = Buffer.from(first.payload)
      for (let i = 0; i < 100; i++) sealValue(codec, 'k', true, { a: `other ${i}` })
      expect(copy.equals(first.payload)).toBe(true)
    })
  },
)

/** Values of all kinds, nested in each other. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
  stringUnit: fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  ),
  maxDepth: 4,
})

describe('numbers', () => {
  it('are eight bytes that a store can count with, whatever the codec', () => {
    for (const codec of [auto(), json(), compressed()]) {
      for (const number of [0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
        const sealed = sealValue(codec, 'k', true, number)
        expect(sealed).toMatchObject({ codec: 1, payload: { length: 8 } })
        expect(openValue(codecTable(codec), 'k', 1, sealed.payload)).toBe(number)
      }
    }
  })

  it('are sealed by a codec that guards', () => {
    for (const codec of [encrypted(auto(), keys), signed(json(), keys), compressed(encrypted(auto(), keys))]) {
      const sealed = sealValue(codec, 'k', true, 41)
      expect(sealed.codec).toBe(codec.id)
      expect(openValue(codecTable(codec), 'k', sealed.codec, sealed.payload)).toBe(41)
    }
  })

  it('of nothing are none', () => {
    expect(sealValue(json(), 'k', false, undefined)).toEqual({ codec: 0, payload: new Uint8Array(0) })
  })
})

describe('a table of codecs', () => {
  it('reads what other processes wrote with another codec', () => {
    const value = { a: new Map([[1, 'x'.repeat(9000)]]) }
    for (const codec of [msgpack(), v8(), compressed(), compressed(msgpack())]) {
      const { codec: id, payload } = sealValue(codec, 'k', true, value)
      expect(openValue(codecTable(json()), 'k', id, payload)).toEqual(value)
    }
  })

  it('reads a codec of your own beside them', () => {
    const own: Codec = {
      id: 200,
      name: 'reversed',
      encode: (value) => Buffer.from(String(value)).reverse(),
      decode: (bytes) => Buffer.from(bytes).reverse().toString(),
    }
    for (const codec of [own, compressed(own, { over: 0 }), encrypted(own, keys)]) {
      const { codec: id, payload } = sealValue(codec, 'k', true, 'abc'.repeat(50))
      expect(openValue(codecTable(codec), 'k', id, payload)).toBe('abc'.repeat(50))
    }
  })

  it.each([1, 2, 3, 5, 16, 127, 0, -1, 256, 1.5, undefined])('refuse a codec of your own with the id %s', (id) => {
    const own = { ...json(), name: 'mine', id } as Codec
    for (const take of [() => disk({ path: 'x', codec: own }), () => compressed(own), () => encrypted(own, keys)]) {
      expect(take).toThrow(/codec: the codec 'mine' of your own needs an id from 128 to 255, got /)
    }
  })

  it('take the codecs of this library, one in another', () => {
    for (const codec of [auto(), json(), msgpack(), v8()]) {
      for (const taken of [codec, compressed(codec), encrypted(compressed(codec), keys), signed(codec, keys)]) {
        expect(disk({ path: 'x', codec: taken })).toBeTypeOf('function')
      }
    }
  })

  it('of a codec that guards reads nothing else', () => {
    const forged = sealValue(json(), 'k', true, { admin: true })
    for (const codec of [encrypted(auto(), keys), signed(auto(), keys), compressed(signed(auto(), keys))]) {
      const table = codecTable(codec)
      expect(() => openValue(table, 'k', forged.codec, forged.payload)).toThrow('no codec here has the id 2')
      expect(() => openValue(table, 'k', 1, Buffer.alloc(8))).toThrow('no codec here has the id 1')
      const wrapped = compressed(json()).encode({ admin: true }, { key: 'k' })
      expect(() => openValue(table, 'k', 16, wrapped)).toThrow('no codec here has the id')
    }
  })
})

describe('auto', () => {
  const sealed = (value: unknown) => auto().seal!(value, { key: 'k' }).codec

  it('writes plain data as JSON', () => {
    expect(sealed({ id: 1, text: 'äöü', list: [{ a: null }] })).toBe(2)
    expect(sealed('x'.repeat(100_000))).toBe(2)
    expect(sealed(Array.from({ length: 10 }, (_, id) => ({ id, name: `user ${id}` })))).toBe(2)
    expect(sealed(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, { i }])))).toBe(2)
  })

  it('writes large lists, and richer values, as MessagePack', () => {
    expect(sealed(Array.from({ length: 500 }, (_, id) => ({ id, name: `user ${id}` })))).toBe(3)
    expect(sealed({ vector: Array.from({ length: 2000 }, (_, i) => i / 3) })).toBe(3)
    expect(sealed({ at: new Date() })).toBe(3)
  })

  it('writes what MessagePack would lose as V8 does', () => {
    expect(sealed([-0])).toBe(4)
    expect(sealed(Array.from({ length: 100 }, () => '\ud800'))).toBe(2)
    expect(sealed({ at: new Date(), text: '\ud800' })).toBe(4)
  })
})

describe('values that cannot be looked into', () => {
  it('are refused, too', () => {
    const getter = {
      get trap() {
        throw new Error('sprung')
      },
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const error = expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED' })
    for (const codec of [json(), msgpack(), v8(), auto(), compressed()]) {
      expect(() => codec.encode(getter, { key: 'k' })).toThrow(error)
      expect(() => codec.encode(getter, { key: 'k' })).toThrow('cannot look into this value: sprung')
      expect(() => codec.encode([proxy], { key: 'k' })).toThrow(error)
    }
  })

  it('are not what a Proxy of plain data is', () => {
    const proxy = new Proxy({ a: [1] }, {})
    expect(json().decode(json().encode(proxy, { key: 'k' }), { key: 'k' })).toEqual({ a: [1] })
    expect(msgpack().decode(msgpack().encode(proxy, { key: 'k' }), { key: 'k' })).toEqual({ a: [1] })
    expect(() => v8().encode(proxy, { key: 'k' })).toThrow(expect.objectContaining({ code: 'ERR_VALUE_UNSUPPORTED' }))
  })
})

describe('values of another realm', () => {
  it('are carried, as those of test runners are', async () => {
    const { runInNewContext } = await import('node:vm')
    const source = '({ d: new Date(5), m: new Map([[1, [2]]]), e: new TypeError("m"), b: new Uint8Array([1]), r: /x/ })'
    const read = (codec: Codec, value: unknown) => {
      const { codec: id, payload } = sealValue(codec, 'k', true, value)
      return openValue(codecTable(codec), 'k', id, payload)
    }
    for (const codec of [v8(), auto()]) {
      const value = read(codec, runInNewContext(source)) as { [Name in 'd' | 'm' | 'e' | 'b' | 'r']: unknown }
      expect(value.d).toEqual(new Date(5))
      expect(value.m).toEqual(new Map([[1, [2]]]))
      expect(value.e).toEqual(new TypeError('m'))
      expect(value.b).toEqual(new Uint8Array([1]))
      expect(value.r).toEqual(/x/)
    }
    expect(() => read(msgpack(), runInNewContext('[new Date()]'))).toThrow(
      'cannot carry an instance of Date of another realm, at [0]',
    )
    expect(() => read(auto(), runInNewContext('class User {}; [new User()]'))).toThrow('an instance of User, at [0]')
  })
})
