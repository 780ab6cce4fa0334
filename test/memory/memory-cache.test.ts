import { describe, expect, it } from 'vitest'
import { TerraceError } from '../../src/errors.ts'
import { MemoryCache, type SetOptions } from '../../src/memory/memory-cache.ts'
import type { MemoryCacheOptions } from '../../src/memory/settings.ts'
import { type PolicyName, policies } from '../../src/policies/index.ts'
import type { PolicyContext, Slot } from '../../src/policies/policy.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const NAMES = Object.keys(policies) as PolicyName[]

/** Every kind of key that a Map takes, and strings that are dangerous in objects. */
const KEYS: readonly unknown[] = [
  '',
  '0',
  '1',
  '01',
  '-1',
  '4294967295',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'length',
  '\ud800',
  '\udfff\ud800',
  'é',
  'e\u0301',
  'a'.repeat(24),
  'a'.repeat(25),
  'long'.repeat(250_000),
  `${'long'.repeat(250_000)}!`,
  ' no key of the index is this long ',
  0,
  1,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  0n,
  1n,
  2n ** 200n,
  true,
  false,
  null,
  undefined,
  Symbol('a'),
  Symbol('a'),
  Symbol.for('a'),
  Symbol.iterator,
  {},
  {},
  [],
  Object.freeze([]),
  Object.create(null),
  new Date(0),
  () => 1,
  class {},
]

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act()
  } catch (error) {
    if (error instanceof TerraceError) return { code: error.code, message: error.message }
    throw error
  }
  return expect.fail('nothing was thrown')
}

/** Options as a caller without types may give them. */
function made(options: unknown): MemoryCache {
  return new MemoryCache(options as MemoryCacheOptions<string, unknown>)
}

describe.each(NAMES)('MemoryCache under %s', (policy) => {
  it('tells keys apart as a Map does', () => {
    const cache = new MemoryCache<unknown, number>({ maxEntries: 1000, policy })
    for (const [n, key] of KEYS.entries()) {
      expect(cache.has(key)).toBe(false)
      expect(cache.get(key)).toBe(undefined)
      cache.set(key, n)
      cache.check()
    }
    for (const [n, key] of KEYS.entries()) expect(cache.get(key)).toBe(n)
    for (const [n, key] of KEYS.entries()) cache.set(key, -n)
    expect(cache.size).toBe(KEYS.length)
    expect(new Map(cache)).toEqual(new Map(KEYS.map((key, n) => [key, -n])))
    expect(cache.get(-0)).toBe(cache.get(0))
    for (const key of KEYS) expect(cache.delete(key)).toBe(true)
    expect(cache.size).toBe(0)
    cache.set(-0, 1)
    expect(Object.is([...cache.keys()][0], 0)).toBe(true)
    cache.check()
  })

  it('keeps any value, and none is mistaken for absence', () => {
    const cache = new MemoryCache<number, unknown>({ policy, maxBytes: 1_000_000 })
    const values = [undefined, null, Number.NaN, 0, '', false, () => 1, Symbol('v'), 1n, cache, new Proxy({}, {})]
    for (const [n, value] of values.entries()) expect(cache.set(n, value)).toBe(true)
    for (const [n, value] of values.entries()) {
      expect(cache.get(n)).toBe(value)
      expect(cache.peek(n)).toBe(value)
      expect(cache.has(n)).toBe(true)
      expect(cache.ttl(n)).toBe(Number.POSITIVE_INFINITY)
    }
    expect(cache.stats()).toMatchObject({ hits: values.length, misses: 0, hitRatio: 1, entries: values.length })
  })

  it('iterates while it changes, and comes to an end', () => {
    const cache = new MemoryCache<number, number>({ policy, maxEntries: 50 })
    for (let n = 0; n < 50; n++) cache.set(n, n)
    let visited = 0
    for (const [key, value] of cache) {
      expect(value % 1000).toBe(key % 1000)
      cache.set(key + 1000 * ++visited, key + 1000 * visited)
      cache.delete(key)
      cache.check()
      expect(visited).toBeLessThanOrEqual(100)
    }
    for (const key of cache.keys()) cache.delete(key)
    expect(cache.size).toBe(0)
    for (let n = 0; n < 10; n++) cache.set(n, n)
    for (const _ of cache.values()) cache.clear()
    expect([...cache]).toEqual([])
    cache.set(1, 1)
    cache.forEach((value, key) => {
      cache.resize({ maxEntries: 20 + value + key })
    })
    cache.check()
  })

  it('gives a cache of one entry its due', () => {
    const cache = new MemoryCache<string, number>({ policy, maxEntries: 1 })
    for (const key of ['a', 'b', 'c', 'b']) {
      cache.set(key, 1)
      expect([...cache.keys()]).toEqual([key])
      cache.check()
    }
    expect(cache.stats()).toMatchObject({ evictions: 3, entries: 1 })
  })

  it('refuses what is too heavy, and the older value of that key is gone', () => {
    const cache = new MemoryCache<string, number>({
      policy,
      maxBytes: 100,
      maxEntryBytes: 60,
      sizeOf: (weight) => weight,
    })
    expect(cache.set('a', 50)).toBe(true)
    expect(cache.set('b', 60)).toBe(true)
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 60, evictions: 1 })
    expect(cache.set('b', 61)).toBe(false)
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, refused: 1 })
    expect(cache.set('c', 101)).toBe(false)
    expect(cache.stats()).toMatchObject({ refused: 2, sets: 4, evictions: 1 })
    // Weightless entries take none of the bytes.
    for (const key of ['d', 'e', 'f']) expect(cache.set(key, 0)).toBe(true)
    expect(cache.set('g', 0.5)).toBe(true)
    expect([cache.size, cache.bytes]).toEqual([4, 1])
    cache.check()
  })
})

describe('MemoryCache', () => {
  it('is bounded when nothing is asked for: 10,000 entries', () => {
    const cache = new MemoryCache<number, number>()
    for (let n = 0; n < 25_000; n++) cache.set(n, n)
    expect(cache.stats()).toMatchObject({ entries: 10_000, evictions: 15_000, maxEntries: 10_000, bytes: 0 })
  })

  it('bounded by bytes alone weighs keys and values by itself, and bounds the entries too', () => {
    const cache = new MemoryCache<string, string>({ maxBytes: 1_000_000 })
    expect(cache.stats()).toMatchObject({ maxBytes: 1_000_000, maxEntries: 1_000_000 })
    expect(made({ maxBytes: 2 ** 40 }).stats().maxEntries).toBe(1_048_576)
    for (let n = 0; n < 300; n++) cache.set(`key ${n}`, `${n}`.padEnd(10_000))
    expect(cache.size).toBeGreaterThan(90)
    expect(cache.size).toBeLessThan(101)
    expect(cache.set('k'.repeat(2_000_000), '')).toBe(false)
    cache.check()
  })

  it('weighs a value once, when it is set, and keeps the books exact when weights change', () => {
    let calls = 0
    const values = new Map<string, { weight: number }>()
    const cache = new MemoryCache<string, { weight: number }>({
      maxBytes: 1000,
      policy: 'lru',
      sizeOf: ({ weight }) => {
        calls++
        return weight
      },
    })
    for (const key of ['a', 'b', 'c']) {
      const value = { weight: 100 }
      values.set(key, value)
      cache.set(key, value)
    }
    // The cache does not see this, and must not: it subtracts what it added.
    for (const value of values.values()) value.weight = 900
    cache.get('a')
    cache.delete('a')
    expect([cache.bytes, calls]).toEqual([200, 3])
    cache.set('b', { weight: 850 })
    expect(cache.bytes).toBe(950)
    cache.set('b', { weight: 950 })
    expect([...cache.keys()]).toEqual(['b'])
    expect(cache.bytes).toBe(950)
    cache.check()
  })

  it('says so when a heavier value had to make room for itself', () => {
    const cache = new MemoryCache<string, number>({ maxBytes: 10, sizeOf: (weight) => weight, policy: 'fifo' })
    cache.set('a', 2)
    cache.set('b', 5)
    expect(cache.set('a', 8)).toBe(false)
    expect(cache.has('a')).toBe(false)
    expect(cache.stats()).toMatchObject({ entries: 1, bytes: 5, evictions: 1, refused: 0 })
  })

  it.each(NAMES)('tells of keys as they were given, whatever its size and however it is resized (%s)', (policy) => {
    const keyOf = (n: number): string => ['', 'é', 'a'.repeat(9), 'a key of more than twelve characters'][n % 4]! + n
    const left: [string, number][] = []
    const cache = new MemoryCache<string, number>({
      maxEntries: 100,
      policy,
      onRemoval: (key, value) => left.push([key, value]),
    })
    for (const maxEntries of [100, 3000, 4000, 140_000]) {
      cache.resize({ maxEntries })
      for (let n = 0; n < 5000; n++) cache.set(keyOf(n), n)
      cache.check()
    }
    for (let n = 0; n < 5000; n++) expect(cache.get(keyOf(n))).toBe(n)
    expect([...cache.keys()].toSorted()).toEqual(Array.from({ length: 5000 }, (_, n) => keyOf(n)).toSorted())
    for (const [key, value] of [...cache, ...left]) if (key !== keyOf(value)) expect(key).toBe(keyOf(value))
    expect(left.length).toBeGreaterThan(10_000)
  })

  it('lets larger entries in after it was resized, and smaller bounds at once hold', () => {
    const cache = new MemoryCache<string, number>({ maxBytes: 10, sizeOf: (weight) => weight, policy: 'lru' })
    expect(cache.set('a', 20)).toBe(false)
    cache.resize({ maxBytes: 100 })
    expect(cache.set('a', 20)).toBe(true)
    expect(cache.set('b', 30)).toBe(true)
    cache.resize({ maxBytes: 49 })
    expect([...cache.keys()]).toEqual(['b'])
    cache.resize({ maxEntries: 1 })
    cache.set('c', 1)
    expect([...cache.keys()]).toEqual(['c'])
    expect(cache.stats()).toMatchObject({ maxEntries: 1, maxBytes: 49 })
  })

  it('holds as many entries after its bytes were resized as one made with so many', () => {
    const sized = { sizeOf: () => 10, policy: 'lru' } as const
    const resized = new MemoryCache<number, number>({ maxBytes: 1000, ...sized })
    for (const maxBytes of [1_000_000, 500, 20_000_000, 1000]) {
      resized.resize({ maxBytes })
      const made = new MemoryCache<number, number>({ maxBytes, ...sized })
      for (let key = 0; key < 5000; key++) for (const cache of [resized, made]) cache.set(key, key)
      const { entries, bytes, maxEntries } = made.stats()
      expect(resized.stats()).toMatchObject({ entries, bytes, maxEntries, maxBytes })
      resized.check()
    }
  })

  it('keeps the bound of entries that it was told, when it was made or later', () => {
    const made = new MemoryCache({ maxBytes: 1000, maxEntries: 7, sizeOf: () => 1 })
    made.resize({ maxBytes: 5000 })
    expect(made.stats()).toMatchObject({ maxEntries: 7, maxBytes: 5000 })
    const told = new MemoryCache({ maxBytes: 1000, sizeOf: () => 1 })
    told.resize({ maxEntries: 7, maxBytes: 2000 })
    told.resize({ maxBytes: 5000 })
    expect(told.stats()).toMatchObject({ maxEntries: 7, maxBytes: 5000 })
    const implied = new MemoryCache({ maxBytes: 1000 })
    implied.resize({})
    expect(implied.stats()).toMatchObject({ maxEntries: 1000, maxBytes: 1000 })
  })

  it('grows from one entry to many and back', () => {
    const cache = new MemoryCache<string, number>({ maxEntries: 1, ttl: '1h', world: new FakeWorld() })
    for (const maxEntries of [3, 1000, 10, 5000, 1]) {
      cache.resize({ maxEntries })
      for (let n = 0; n < maxEntries; n++) cache.set(`k${n}`, n)
      expect(cache.size).toBe(maxEntries)
      cache.check()
    }
  })

  it('counts reads by get alone', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ world, policy: 'lru' })
    expect(cache.stats().hitRatio).toBe(0)
    cache.set('a', 1)
    cache.set('b', 2)
    cache.has('a')
    cache.peek('a')
    cache.peek('z')
    cache.ttl('a')
    void [...cache]
    expect([...cache.order()]).toEqual(['a', 'b'])
    cache.get('a')
    cache.get('a')
    cache.get('z')
    world.advance(1500)
    expect(cache.stats()).toEqual({
      hits: 2,
      misses: 1,
      hitRatio: 2 / 3,
      sets: 2,
      deletes: 0,
      evictions: 0,
      expired: 0,
      refused: 0,
      entries: 2,
      bytes: 0,
      maxEntries: 10_000,
      maxBytes: Number.POSITIVE_INFINITY,
      uptime: 1500,
    })
    expect([...cache.order()]).toEqual(['b', 'a'])
    cache.clear()
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1, entries: 0 })
  })

  it('closed, holds nothing, finds nothing, and keeps nothing', () => {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, number>({ world, ttl: 1000, maxBytes: 1000 })
    cache.set('a', 1)
    {
      using scoped = cache
      expect(scoped.size).toBe(1)
    }
    cache.close()
    expect([cache.get('a'), cache.peek('a'), cache.has('a'), cache.delete('a'), cache.expire('a', 5)]).toEqual([
      undefined,
      undefined,
      false,
      false,
      false,
    ])
    expect([cache.size, cache.bytes, [...cache], world.timers]).toEqual([0, 0, [], 0])
    expect(refusal(() => cache.set('a', 1))).toMatchObject({ code: 'ERR_CLOSED' })
    cache.clear()
    cache.resize({ maxEntries: 5 })
    cache.check()
    const selfClosing = new MemoryCache<string, number>({
      maxBytes: 10,
      sizeOf: () => {
        selfClosing.close()
        return 1
      },
    })
    expect(refusal(() => selfClosing.set('a', 1))).toMatchObject({ code: 'ERR_CLOSED' })
    expect(selfClosing.size).toBe(0)
  })

  it("takes a policy of one's own, with what it needs to decide", () => {
    const deadlines: number[] = []
    const cache = new MemoryCache<string, number>({
      maxEntries: 2,
      world: new FakeWorld(),
      policy: (context) => {
        const inner = policies.fifo(context)
        return {
          hashes: true,
          added: (slot, hash, weight) => {
            expect([context.hashOf(slot), weight]).toEqual([hash, 1])
            deadlines.push(context.deadline(slot))
            inner.added(slot, hash, weight)
          },
          touched: (slot) => inner.touched(slot),
          updated: (slot, weight) => inner.updated(slot, weight),
          removed: (slot) => inner.removed(slot),
          evict: () => inner.evict(),
          clear: () => inner.clear(),
          resize: (capacity, slots) => inner.resize(capacity, slots),
          order: () => inner.order(),
          check: () => inner.check(),
        }
      },
    })
    for (const key of ['a', 'b', 'a key of more than twenty-four characters']) cache.set(key, 1)
    cache.set('d', 1, { ttl: 5 })
    expect(deadlines).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 5])
    expect([...cache.order()]).toEqual(['a key of more than twenty-four characters', 'd'])
  })

  it.each([
    ['added', () => ({}), 'got [Object] (object)'],
    ['added', () => undefined, 'got undefined'],
    ['added', async (context: PolicyContext) => policies.lru(context), 'got [Promise] (object)'],
    ['evict', (context: PolicyContext) => policyWith(context, { evict: undefined }), 'got [Object] (object)'],
    ['check', (context: PolicyContext) => policyWith(context, { check: 1 }), 'got [Object] (object)'],
  ])("refuses at once a policy of one's own without the method %s", (verb, policy, got) => {
    const { code, message } = refusal(() => made({ policy }))
    expect(code).toBe('ERR_OPTION_INVALID')
    expect(message).toBe(
      `MemoryCache: policy: expected a factory of a Policy (what this one makes has no method '${verb}'), ${got}`,
    )
  })

  it("says what to write for the class of a policy of one's own", () => {
    class Mine {}
    const { code, message } = refusal(() => made({ policy: Mine as never }))
    expect(code).toBe('ERR_OPTION_INVALID')
    expect(message).toBe(
      'MemoryCache: policy: expected a factory of a Policy, got Mine (function): write (context) => new Mine(context)',
    )
  })

  it.each([0, 3, -1, 1.5, Number.NaN, undefined, '1'])(
    "says so when a policy of one's own has %o leave, which is not resident",
    (slot) => {
      const told: string[] = []
      const cache = made({
        maxEntries: 2,
        policy: (context: PolicyContext) => policyWith(context, { evict: () => slot }),
        onRemoval: (key: string) => told.push(key),
      })
      cache.set('a', 1)
      cache.set('b', 1)
      const { code, message } = refusal(() => cache.set('c', 1))
      expect(code).toBe('ERR_OPTION_INVALID')
      expect(message).toContain('policy: evict: expected to return a resident slot, got ')
      expect(cache.stats()).toMatchObject({ entries: 2, evictions: 0 })
      expect(told).toEqual([])
      cache.check()
    },
  )
})

/** An LRU with other verbs, which may be wrong. */
function policyWith(context: PolicyContext, others: Record<string, unknown>): unknown {
  const inner = policies.lru(context)
  return {
    hashes: inner.hashes,
    added: (slot: Slot, hash: number, weight: number) => inner.added(slot, hash, weight),
    touched: (slot: Slot) => inner.touched(slot),
    updated: (slot: Slot, weight: number) => inner.updated(slot, weight),
    removed: (slot: Slot) => inner.removed(slot),
    evict: () => inner.evict(),
    clear: () => inner.clear(),
    resize: (capacity: number, slots: number) => inner.resize(capacity, slots),
    order: () => inner.order(),
    check: () => inner.check(),
    ...others,
  }
}

describe('Wrong options of MemoryCache', () => {
  it.each([
    [{ maxEntires: 5 }, "there is no option 'maxEntires'. Did you mean 'maxEntries'?"],
    [{ onRemove: () => {} }, "Did you mean 'onRemoval'?"],
    [{ zzz: 1 }, 'It takes maxEntries, maxBytes,'],
  ])('of an unknown name: %o', (options, text) => {
    const { code, message } = refusal(() => made(options))
    expect(code).toBe('ERR_OPTION_UNKNOWN')
    expect(message).toContain(text)
  })

  it.each([
    [{ maxEntries: 0 }, 'maxEntries: expected a whole number from 1 to 16777215, got 0 (number)'],
    [{ maxEntries: 1.5 }, 'got 1.5 (number)'],
    [{ maxEntries: Number.NaN }, 'got NaN (number)'],
    [{ maxEntries: '10' }, "got '10' (string)"],
    [{ maxEntries: 2 ** 24 }, 'got 16777216 (number)'],
    [{ maxEntries: Number.POSITIVE_INFINITY }, 'got Infinity (number)'],
    [{ maxEntries: null }, 'got null'],
    [{ maxBytes: 0 }, 'maxBytes: expected a whole number from 1'],
    [{ maxBytes: -1 }, 'got -1 (number)'],
    [{ maxBytes: '1mb' }, "got '1mb' (string)"],
    [{ maxEntryBytes: 0 }, 'maxEntryBytes: expected'],
    [{ sizeOf: 5 }, 'sizeOf: expected a function, got 5 (number)'],
    [{ ttl: -1 }, 'ttl: expected a duration'],
    [{ ttl: '10 m' }, "got '10 m' (string)"],
    [{ ttl: '10y' }, "got '10y' (string)"],
    [{ ttl: Number.NaN }, 'got NaN (number)'],
    [{ ttl: 2 ** 52 }, '100 years'],
    [{ ttlJitter: 1.1 }, 'ttlJitter: expected a number from 0 to 1, got 1.1 (number)'],
    [{ ttlJitter: -0.1 }, 'ttlJitter'],
    [{ idle: 0 }, 'idle: expected a duration above 0, got 0 (number)'],
    [{ policy: 'lru2' }, "did you mean 'lru'?"],
    [{ policy: 'LRU' }, "did you mean 'lru'?"],
    [{ policy: 'toString' }, "one of 'lru', 'lfu', 'fifo', 'ttl', 'random', 'sieve', 's3Fifo', 'wTinyLfu'"],
    [{ policy: {} }, 'got [Object] (object)'],
    [{ onRemoval: 'log' }, 'onRemoval: expected a function'],
    [{ world: {} }, 'world: expected a World'],
    [5, 'expected an object of options, got 5 (number)'],
    [null, 'expected an object of options, got null'],
    [[], 'expected an object of options'],
  ])('%o', (options, text) => {
    const { code, message } = refusal(() => made(options))
    expect(code).toBe('ERR_OPTION_INVALID')
    expect(message).toMatch(/^MemoryCache: /)
    expect(message).toContain(text)
  })

  it('given as undefined count as not given', () => {
    const cache = made({
      maxEntries: undefined,
      ttl: undefined,
      policy: undefined,
      sizeOf: undefined,
      world: undefined,
    })
    expect(cache.stats().maxEntries).toBe(10_000)
  })

  it('may hold at most what fits: the greatest capacity is accepted', () => {
    expect(new MemoryCache({ maxEntries: 2 ** 24 - 1, policy: 'fifo' }).stats().maxEntries).toBe(2 ** 24 - 1)
  })
})

describe('Wrong arguments of MemoryCache', () => {
  /** A cache with one entry, and a proof that an act leaves it as it was. */
  function unchanged(act: (cache: MemoryCache<string, unknown>) => unknown, code = 'ERR_OPTION_INVALID'): string {
    const world = new FakeWorld()
    const cache = new MemoryCache<string, unknown>({
      maxBytes: 1000,
      world,
      ttl: 5000,
      sizeOf: (value) => (typeof value === 'function' ? (value as () => number)() : 10),
      onRemoval: (key) => expect.fail(`${key} left`),
    })
    cache.set('a', 'old')
    const before = cache.stats()
    const error = refusal(() => act(cache))
    expect(error.code).toBe(code)
    expect(cache.stats()).toEqual(before)
    expect([cache.peek('a'), cache.ttl('a'), [...cache.keys()]]).toEqual(['old', 5000, ['a']])
    cache.check()
    return error.message
  }

  it.each([Number.NaN, -1, Number.NEGATIVE_INFINITY, undefined, '5', null, 5n])(
    'a size of %o changes nothing',
    (size) => {
      for (const key of ['a', 'b']) {
        expect(unchanged((cache) => cache.set(key, () => size))).toContain('sizeOf: expected to return a number')
      }
    },
  )

  it('a sizeOf that throws changes nothing, and its error is thrown', () => {
    const cache = new MemoryCache<string, number>({
      maxBytes: 100,
      sizeOf: (value) => {
        if (value === 0) throw new RangeError('mine')
        return value
      },
    })
    cache.set('a', 5)
    const before = { ...cache.stats(), uptime: 0 }
    expect(() => cache.set('a', 0)).toThrow(new RangeError('mine'))
    expect(() => cache.set('b', 0)).toThrow(RangeError)
    expect({ ...cache.stats(), uptime: 0 }).toEqual(before)
    expect(cache.get('a')).toBe(5)
    cache.check()
  })

  it('an infinite size is one that is too large', () => {
    const cache = new MemoryCache<string, number>({ maxEntries: 5, sizeOf: () => Number.POSITIVE_INFINITY })
    expect(cache.set('a', 1)).toBe(false)
    expect(cache.stats()).toMatchObject({ refused: 1, bytes: 0 })
  })

  it('a misspelt option of set changes nothing', () => {
    const put = (options: unknown) => (cache: MemoryCache<string, unknown>) =>
      cache.set('a', 'new', options as SetOptions)
    expect(unchanged(put({ tll: 5 }), 'ERR_OPTION_UNKNOWN')).toContain("there is no option 'tll'. Did you mean 'ttl'?")
    expect(unchanged(put({ ttl: 5, tag: 1 }), 'ERR_OPTION_UNKNOWN')).toContain("there is no option 'tag'")
    for (const options of [{ ttl: -5 }, { ttl: '5 s' }, { ttl: null }, { ttl: Number.NaN }, 5, null, '1h', []]) {
      expect(unchanged(put(options))).toContain('MemoryCache.set')
    }
  })

  it('options of set that say nothing are fine', () => {
    const cache = new MemoryCache<string, number>({ ttl: 100, world: new FakeWorld() })
    cache.set('a', 1, {})
    cache.set('b', 1, { ttl: undefined })
    expect([cache.ttl('a'), cache.ttl('b')]).toEqual([100, 100])
  })

  it('wrong lives and bounds change nothing', () => {
    for (const ttl of [-1, Number.NaN, '5 s', null]) {
      expect(unchanged((cache) => cache.expire('a', ttl as number))).toContain('MemoryCache.expire: ttl')
    }
    expect(unchanged((cache) => cache.resize({ maxEntries: 0 }))).toContain('MemoryCache.resize: maxEntries')
    expect(unchanged((cache) => cache.resize({ maxEntries: 1, maxBytes: 0.5 }))).toContain('maxBytes')
    expect(unchanged((cache) => cache.resize({ maxEntry: 1 } as object), 'ERR_OPTION_UNKNOWN')).toContain('maxEntries')
    const unweighed = new MemoryCache({ maxEntries: 3 })
    expect(refusal(() => unweighed.resize({ maxEntries: 1, maxBytes: 5 })).message).toContain('made without maxBytes')
    expect(unweighed.stats().maxEntries).toBe(3)
  })
})
