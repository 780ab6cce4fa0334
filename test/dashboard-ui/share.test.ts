import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand, quoted } from '../../dashboard-ui/src/engine/command.ts'
import { DEFAULT_SCRIPT, DEFAULT_SETUP } from '../../dashboard-ui/src/engine/setup.ts'
import { readLink, readScript, writeLink } from '../../dashboard-ui/src/engine/share.ts'

/** Text of any UTF-16 units, lone surrogates and control characters among them. */
const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength, maxLength }).map((units) => String.fromCharCode(...units))

describe('commands', () => {
  it('reads a line', () => {
    const keep = { ttl: undefined, tags: [] }
    expect(parseCommand('get user:1')).toEqual({ verb: 'get', key: 'user:1', callers: 1, keep })
    expect(parseCommand('user:1')).toEqual({ verb: 'get', key: 'user:1', callers: 1, keep })
    expect(parseCommand('get "a b" x3 ttl 2s tags x,y')).toEqual({
      verb: 'get',
      key: 'a b',
      callers: 3,
      keep: { ttl: 2000, tags: ['x', 'y'] },
    })
    expect(parseCommand('set k a value of words ttl 1m')).toEqual({
      verb: 'set',
      key: 'k',
      value: 'a value of words',
      keep: { ttl: 60_000, tags: [] },
    })
    expect(parseCommand('wait 1.5s')).toEqual({ verb: 'wait', ms: 1500 })
    expect(parseCommand('  ')).toBeUndefined()
    expect(parseCommand('// a remark')).toBeUndefined()
  })

  it.each([
    ['fetch user:1', /none of/],
    ['get a b', /one key/],
    ['get a x0', /callers/],
    ['get a x1000', /1 to 100 callers/],
    ['put', /put what/],
    ['put a', /to what/],
    ['wait long', /no duration/],
    ['source maybe', /fails, or/],
    ['get "a', /not closed/],
    ['get "\\x"', /cannot be read/],
    [`get ${'a'.repeat(201)}`, /1 to 200/],
  ])('says what is wrong with “%s”', (line, words) => {
    expect(() => parseCommand(line)).toThrow(words)
  })

  it('reads back every name it has quoted', () => {
    fc.assert(
      fc.property(anyText(1, 50), (name) => {
        expect(parseCommand(`delete ${quoted(name)}`)).toEqual({ verb: 'delete', key: name })
      }),
    )
  })

  it('never does anything but read or refuse in words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (line) => {
        try {
          parseCommand(line)
        } catch (error) {
          expect((error as Error).constructor.name).toBe('CommandError')
        }
      }),
    )
  })
})

describe('a link', () => {
  const shared = { setup: DEFAULT_SETUP, script: DEFAULT_SCRIPT, at: 3 }
  const link = writeLink(shared)!

  it('carries a run there and back', () => {
    expect(readLink(link)).toEqual(shared)
    const odd = {
      setup: {
        ...DEFAULT_SETUP,
        levels: [{ capacity: 7, policy: 's3Fifo' as const, ttl: 5000 }],
        rows: [['<b>&"#?=\u{1f600}', 'x']] as const,
      },
      script: ['get "<img src=x onerror=alert(1)>"'],
      at: 1,
    }
    expect(readLink(writeLink(odd)!)).toEqual(odd)
  })

  it('is not made longer than a link may be', () => {
    expect(
      writeLink({ ...shared, script: Array.from({ length: 500 }, (_, n) => `get ${'k'.repeat(40)}${n}`) }),
    ).toBeUndefined()
  })

  it('that says nothing of a run is not one', () => {
    expect(readLink('')).toBeUndefined()
    expect(readLink('playground')).toBeUndefined()
  })

  it.each([
    ['levels', '2.lru-3.lru', '2.constructor'],
    ['levels', '2.lru-3.lru', '99999.lru'],
    ['levels', '2.lru-3.lru', '0.lru'],
    ['levels', '2.lru-3.lru', Array(5).fill('2.lru').join('-')],
    ['latency', '40', '1e9'],
    ['seed', '1', '-1'],
    ['rows', DEFAULT_SETUP.rows, [['a']]],
    ['rows', DEFAULT_SETUP.rows, [['a', { toString: 1 }]]],
    ['rows', DEFAULT_SETUP.rows, { __proto__: 1 }],
    ['script', DEFAULT_SCRIPT, 'wait forever'],
  ])('with damaged %s is refused in words', (name, _was, now) => {
    const query = new URLSearchParams(link.slice(link.indexOf('?') + 1))
    query.set(name, typeof now === 'string' ? now : JSON.stringify(now))
    expect(readLink(`playground?${query}`)).toMatch(/^This link is damaged: /)
  })

  it('that is too long is refused before it is looked into', () => {
    expect(readLink(`playground?script=${'a'.repeat(16_000)}`)).toMatch(/longer than/)
  })

  it('is read or refused, whatever it says', () => {
    fc.assert(
      fc.property(anyText(0, 200), (text) => {
        const read = readLink(`playground?${text}`)
        expect(typeof read === 'string' || typeof read === 'object').toBe(true)
      }),
    )
  })

  it('names the line of a script that cannot be read', () => {
    expect(() => readScript('get a\nfetch b')).toThrow('line 2')
  })
})
