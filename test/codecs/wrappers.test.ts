import { createSecretKey, randomBytes } from 'node:crypto'
import { brotliCompressSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  auto,
  type Codec,
  codecTable,
  compressed,
  encrypted,
  json,
  type KeyOptions,
  msgpack,
  type SealedValue,
  signed,
} from '../../src/codecs/index.ts'
import { openValue, sealValue } from '../../src/codecs/seal.ts'

const context = { key: 'user:1' }
const text = 'The quick brown fox jumps over the lazy dog. '.repeat(300)

describe('compressed', () => {
  it('makes values from 4 KB on smaller, and leaves others', () => {
    const codec = compressed(json())
    expect(codec.encode(text, context).length).toBeLessThan(text.length / 10)
    expect(codec.encode(text.slice(0, 4000), context).length).toBeGreaterThan(4000)
  })

  it('leaves what would not become smaller by a tenth', () => {
    const noise = randomBytes(10_000)
    expect(compressed().encode(noise, context).length).toBeGreaterThan(10_000)
  })

  it('says in the payload which algorithm it is, so that either is read', () => {
    for (const algorithm of ['zstd', 'brotli'] as const) {
      const bytes = compressed(json(), { algorithm }).encode(text, context)
      expect(bytes[1]).toBe(algorithm === 'zstd' ? 1 : 2)
      for (const reader of [compressed(json(), { algorithm: 'zstd' }), compressed(json(), { algorithm: 'brotli' })]) {
        expect(reader.decode(bytes, context)).toBe(text)
      }
    }
  })

  it('does not inflate beyond maxBytes, nor beyond the length it was told', () => {
    const bomb = Buffer.alloc(50_000_000, 0x20)
    for (const [algorithm, squeeze] of [
      [1, zstdCompressSync],
      [2, brotliCompressSync],
    ] as const) {
      const body = squeeze(bomb)
      expect(body.length).toBeLessThan(10_000)
      const payload = (length: number) => {
        const header = Buffer.from([2, algorithm, 0, 0, 0, 0])
        header.writeUInt32LE(length, 2)
        return Buffer.concat([header, body])
      }
      const codec = compressed(json(), { maxBytes: 1_000_000 })
      expect(() => codec.decode(payload(bomb.length), context)).toThrow('50000000 bytes inflated, of 1000000 allowed')
      expect(() => codec.decode(payload(1000), context)).toThrow()
      expect(() => codec.decode(payload(0xffffffff), context)).toThrow('of 1000000 allowed')
      expect(() => compressed(json()).decode(payload(bomb.length + 1), context)).toThrow('inflated to 50000000 bytes')
    }
  })

  it('writes larger values than maxBytes as they are', () => {
    const codec = compressed(json(), { maxBytes: 5000 })
    expect(codec.decode(codec.encode(text, context), context)).toBe(text)
  })

  it('refuses wrong options', () => {
    expect(() => compressed(json(), { ovr: 1 } as object)).toThrow("there is no option 'ovr'. Did you mean 'over'?")
    expect(() => compressed(json(), { algorithm: 'gzip' as 'zstd' })).toThrow("expected one of 'zstd', 'brotli'")
    expect(() => compressed(json(), { over: -1 })).toThrow('compressed: over: expected a whole number')
  })

  it('can only be read by who knows the codec within', () => {
    const bytes = Buffer.from(compressed(json()).encode(1.5, context))
    bytes[0] = 99
    expect(() => compressed(json()).decode(bytes, context)).toThrow('no codec here has the id 99')
  })
})

const oldKey = randomBytes(32)
const newKey = randomBytes(32)

describe.each([
  { name: 'encrypted', make: (options: KeyOptions) => encrypted(auto(), options) },
  { name: 'signed', make: (options: KeyOptions) => signed(auto(), options) },
])('$name', ({ name, make }) => {
  const before = make({ keys: { old: oldKey }, current: 'old' })
  const during = make({ keys: { old: oldKey, new: createSecretKey(newKey) }, current: 'new' })
  const after = make({ keys: { new: newKey }, current: 'new' })
  const secret = { password: 'correct horse', at: new Date(5) }

  it('reads what earlier keys sealed, as long as they are there', () => {
    const [first, second] = [before.encode(secret, context), during.encode(secret, context)]
    expect(during.decode(first, context)).toEqual(secret)
    expect(after.decode(second, context)).toEqual(secret)
    expect(() => after.decode(first, context)).toThrow('with a key that is not here')
    expect(() => before.decode(second, context)).toThrow('with a key that is not here')
  })

  it('refuses another key of the same id', () => {
    const other = make({ keys: { old: newKey }, current: 'old' })
    expect(() => other.decode(before.encode(secret, context), context)).toThrow()
  })

  it('refuses what was moved to another key', () => {
    const bytes = before.encode(secret, context)
    expect(before.decode(bytes, context)).toEqual(secret)
    for (const key of ['user:2', 'user:', '', 'user:1\u0000']) {
      expect(() => before.decode(bytes, { key }), key).toThrow()
    }
  })

  it('refuses every changed bit, and every other length', () => {
    const bytes = Buffer.from(before.encode({ a: 1 }, context))
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => before.decode(changed, context), `bit ${bit}`).toThrow()
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => before.decode(bytes.subarray(0, length), context), `length ${length}`).toThrow()
    }
    expect(() => before.decode(Buffer.concat([bytes, Buffer.alloc(1)]), context)).toThrow()
  })

  it('refuses wrong keys when it is made', () => {
    const wrong = (options: unknown) => () => make(options as KeyOptions)
    expect(wrong(undefined)).toThrow(`${name}: keys: expected keys by id, got undefined`)
    expect(wrong({ keys: { a: oldKey } })).toThrow(`${name}: current: expected the id of a key`)
    expect(wrong({ keys: { a: oldKey }, current: 'b' })).toThrow(
      `${name}: current: expected one of the ids of keys: a, got 'b'`,
    )
    expect(wrong({ keys: {}, current: 'b' })).toThrow('expected at least one key')
    expect(wrong({ keys: { a: oldKey.subarray(1) }, current: 'a' })).toThrow(
      `${name}: keys.a: expected a key of 32 bytes`,
    )
    expect(wrong({ keys: { a: 'x'.repeat(32) }, current: 'a' })).toThrow('expected a key of 32 bytes')
    expect(wrong({ keys: { ['é'.repeat(128)]: oldKey }, current: 'a' })).toThrow('expected an id of 1 to 255 bytes')
    expect(wrong({ keys: { a: oldKey }, curent: 'a' })).toThrow("Did you mean 'current'?")
  })

  it('never shows a key in a message', () => {
    const shown = JSON.stringify(make({ keys: { a: oldKey }, current: 'a' }))
    expect(shown).not.toContain(oldKey.toString('hex'))
    expect(shown).not.toContain(JSON.stringify([...oldKey]).slice(1, 20))
  })

  it.each(['hex', 'base64'] as const)('says how to give a key that is text, and not which it was: %s', (encoding) => {
    const key = oldKey.toString(encoding)
    for (const options of [key, { keys: key, current: 'a' }, { keys: { a: key }, current: 'a' }]) {
      expect(() => make(options as never)).toThrow(`got a string: write Buffer.from(…, '${encoding}')`)
      expect(() => make(options as never)).not.toThrow(key.slice(0, 8))
    }
    expect(() => make({ keys: { a: 'hunter2' }, current: 'a' } as never)).toThrow(/got a string$/)
  })
})

describe('encrypted', () => {
  const codec = encrypted(json(), { keys: { k: oldKey }, current: 'k' })

  it('hides what it seals, also that it is the same', () => {
    const first = Buffer.from(codec.encode('a secret text', context))
    expect(first.includes('secret')).toBe(false)
    expect(first.equals(codec.encode('a secret text', context))).toBe(false)
  })

  it('does not take what was signed with the same key', () => {
    const signature = signed(json(), { keys: { k: oldKey }, current: 'k' })
    expect(() => codec.decode(signature.encode(1, context), context)).toThrow()
    expect(() => signature.decode(codec.encode(1, context), context)).toThrow()
  })
})

describe('wrapping codecs', () => {
  const keys: KeyOptions = { keys: { k: randomBytes(32) }, current: 'k' }
  const read = (codec: Codec, { codec: id, payload }: SealedValue) => openValue(codecTable(codec), 'k', id, payload)

  it('of one kind read what is within each other, compressed or not', () => {
    for (const wrap of [encrypted, signed]) {
      const inner = [auto(), json(), msgpack(), compressed(), compressed(msgpack(), { algorithm: 'brotli' })]
      for (const writer of inner) {
        const sealed = sealValue(wrap(writer, keys), 'k', true, text)
        for (const reader of inner) expect(read(wrap(reader, keys), sealed)).toBe(text)
        for (const reader of [auto(), compressed()]) expect(() => read(reader, sealed)).toThrow('no codec here')
      }
      const own: Codec = { id: 200, name: 'own', encode: () => Buffer.alloc(9000), decode: () => 'of its own' }
      const sealed = sealValue(wrap(compressed(own), keys), 'k', true, text)
      expect(read(wrap(own, keys), sealed)).toBe('of its own')
      expect(() => read(wrap(auto(), keys), sealed)).toThrow('no codec here has the id 200')
    }
  })

  it('do not let each other in', () => {
    const sealed = sealValue(encrypted(auto(), keys), 'k', true, text)
    expect(() => read(signed(auto(), keys), sealed)).toThrow('no codec here')
    const twice = sealValue(encrypted(signed(auto(), keys), keys), 'k', true, text)
    expect(() => read(encrypted(auto(), keys), twice)).toThrow('no codec here')
    const once = sealValue(encrypted(auto(), keys), 'k', true, text)
    expect(() => read(encrypted(signed(auto(), keys), keys), once)).toThrow('no codec here')
  })

  it('inflate once, within their own bound', () => {
    const sealed = sealValue(compressed(compressed(json(), { over: 0 }), { over: 0 }), 'k', true, text)
    expect(() => read(compressed(json(), { maxBytes: 20_000 }), sealed)).toThrow('no codec here has the id 16')
    const guarded = sealValue(encrypted(compressed(), keys), 'k', true, text)
    expect(() => read(encrypted(compressed(auto(), { maxBytes: 100 }), keys), guarded)).toThrow('of 100 allowed')
  })

  it('refuse what is no codec', () => {
    const wrong = { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('expected a codec of terrace/codecs') }
    for (const wrap of [compressed, encrypted, signed] as ((...given: unknown[]) => Codec)[]) {
      for (const codec of [null, 'json', { over: 100 }, keys]) {
        expect(() => wrap(codec, keys)).toThrow(expect.objectContaining(wrong))
      }
    }
    for (const wrap of [encrypted, signed] as ((...given: unknown[]) => Codec)[]) {
      expect(() => wrap()).toThrow(expect.objectContaining(wrong))
      expect(() => wrap(auto())).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    }
  })
})
