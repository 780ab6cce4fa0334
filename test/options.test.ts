import { describe, expect, it } from 'vitest'
import { milliseconds } from '../src/duration.ts'
import { shown, TerraceError } from '../src/errors.ts'
import { createCache, memory } from '../src/index.ts'
import { integer, nearest, oneOf, readOptions } from '../src/options.ts'
import { FakeWorld } from '../src/testing/fake-world.ts'
import { checkWorld } from '../src/world/check-world.ts'
import { systemWorld } from '../src/world/system-world.ts'

function codeOf(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof TerraceError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'none', message: '' }
}

describe('options', () => {
  const schema = { maxEntries: integer(1, 10), policy: oneOf(['lru', 'sieve'] as const) }

  it('returns what was given, checked, and leaves out what was not', () => {
    expect(readOptions('cache', schema, { maxEntries: 3, policy: undefined })).toEqual({ maxEntries: 3 })
    expect(readOptions('cache', schema, undefined)).toEqual({})
  })

  it('suggests the nearest name for one it does not know', () => {
    expect(codeOf(() => readOptions('cache', schema, { maxEntires: 3 }))).toEqual({
      code: 'ERR_OPTION_UNKNOWN',
      message: "cache: there is no option 'maxEntires'. Did you mean 'maxEntries'?",
    })
    expect(codeOf(() => readOptions('cache', schema, { colour: 3 })).message).toBe(
      "cache: there is no option 'colour'. It takes maxEntries, policy.",
    )
  })

  it('knows what other caches call an option, where there is one like it', () => {
    expect(codeOf(() => readOptions('cache', schema, { max: 3 })).message).toMatch(/Did you mean 'maxEntries'\?$/)
    expect(codeOf(() => readOptions('cache', schema, { grace: 3 })).message).toMatch(/It takes maxEntries, policy\.$/)
    const swr = () => createCache({ staleWhileRevalidate: '1h' } as never)
    expect(codeOf(swr).message).toMatch(/Did you mean 'staleFor'\?$/)
    const lru = () => memory({ maxSize: 1000 } as never)(undefined as never)
    expect(codeOf(lru).message).toMatch(/Did you mean 'maxBytes'\?$/)
  })

  it('says what it expected and what it got', () => {
    expect(codeOf(() => readOptions('cache', schema, { maxEntries: '3' }))).toEqual({
      code: 'ERR_OPTION_INVALID',
      message: "cache: maxEntries: expected a whole number from 1 to 10, got '3' (string): write 3",
    })
    expect(codeOf(() => readOptions('cache', schema, { policy: 'seive' })).message).toContain("Did you mean 'sieve'?")
  })

  it.each([[null], [[]], ['x'], [5]])('takes only an object: %j', (given) => {
    expect(codeOf(() => readOptions('cache', schema, given)).code).toBe('ERR_OPTION_INVALID')
  })

  it('does not take inherited names for options, nor reads __proto__ as one', () => {
    expect(codeOf(() => readOptions('cache', schema, { constructor: 1 })).code).toBe('ERR_OPTION_UNKNOWN')
    expect(codeOf(() => readOptions('cache', schema, JSON.parse('{"__proto__": {}}'))).code).toBe('ERR_OPTION_UNKNOWN')
  })

  it('counts swapped neighbours as one edit, and finds nothing for what is far', () => {
    expect(nearest('seive', ['lru', 'sieve'])).toBe('sieve')
    expect(nearest('lur', ['lru', 'sieve'])).toBe('lru')
    expect(nearest('banana', ['lru', 'sieve'])).toBeUndefined()
  })
})

describe('durations', () => {
  it.each([
    [0, 0],
    [250, 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('reads %s', (given, expected) => {
    expect(milliseconds(given, 'ttl')).toBe(expected)
  })

  it.each([[-1], [Number.NaN], ['10 m'], ['10'], ['m'], [''], ['1e9s'], [null], [{}], ['101000d']])(
    'refuses %j',
    (given) => {
      expect(codeOf(() => milliseconds(given, 'ttl')).code).toBe('ERR_OPTION_INVALID')
    },
  )
})

describe('durations as others write them', () => {
  it.each([
    ['10 minutes', '10m'],
    ['10 m', '10m'],
    ['1 Hour', '1h'],
    ['2hrs', '2h'],
    ['1.5 days', '1.5d'],
    ['30sec', '30s'],
    ['100 millis', '100ms'],
    ['5 milliseconds', '5ms'],
    ['20msec', '20ms'],
    ['2 weeks', '2w'],
  ])('%s', (given, meant) => {
    expect(codeOf(() => milliseconds(given, 'ttl')).message).toMatch(
      new RegExp(`got '${given}' \\(string\\): write '${meant}'$`),
    )
    expect(milliseconds(meant, 'ttl')).toBeGreaterThan(0)
  })

  it.each([['5218w'], ['36526d'], ['36526 days'], ['900000000000000ms'], [2 ** 52], [1e300]])(
    'more than 100 years is told the limit: %j',
    (given) => {
      const { message } = codeOf(() => milliseconds(given, 'ttl'))
      expect(message).toMatch(/: the longest is '36525d', write Infinity for no end$/)
      expect(milliseconds('36525d', 'ttl')).toBeGreaterThan(0)
    },
  )

  it.each([['1x'], ['10'], ['3 months'], ['1 year'], ['-5s'], ['']])('nothing is made of %j', (given) => {
    expect(codeOf(() => milliseconds(given, 'ttl')).message).toMatch(/, got '.*' \(string\)$/)
  })
})

describe('numbers in quotes', () => {
  it.each([
    ['100', "got '100' (string): write 100"],
    [' 7 ', "got ' 7 ' (string): write 7"],
    ['0', "got '0' (string)"],
    ['', "got '' (string)"],
    ['many', "got 'many' (string)"],
    [['5'], 'got an array of 1'],
  ])('%j', (given, end) => {
    const { message } = codeOf(() => integer(1, 100)(given, 'size'))
    expect(message).toBe(`size: expected a whole number from 1 to 100, ${end}`)
  })
})

describe('shown', () => {
  it('names value and type, and stays short', () => {
    expect(shown('x'.repeat(1000)).length).toBeLessThan(80)
    expect(shown(null)).toBe('null')
    expect([shown([]), shown([1, 2])]).toEqual(['an empty array', 'an array of 2'])
    expect(shown(10n)).toBe('10 (bigint)')
    expect(shown(Object.create(null))).toBe('[Object] (object)')
    expect(shown(Symbol('s'))).toBe('Symbol(s) (symbol)')
  })
})

describe('worlds', () => {
  it('are taken when they have every verb, and told what they lack otherwise', () => {
    const fake = new FakeWorld()
    expect(checkWorld(fake, 'world')).toBe(fake)
    expect(checkWorld(systemWorld, 'world')).toBe(systemWorld)
    expect(codeOf(() => checkWorld({ tick: () => 0 }, 'createCache: world'))).toEqual({
      code: 'ERR_OPTION_INVALID',
      message: "createCache: world: expected a World (it has no method 'wall'), got [Object] (object)",
    })
    expect(codeOf(() => checkWorld(null, 'world')).code).toBe('ERR_OPTION_INVALID')
  })
})
