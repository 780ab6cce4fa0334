import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskSecrets, preview } from '../../src/entry/preview.ts'

const plain = { maxLength: 1000, mask: (part: unknown) => part }

function textOf(value: unknown): string {
  return preview(value, 'k', plain).text
}

describe('a preview', () => {
  it.each<[unknown, string, string]>([
    [null, 'null', 'null'],
    [-0, '-0', 'number'],
    [Number.NaN, 'NaN', 'number'],
    [12n, '12n', 'bigint'],
    ['a "b"\n<c>', '"a \\"b\\"\\n<c>"', 'string'],
    [[1, 'b', [null]], '[1, "b", [null]]', 'Array'],
    [{ a: 1, 'b c': { d: true } }, '{ a: 1, "b c": { d: true } }', 'Object'],
    [Object.create(null), '{}', 'Object'],
    [new Map<unknown, unknown>([['a', 1]]), 'Map { "a" => 1 }', 'Map'],
    [new Set([1, 2]), 'Set {1, 2}', 'Set'],
    [new Date(0), '1970-01-01T00:00:00.000Z', 'Date'],
    [new Date(Number.NaN), 'an invalid date', 'Date'],
    [Buffer.from('abc'), 'Buffer of 3 bytes <616263>', 'Buffer'],
    [new Float32Array(1), 'Float32Array of 4 bytes <00000000>', 'Float32Array'],
    [new TypeError('no'), 'TypeError { message: "no" }', 'TypeError'],
  ])('of %o is %s', (value, text, type) => {
    expect(preview(value, 'k', plain)).toEqual({ text, type, cut: false, masked: false })
  })

  it('is bounded, whatever the value', () => {
    const deep: unknown[] = []
    let at = deep
    for (let n = 0; n < 10_000; n++) {
      const next: unknown[] = []
      at.push(next)
      at = next
    }
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`p${n}`, { n }]))
    for (const value of [deep, wide, 'x'.repeat(1e6), new Array(1e6).fill([]), Buffer.alloc(1e6), 1n << 100_000n]) {
      const { text } = preview(value, 'k', { ...plain, maxLength: 500 })
      expect(text.length).toBeLessThanOrEqual(500)
    }
    expect(preview(wide, 'k', plain).cut).toBe(true)
    expect(preview('x'.repeat(1001), 'k', { ...plain, maxLength: 10_000 })).toMatchObject({ cut: true })
  })

  it('of anything ends, and is as long as it may be at most', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true, withTypedArray: true }),
        fc.integer({ min: 1, max: 200 }),
        (value, maxLength) => {
          const shown = preview(value, 'k', { maxLength, mask: maskSecrets })
          expect(shown.text.length).toBeLessThanOrEqual(maxLength)
          const whole = preview(value, 'k', { maxLength: 1e6, mask: maskSecrets })
          expect(whole.text.startsWith(shown.text)).toBe(true)
          if (!shown.cut) expect(shown.text).toBe(whole.text)
        },
      ),
    )
  })

  it('says that it is cut where not even the first name has room', () => {
    expect(preview({ '': '' }, 'k', { ...plain, maxLength: 1 })).toMatchObject({ text: '{', cut: true })
  })

  it('shows an object inside itself without end only once', () => {
    const self: Record<string, unknown> = { a: 1 }
    self.me = self
    expect(textOf(self)).toBe('{ a: 1, me: (itself, from above) }')
  })

  it('runs nobody’s code', () => {
    const ran: string[] = []
    const trap = (): never => {
      ran.push('trap')
      throw new Error('trapped')
    }
    class Tricky {
      static get name() {
        ran.push('name')
        return 'Tricky'
      }
      get secret() {
        ran.push('getter')
        return 1
      }
      toString() {
        ran.push('toString')
        return ''
      }
      toJSON() {
        ran.push('toJSON')
      }
    }
    class Sized extends Map<number, number> {
      override get size(): number {
        ran.push('size')
        return 1e9
      }
      override entries(): never {
        throw new Error('entries')
      }
    }
    const value = {
      a: new Tricky(),
      b: new Sized([[1, 2]]),
      c: new Proxy({}, { ownKeys: trap, getPrototypeOf: trap, get: trap }),
      get d() {
        ran.push('d')
        return 1
      },
      [Symbol.for('nodejs.util.inspect.custom')]: () => ran.push('inspect'),
    }
    const { text } = preview(value, 'k', plain)
    expect(ran).toEqual([])
    expect(text).toContain('c: a proxy')
    expect(text).toContain('d: (computed)')
    expect(preview(new Proxy([], {}), 'k', plain)).toMatchObject({ text: 'a proxy', type: 'Proxy' })
  })
})

describe('a mask', () => {
  it('hides by default what sounds like a secret', () => {
    const value = {
      name: 'Ada',
      password: 'swordfish',
      oldPasswd: 'herring',
      session: { token: 'abc', cookie: null, sessionId: 'xyz' },
      headers: new Map([['Authorization', 'Bearer 123']]),
      list: [{ apiKey: 'k' }, { api_key: { inner: 'k2' } }],
      pin: 1234,
      spin: 'fast',
    }
    const { text, masked } = preview(value, 'k', { maxLength: 1000, mask: maskSecrets })
    for (const secret of ['swordfish', 'herring', 'abc', 'xyz', 'Bearer', '"k"', 'k2', '1234']) {
      expect(text).not.toContain(secret)
    }
    expect(text).toContain('name: "Ada"')
    expect(text).toContain('spin: "fast"')
    expect(masked).toBe(true)
  })

  it('is told each part with the way to it and the key', () => {
    const told: string[] = []
    const mask = (part: unknown, path: readonly string[], key: string): unknown => {
      told.push(`${key}/${path.join('/')}`)
      return part === 2 ? '?' : part
    }
    expect(preview({ a: [1, 2] }, 'key', { maxLength: 100, mask })).toMatchObject({
      text: '{ a: [1, "?"] }',
      masked: true,
    })
    expect(told).toEqual(['key/', 'key/a', 'key/a/0', 'key/a/1'])
  })

  it('that throws hides all', () => {
    const mask = (part: unknown, path: readonly string[]): unknown => {
      if (path.length > 0) throw new Error('no')
      return part
    }
    expect(preview({ secret: 'swordfish' }, 'k', { maxLength: 100, mask })).toEqual({
      text: '•••',
      type: 'Object',
      cut: true,
      masked: true,
    })
  })
})
