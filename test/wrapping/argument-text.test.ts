import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argumentText } from '../../src/wrapping/argument-text.ts'

const text = (...args: readonly unknown[]) => argumentText(args, 'test')

/** Whether two arguments are the same to whoever is called with them: what the text must say. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other)
  }
  if (one instanceof Date || other instanceof Date) {
    return one instanceof Date && other instanceof Date && Object.is(one.getTime(), other.getTime())
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  const others = one as Record<string, unknown>
  const else_ = other as Record<string, unknown>
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(others[name], else_[name]))
  )
}

/** Few different leaves, so that equal and nearly equal arguments are met. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, '0', '-0', '1', '1n', 1n, true, 'true'),
  fc.constantFrom<unknown>(null, 'null', undefined, 'undefined', '', ',', '"', '["1"]', '{}', '@1', '\ud800', '\udfff'),
  fc.constantFrom<unknown>(new Date(1), new Date(Number.NaN), '__proto__', 'NaN', '(', ')', '#'),
)
const argument = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, leaf, tie('list'), tie('record')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  record: fc.dictionary(fc.constantFrom('a', 'b', '', '__proto__', 'a":1,"b', 'length'), tie('any'), { maxKeys: 3 }),
})).any

/** Arguments without those left out at the end. */
function given(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((each) => each !== undefined) + 1)
}

describe('the text of arguments', () => {
  it('is the same for the same arguments, and for no others', () => {
    const args = fc.array(argument, { maxLength: 3 })
    fc.assert(
      fc.property(args, args, (one, other) => {
        expect(text(...one) === text(...other)).toBe(isSame(given(one), given(other)))
      }),
      { numRuns: 5000 },
    )
  })

  it('does not depend on the order of properties', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), argument), (record) => {
        const turned: Record<string, unknown> = Object.create(null)
        for (const name of Object.keys(record).reverse()) turned[name] = record[name]
        expect(text(turned)).toBe(text(record))
      }),
    )
  })

  it('can be read while it is short', () => {
    expect(text(1, '1', -0, 2n, null)).toBe('1,"1",-0,2n,null')
    expect(text({ b: [true, new Date(5)], a: undefined })).toBe('{"a":undefined,"b":[true,@5]}')
    expect(text('x'.repeat(198))).toHaveLength(200)
  })

  it('is bounded, and tells long arguments apart', () => {
    const long = text('x'.repeat(300_000))
    expect(long).toMatch(/^#[\w-]{43}$/)
    expect(text(`${'x'.repeat(299_999)}y`)).not.toBe(long)
    expect(text('x'.repeat(300_000))).toBe(long)
  })

  it('leaves out what is left out at the end, and nothing else', () => {
    expect(text(1, undefined)).toBe(text(1))
    expect(text(undefined, 1)).not.toBe(text(1))
    expect(text(null)).not.toBe(text())
  })

  it.each([
    ['a function', () => 1, /argument 1 is .*\(function\)/],
    ['a symbol', Symbol('s'), /argument 1 is Symbol\(s\) \(symbol\)/],
    ['a map', { filter: new Map() }, /argument 1\.filter is \[Map\]/],
    ['an instance of a class', [new (class User {})()], /argument 1\[0\] is \[Object\]/],
    ['an object with symbols', { [Symbol('s')]: 1 }, /symbols as names/],
    ['an array with holes', new Array(1e9), /elements/],
    ['a small one with holes', Object.assign(new Array(2), { 1: 1 }), /holes/],
    ['one with properties', Object.assign([1], { index: 0 }), /holes or properties/],
    ['a long string', 'x'.repeat(1_000_001), /over a million characters/],
    ['many strings', new Array(30).fill('x'.repeat(50_000)), /over a million characters/],
  ])('is refused for %s, with the place', (_, value, message) => {
    expect(() => text(value)).toThrow(expect.objectContaining({ code: 'ERR_KEY_INVALID' }))
    expect(() => text(value)).toThrow(message)
    expect(() => text(value)).toThrow(/test: .*give the option `key`/)
  })

  it('is refused for what contains itself, or grows beyond all bounds', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => text(loop)).toThrow(/contains itself/)
    let doubled: unknown = 'x'
    for (let n = 0; n < 60; n++) doubled = [doubled, doubled]
    expect(() => text(doubled)).toThrow(/over a million characters/)
  })

  it('takes nothing from prototypes', () => {
    const sneaky = JSON.parse('{"__proto__":{"admin":true}}')
    expect(text(sneaky)).toBe('{"__proto__":{"admin":true}}')
    expect(text(sneaky)).not.toBe(text({}))
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})
