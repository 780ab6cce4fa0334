import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coloursFor } from '../../src/cli/colours.ts'
import { tableLines } from '../../src/cli/columns.ts'
import { clipped, jsonText, printable, widthOf, wrappedText } from '../../src/printable.ts'

/** Text of any code units, with those that terminals obey among them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\x1b[2J',
        '\x9b31m',
        '\u202e',
        '\u2066',
        '\x07',
        '\r\n',
        '\ud800',
        '\udc00',
        '\u200b',
        '漢',
        'e\u0301',
        '👩‍👩‍👧',
      ),
    ),
  )
  .map((parts) => parts.join(''))
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('what is printed', () => {
  it('has nothing that a terminal obeys, and is no longer than it may be', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, most) => {
        expect(printable(text)).not.toMatch(UNPRINTABLE)
        const short = printable(text, most)
        expect(short).not.toMatch(UNPRINTABLE)
        expect(short.endsWith('…') || text.length <= most || text.includes('…')).toBe(true)
      }),
    )
    expect(printable('a\x1b[31mb\n\u202e\ud800😀')).toBe('a\\x1b[31mb\\n\\u202e\\ud800😀')
    expect(printable('123456', 3)).toBe('123…')
  })

  it('says the same as JSON, and nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        const given = { [key]: value, list: [value] }
        for (const indent of [undefined, 2]) {
          const text = jsonText(given, indent)
          expect(text.replaceAll('\n', '')).not.toMatch(UNPRINTABLE)
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(given)))
        }
      }),
    )
  })

  it('fits into its columns', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (text, columns) => {
        expect(widthOf(clipped(printable(text), columns))).toBeLessThanOrEqual(columns)
      }),
    )
    expect([widthOf('abc'), widthOf('漢字'), widthOf('e\u0301')]).toEqual([3, 4, 1])
    expect(clipped('漢字漢字', 5)).toBe('漢字…')
  })

  it('wraps at spaces, and loses no word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        (words, columns) => {
          const lines = wrappedText(words.join(' '), columns)
          expect(lines.join(' ').split(' ')).toEqual(words)
          for (const line of lines) expect(line.length <= columns || !line.includes(' ')).toBe(true)
        },
      ),
    )
  })
})

describe('a table', () => {
  const plain = (text: string): string => text

  it('is no wider than the terminal: columns that can be spared go, then texts are cut', () => {
    const columns = [
      { title: 'name', spare: 0 },
      { title: 'rate', spare: 2, right: true },
      { title: 'state', spare: 1 },
    ]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hostile, hostile, hostile), { maxLength: 5 }),
        fc.integer({ min: 1, max: 80 }),
        (rows, width) => {
          const cells = rows.map((row) => row.map((text) => printable(text, 50)))
          for (const line of tableLines(columns, cells, width, plain)) expect(widthOf(line)).toBeLessThanOrEqual(width)
        },
      ),
    )
    const rows = [['first', '12', 'ok']]
    expect(tableLines(columns, rows, 80, plain)).toEqual(['name   rate  state', 'first    12  ok'])
    expect(tableLines(columns, rows, 12, plain)).toEqual(['name   state', 'first  ok'])
    expect(tableLines(columns, rows, 6, plain)).toEqual(['name', 'first'])
    expect(tableLines(columns, rows, 3, plain)).toEqual(['na…', 'fi…'])
  })
})

describe('colours', () => {
  const red = (isTTY: boolean, env: NodeJS.ProcessEnv): string => coloursFor({ isTTY }, env).red('x')
  const painted = '\x1b[31mx\x1b[39m'

  it('are for terminals, unless somebody says otherwise', () => {
    expect(red(true, { TERM: 'xterm' })).toBe(painted)
    expect(red(true, {})).toBe(painted)
    expect(red(false, { TERM: 'xterm' })).toBe('x')
    expect(red(true, { TERM: 'dumb' })).toBe('x')
    expect(red(true, { NO_COLOR: '1' })).toBe('x')
    expect(red(true, { NO_COLOR: '' })).toBe(painted)
    expect(red(false, { FORCE_COLOR: '1' })).toBe(painted)
    expect(red(true, { FORCE_COLOR: '0' })).toBe('x')
    expect(red(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe('x')
  })
})
