import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { type Duration, milliseconds } from '../src/duration.ts'
import { shown, TerraceError } from '../src/errors.ts'
import { createCache, memory } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'
import { redis } from '../src/levels/redis.ts'
import { MemoryCache } from '../src/memory/index.ts'
import { integer, nearest, oneOf, readOptions } from '../src/options.ts'
import { simulate } from '../src/simulate/index.ts'
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

  class Settings {
    readonly maxEntries = 3
  }
  class Getters {
    get maxEntries() {
      return 3
    }
  }
  it.each([
    ['a Map', new Map([['maxEntries', 3]]), 'got [Map] (object)'],
    ['a Set', new Set(['maxEntries']), 'got [Set] (object)'],
    ['a date', new Date(0), 'got [Date] (object)'],
    ['what a class gives by getters', new Getters(), 'got [Object] (object)'],
    ['fields of a class', new Settings(), 'got [Object] (object): write { ...options }'],
    ['what is inherited', Object.create({ maxEntries: 3 }), 'got [Object] (object)'],
    ['a Map of another realm', runInNewContext('new Map([["maxEntries", 3]])'), 'got [Map] (object)'],
  ])('does not pass over %s', (_, given, got) => {
    const message = `cache: expected a plain object of options, and of no class, ${got}`
    expect(codeOf(() => readOptions('cache', schema, given))).toEqual({ code: 'ERR_OPTION_INVALID', message })
  })

  it('takes plain objects of another realm, without a prototype, and behind a proxy', () => {
    const bare = Object.assign(Object.create(null), { maxEntries: 3 })
    for (const given of [runInNewContext('({ maxEntries: 3 })'), bare, new Proxy({ maxEntries: 3 }, {})]) {
      expect(readOptions('cache', schema, given)).toEqual({ maxEntries: 3 })
    }
  })

  it('refuses them wherever options are taken', async () => {
    const map = new Map([['ttl', '1s']]) as never
    const cache = createCache<number>({ levels: [memory()] })
    const source = { read: () => 1, write: () => undefined }
    const refused = [
      () => new MemoryCache(map),
      () => memory(map),
      () => createCache(map),
      () => cache.namespace('n', map),
      () => cache.through(source, map),
      () => cache.wrap(() => 1, map),
      () => cache.set('k', 1, map),
      () => cache.getOrFetch('k', () => 1, map),
      () => cache.invalidateTags(['t'], map),
      () => cache.restore('none', map),
      () => redis('redis://localhost:6379', map),
      () => disk(map),
      () => simulate(map),
    ]
    for (const call of refused) {
      // Some throw, some reject.
      const outcome = await (async () => call())().catch((error: unknown) => error)
      expect([String(call), outcome]).toMatchObject([
        String(call),
        { code: 'ERR_OPTION_INVALID', message: expect.stringContaining('expected a plain object of options') },
      ])
    }
    await cache.close()
  })

  it('knows one where several are taken, and the other way round', async () => {
    const none = () => new MemoryCache({ policies: ['lru'] } as never)
    expect(codeOf(none).message).toMatch(/no option 'policies'\. Did you mean 'policy'\?$/)
    await expect(simulate({ traces: ['none'], policy: 'lru' } as never)).rejects.toThrow(
      "simulate: there is no option 'policy'. Did you mean 'policies'?",
    )
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

describe('durations that the type lets through', () => {
  const given: Duration[] = ['-5s', '10 m', '1e3ms', '0x10s', '0b11s', '-0s', '.5s', '5218w', -1, Number.NaN]
  it.each(given.map((each) => [each]))('refuses %j', (each) => {
    expect(codeOf(() => milliseconds(each, 'ttl'))).toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('ttl: expected a duration'),
    })
  })
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
