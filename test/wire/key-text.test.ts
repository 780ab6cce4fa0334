import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOfStored, storedKey, storedPrefix } from '../../src/entry/key-text.ts'

/** Keys of the characters that matter here, more often than chance would have them meet. */
const oddKeys = fc
  .array(fc.constantFrom('\u0010', '\ud83d', '\ude00', 'd', '8', '3', 'é', 'a', '\u{1f600}'), { maxLength: 12 })
  .map((parts) => parts.join(''))
const keys = fc.oneof(
  oddKeys,
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(0xffff).map(String.fromCharCode) }),
)

describe('the text under which a key is stored', () => {
  it('is well-formed, survives UTF-8, and gives the key back', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = storedKey(key)
        expect(text.isWellFormed()).toBe(true)
        expect(Buffer.from(text).toString()).toBe(text)
        expect(keyOfStored(text)).toBe(key)
      }),
      { numRuns: 2000 },
    )
  })

  it('is the key where that is well-formed and without the escape character', () => {
    const ordinary = fc.string({ unit: 'binary' }).filter((key) => key.isWellFormed() && !key.includes('\u0010'))
    fc.assert(fc.property(ordinary, (key) => storedKey(key) === key))
  })

  it('belongs to one key only: a text that no key has is refused', () => {
    const texts = fc.array(fc.constantFrom('\u0010', 'd83d', 'de00', 'd', 'a', '\u{1f600}'), { maxLength: 8 })
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('')
        const key = keyOfStored(text)
        if (key !== undefined) expect(storedKey(key)).toBe(text)
      }),
      { numRuns: 2000 },
    )
    expect(keyOfStored('\u0010')).toBeUndefined()
    expect(keyOfStored('a\u0010zzzz')).toBeUndefined()
    // The two halves of a pair are never escaped.
    expect(keyOfStored('\u0010d83d\u0010de00')).toBeUndefined()
  })

  it('begins with the text of every prefix of the key', () => {
    fc.assert(
      fc.property(keys, fc.nat(30), (key, length) => {
        expect(storedKey(key).startsWith(storedPrefix(key.slice(0, length)))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
