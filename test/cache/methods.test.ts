import { describe, expect, it } from 'vitest'
import {
  type Box,
  type CacheEvent,
  createCache,
  found,
  fromAsync,
  type MultiLevelCache,
  memory,
  notFound,
} from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'

const VALUES = [null, 0, -0, '', false, Number.NaN, [], {}, 0n, Symbol.for('s'), () => 1, new Date(0)]
const KEYS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '\udc00x',
  '\u0000',
  'key:all',
  'ключ',
  'k'.repeat(1_000_000),
]

function small(world = new FakeWorld()): { cache: MultiLevelCache<unknown>; world: FakeWorld } {
  const levels = [memory({ maxEntries: 2, policy: 'lru' }), memory({ maxEntries: 100, policy: 'lru' })]
  return { cache: createCache({ levels, world }), world }
}

/** Pushes everything out of level 1. */
async function forgetNear(cache: MultiLevelCache<unknown>): Promise<void> {
  await cache.put('filler:1', 1)
  await cache.put('filler:2', 1)
}

describe('values', () => {
  for (const value of VALUES) {
    it(`${Object.is(value, -0) ? '-0' : String(value)} (${typeof value}) is a value, from level 1, from level 2 and fetched`, async () => {
      const { cache } = small()
      await cache.set('set', value)
      expect(Object.is(await cache.get('set'), value)).toBe(true)
      expect(Object.is(cache.peek('set'), value)).toBe(true)
      const fetched = await cache.getOrFetch('fetched', () => value)
      expect(fetched.found && Object.is(fetched.data, value)).toBe(true)
      await forgetNear(cache)
      for (const key of ['set', 'fetched']) {
        const { found: isFound, data } = await cache.getOrFetch(key, () => expect.unreachable())
        expect(isFound && Object.is(data, value)).toBe(true)
        expect(await cache.has(key)).toBe(true)
      }
    })
  }

  it('undefined is none: not found where fetched, refused where given', async () => {
    const { cache } = small()
    expect(await cache.getOrFetch('k', () => undefined)).toEqual({ found: false, data: undefined })
    expect(await cache.has('k')).toBe(false)
    await expect(cache.set('k', undefined)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    await expect(cache.put('k', undefined)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    await expect(cache.setMany([['k', undefined]])).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    expect(() => found(undefined)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(cache.stats().levels.map(({ size }) => size)).toEqual([0, 0])
  })
})

describe('keys', () => {
  for (const key of KEYS) {
    it(`${JSON.stringify(key.slice(0, 12))} (${key.length} long) is a key like any other`, async () => {
      const { cache } = small()
      expect(await cache.getOrFetch(key, (asked) => asked.length)).toEqual({ found: true, data: key.length })
      await cache.set(key, 'set')
      await forgetNear(cache)
      expect(await cache.get(key)).toBe('set')
      const { ok } = await cache.delete(key)
      expect([ok, await cache.has(key)]).toEqual([true, false])
    })
  }

  it('of another type are refused at once, by every method, and change nothing', async () => {
    const { cache } = small()
    for (const key of [1, null, undefined, Symbol('k'), {}, ['k']] as unknown as string[]) {
      const invalid = { code: 'ERR_KEY_INVALID' }
      await expect(cache.get(key)).rejects.toMatchObject(invalid)
      await expect(cache.getOrFetch(key, () => 1)).rejects.toMatchObject(invalid)
      await expect(cache.set(key, 1)).rejects.toMatchObject(invalid)
      await expect(cache.put(key, 1)).rejects.toMatchObject(invalid)
      await expect(cache.delete(key)).rejects.toMatchObject(invalid)
      await expect(cache.has(key)).rejects.toMatchObject(invalid)
      await expect(cache.getMany(['a', key])).rejects.toMatchObject(invalid)
      await expect(
        cache.setMany([
          ['a', 1],
          [key, 1],
        ]),
      ).rejects.toMatchObject(invalid)
      await expect(cache.increment(key)).rejects.toMatchObject(invalid)
      await expect(cache.namespace('n').get(key)).rejects.toMatchObject(invalid)
      expect(() => cache.peek(key)).toThrow(expect.objectContaining(invalid))
    }
    expect(cache.stats().levels.map(({ size }) => size)).toEqual([0, 0])
  })

  it('longer than maxKeyLength are refused', async () => {
    const cache = createCache({ maxKeyLength: 3 })
    await expect(cache.set('abcd', 1)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    expect(await cache.set('abc', 1)).toMatchObject({ ok: true })
    await cache.namespace('ns').set('abc', 2)
    expect(await cache.namespace('ns').get('abc')).toBe(2)
  })
})

describe('time', () => {
  it('a value is served until its ttl is over, in every level', async () => {
    const { cache, world } = small()
    await cache.set('k', 1, { ttl: '1s' })
    world.advance(999)
    expect(await cache.get('k')).toBe(1)
    expect(await cache.ttl('k')).toBe(1)
    world.advance(1)
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.ttl('k')).toBeUndefined()
    expect((await cache.explain('k')).servedBy).toBeUndefined()
  })

  it('a promotion keeps the time that was left', async () => {
    const { cache, world } = small()
    await cache.set('k', 1, { ttl: 4000 })
    await forgetNear(cache)
    world.advance(3000)
    expect(await cache.get('k')).toBe(1)
    expect((await cache.explain('k')).levels.map(({ ttl }) => ttl)).toEqual([1000, 1000])
    world.advance(1000)
    expect(await cache.get('k')).toBeUndefined()
  })

  it('a promotion is capped by the upper level, and never longer than what is below', async () => {
    const world = new FakeWorld()
    const cache = createCache({ levels: [memory({ ttl: '1s' }), memory()], world, ttl: '10s' })
    await cache.getOrFetch('k', () => 1)
    expect((await cache.explain('k')).levels.map(({ ttl }) => ttl)).toEqual([1000, 10_000])
    world.advance(9500)
    await cache.get('k')
    expect((await cache.explain('k')).levels.map(({ ttl }) => ttl)).toEqual([500, 500])
  })

  it('the fetcher decides over the call, the call over the cache', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world, ttl: 1000 })
    await cache.getOrFetch('a', () => 1)
    await cache.getOrFetch('b', () => 1, { ttl: 2000 })
    await cache.getOrFetch('c', () => found(1, { ttl: 3000 }), { ttl: 2000 })
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.ttl(key)))).toEqual([1000, 2000, 3000])
    expect(
      await createCache()
        .set('k', 1)
        .then(() => createCache().ttl('k')),
    ).toBeUndefined()
  })

  it('a ttl of 0 keeps nothing, and set with it removes the older copy', async () => {
    const { cache } = small()
    expect(await cache.getOrFetch('k', () => 1, { ttl: 0 })).toEqual({ found: true, data: 1 })
    expect(await cache.getOrFetch('k', () => found(2, { ttl: 0 }))).toEqual({ found: true, data: 2 })
    expect(await cache.has('k')).toBe(false)
    await cache.set('k', 3)
    expect(await cache.set('k', 4, { ttl: 0 })).toMatchObject({ ok: true })
    expect(await cache.get('k')).toBeUndefined()
    await cache.put('k', 5)
    expect(await cache.put('k', 6, { ttl: 0 })).toBe(false)
    expect(cache.peek('k')).toBeUndefined()
  })

  it('ttlJitter takes up to its fraction off, differently for each key, the same in every level', async () => {
    const world = new FakeWorld()
    const cache = createCache({ levels: [memory(), memory()], world, ttl: 100_000, ttlJitter: 0.5 })
    const lives = new Set<number>()
    for (let n = 0; n < 100; n++) {
      await cache.set(`k${n}`, n)
      const { levels } = await cache.explain(`k${n}`)
      expect(levels[0]!.ttl).toBe(levels[1]!.ttl)
      expect(levels[0]!.ttl).toBeGreaterThan(50_000)
      expect(levels[0]!.ttl).toBeLessThanOrEqual(100_000)
      lives.add(levels[0]!.ttl!)
    }
    expect(lives.size).toBeGreaterThan(90)
  })

  it('expire gives a new time in every level that holds the key', async () => {
    const { cache, world } = small()
    await cache.set('k', 1, { tags: ['t'], version: 3 })
    expect(await cache.ttl('k')).toBe(Number.POSITIVE_INFINITY)
    expect(await cache.expire('k', '2s')).toBe(true)
    const { levels } = await cache.explain('k')
    expect(levels).toMatchObject([
      { ttl: 2000, tags: ['t'], version: 3 },
      { ttl: 2000, tags: ['t'], version: 3 },
    ])
    expect(await cache.expire('missing', '2s')).toBe(false)
    world.advance(2000)
    expect(await cache.get('k')).toBeUndefined()
    await cache.set('k', 1)
    expect(await cache.expire('k', 0)).toBe(true)
    expect(await cache.has('k')).toBe(false)
  })
})

describe('expire', () => {
  it('draws a random part of the time once, for all levels', async () => {
    const cache = createCache({ levels: [memory(), memory()], ttlJitter: 0.5, world: new FakeWorld() })
    await cache.set('k', 1)
    await cache.expire('k', '100s')
    const { levels } = await cache.explain('k')
    expect(levels[0]!.ttl).toBeLessThan(100_000)
    expect(levels[1]!.ttl).toBe(levels[0]!.ttl)
  })

  it('with 0 removes the key from a store of your own, too', async () => {
    const store = new Map<string, Box>()
    const cache = createCache({ levels: [memory(), fromAsync(store)], world: new FakeWorld() })
    await cache.set('k', 1)
    expect(await cache.expire('k', 0)).toBe(true)
    expect([await cache.get('k'), store.size]).toEqual([undefined, 0])
  })

  it('leaves no copy with its old time where so much was invalidated that the level doubts it', async () => {
    const { cache } = small()
    await cache.set('k', 1, { ttl: '1h', tags: ['t'] })
    await cache.deleteMany(Array.from({ length: 30_000 }, (_, n) => `other:${n}`))
    await cache.expire('k', '1s')
    expect((await cache.ttl('k')) ?? 0).toBeLessThanOrEqual(1000)
  })

  it('does not make a remembered absence last longer', async () => {
    const { cache } = small()
    await cache.getOrFetch('k', () => notFound({ ttl: '1s' }))
    expect(await cache.expire('k', '1h')).toBe(false)
    expect((await cache.explain('k')).levels.map(({ ttl }) => ttl)).toEqual([1000, 1000])
  })
})

describe('absence', () => {
  it('is remembered in the levels for the ttl of notFound, and the source is not asked again', async () => {
    const { cache, world } = small()
    let asked = 0
    const ask = () => {
      asked++
      return notFound({ ttl: '1s' })
    }
    for (let n = 0; n < 3; n++) expect(await cache.getOrFetch('k', ask)).toEqual({ found: false, data: undefined })
    await forgetNear(cache)
    expect(await cache.getOrFetch('k', ask)).toEqual({ found: false, data: undefined })
    expect(asked).toBe(1)
    expect([await cache.get('k'), await cache.has('k'), await cache.ttl('k')]).toEqual([undefined, false, undefined])
    world.advance(1000)
    await cache.getOrFetch('k', ask)
    expect(asked).toBe(2)
    await cache.set('k', 'there')
    expect(await cache.get('k')).toBe('there')
  })

  it('is not remembered without a ttl', async () => {
    const { cache } = small()
    let asked = 0
    const ask = () => {
      asked++
      return notFound()
    }
    for (let n = 0; n < 3; n++) await cache.getOrFetch('k', ask)
    expect(asked).toBe(3)
    expect(cache.stats().levels.map(({ size }) => size)).toEqual([0, 0])
  })
})

describe('tags', () => {
  it('invalidate what carries them, in every level, and nothing else', async () => {
    const { cache } = small()
    await cache.set('a', 1, { tags: ['x', 'y'] })
    await cache.getOrFetch('b', () => found(2, { tags: ['y'] }))
    await cache.set('c', 3)
    expect(await cache.invalidateTags(['x'])).toMatchObject({ ok: true })
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, 2, 3])
    await cache.invalidateTags(['y', 'z'])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, 3])
    await cache.set('a', 4, { tags: ['x'] })
    expect(await cache.get('a')).toBe(4)
  })

  it('are told in explain, with the reason why an entry is not served', async () => {
    const { cache } = small()
    await cache.set('a', 1, { tags: ['x'] })
    await cache.invalidateTags(['x'])
    expect((await cache.explain('a')).levels[0]).toMatchObject({
      state: 'barred',
      reason: 'it is older than the last invalidation of tag:x',
      tags: ['x'],
    })
  })
})

describe('versions', () => {
  it('keep an older value from replacing a newer one, in any level', async () => {
    const { cache } = small()
    await cache.set('k', 'two', { version: 2 })
    expect(await cache.set('k', 'one', { version: 1 })).toMatchObject({
      levels: [{ outcome: 'superseded' }, { outcome: 'superseded' }],
    })
    await forgetNear(cache)
    expect(await cache.set('k', 'one', { version: 1 })).toMatchObject({
      levels: [{ outcome: 'superseded' }, { outcome: 'superseded' }],
    })
    expect(await cache.get('k')).toBe('two')
    expect(await cache.set('k', 'three', { version: 3 })).toMatchObject({ ok: true })
    expect(await cache.get('k')).toBe('three')
  })
})

describe('batches', () => {
  it('setMany writes one batch a level, the last value of a key given twice', async () => {
    const world = new FakeWorld()
    const calls: string[] = []
    const far = faulty(memory(), (operation, keys) => {
      calls.push(`${operation} ${keys}`)
      return {}
    })
    const cache = createCache<number>({ levels: [memory(), far], world })
    expect(
      await cache.setMany([
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ]),
    ).toMatchObject({ ok: true })
    expect(calls).toEqual(['replace a,b'])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([3, 2, undefined])
    expect(calls).toEqual(['replace a,b', 'read c'])
    await cache.setMany(new Map([['d', 4]]))
    await cache.deleteMany(['a', 'b', 'b'])
    expect(await cache.getMany(['a', 'b', 'd'])).toEqual([undefined, undefined, 4])
  })

  it('of nothing do nothing', async () => {
    const { cache } = small()
    expect(await cache.getMany([])).toEqual([])
    expect(await cache.getOrFetchMany([], () => expect.unreachable())).toEqual([])
    expect(await cache.setMany([])).toMatchObject({ ok: true })
    expect(await cache.deleteMany([])).toMatchObject({ ok: true })
    expect(await cache.invalidateTags([])).toMatchObject({ ok: true })
  })

  it('promote what is found in L2, and fetch only the rest', async () => {
    const { cache } = small()
    await cache.set('far', 1)
    await forgetNear(cache)
    const asked: (readonly string[])[] = []
    const answers = await cache.getOrFetchMany(['far', 'cold', 'none'], (keys) => {
      asked.push(keys)
      return [found('cold', { tags: ['t'] }), undefined]
    })
    expect(answers.map(({ data }) => data)).toEqual([1, 'cold', undefined])
    expect(asked).toEqual([['cold', 'none']])
    expect((await cache.explain('far')).servedBy).toBe('L1')
    expect((await cache.explain('cold')).levels[1]!.tags).toEqual(['t'])
  })
})

describe('increment', () => {
  it('keeps the time the key has left, also where level 1 has cut it for itself', async () => {
    const world = new FakeWorld()
    const cache = createCache({ levels: [memory({ ttl: '1s' }), memory()], ttl: '10m', world })
    await cache.increment('n')
    world.advance(400)
    await cache.increment('n')
    expect((await cache.explain('n')).levels.map(({ ttl }) => ttl)).toEqual([1000, 599_600])
    await cache.put('n', 10, { ttl: 300 })
    await cache.increment('n')
    expect((await cache.explain('n')).levels.map(({ ttl }) => ttl)).toEqual([300, 300])
  })

  it('counts from 0, by any finite number, for concurrent callers, and keeps time and tags', async () => {
    const { cache, world } = small()
    expect(await Promise.all([1, 2, 3].map((by) => cache.increment('n', by)))).toEqual([1, 3, 6])
    expect(await cache.increment('n', -6.5)).toBe(-0.5)
    await cache.set('n', 1, { ttl: 1000, tags: ['t'] })
    world.advance(400)
    await forgetNear(cache)
    expect(await cache.increment('n')).toBe(2)
    expect((await cache.explain('n')).levels).toMatchObject([
      { ttl: 600, tags: ['t'] },
      { ttl: 600, tags: ['t'] },
    ])
    await cache.increment('n', 1, { ttl: 50 })
    expect(await cache.ttl('n')).toBe(50)
  })

  it('refuses what is no number, and changes nothing', async () => {
    const { cache } = small()
    await cache.set('text', '1')
    await expect(cache.increment('text')).rejects.toMatchObject({
      code: 'ERR_NOT_A_NUMBER',
      message: "increment: expected a finite number under 'text' (string), got '1' (string)",
    })
    await cache.set('big', Number.MAX_VALUE)
    await expect(cache.increment('big', Number.MAX_VALUE)).rejects.toMatchObject({
      code: 'ERR_NOT_A_NUMBER',
      message: expect.stringContaining("would make what is under 'big' (string) too large for a number"),
    })
    await expect(cache.increment('n', Number.NaN)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    expect(await cache.getMany(['text', 'big', 'n'])).toEqual(['1', Number.MAX_VALUE, undefined])
  })
})

describe('keys, clear and namespaces', () => {
  async function keysOf(cache: MultiLevelCache<unknown>, prefix?: string): Promise<string[]> {
    const keys: string[] = []
    for await (const key of cache.keys(prefix)) keys.push(key)
    return keys.sort()
  }

  it('keys lists each key of any level once, by prefix', async () => {
    const { cache } = small()
    await cache.setMany([
      ['a:1', 1],
      ['a:2', 2],
      ['b:1', 3],
    ])
    await cache.put('near', 1)
    await cache.getOrFetch('gone', () => notFound({ ttl: '1m' }))
    expect(await keysOf(cache)).toEqual(['a:1', 'a:2', 'b:1', 'near'])
    expect(await keysOf(cache, 'a:')).toEqual(['a:1', 'a:2'])
  })

  it('clear empties everything, clearPrefix what starts alike', async () => {
    const { cache } = small()
    await cache.setMany([
      ['a:1', 1],
      ['a:2', 2],
      ['b:1', 3],
    ])
    expect(await cache.clearPrefix('a:')).toMatchObject({ ok: true })
    expect(await keysOf(cache)).toEqual(['b:1'])
    await cache.clear()
    expect(await keysOf(cache)).toEqual([])
    expect(cache.stats().levels.map(({ size }) => size)).toEqual([0, 0])
  })

  it('a namespace has keys of its own, in every method', async () => {
    const { cache } = small()
    const users = cache.namespace<unknown>('users')
    const other = cache.namespace<unknown>('other')
    await other.set('1', 'other')
    expect(await users.getOrFetch('1', (key) => `fetched ${key}`)).toEqual({ found: true, data: 'fetched 1' })
    await users.getOrFetchMany(['2'], (keys) => keys.map((key) => `many ${key}`))
    await users.setMany([['3', 3]])
    expect(await users.getMany(['1', '2', '3'])).toEqual(['fetched 1', 'many 2', 3])
    expect(await cache.get('users:2')).toBe('many 2')
    expect([users.peek('2'), await users.has('3'), await users.ttl('3')]).toEqual([
      'many 2',
      true,
      Number.POSITIVE_INFINITY,
    ])
    expect(await keysOf(users)).toEqual(['1', '2', '3'])
    expect(await users.increment('3')).toBe(4)
    await users.clear()
    expect([await keysOf(users), await other.get('1')]).toEqual([[], 'other'])
    for (const name of ['', 'a:b', 'n'.repeat(101), 5 as never]) {
      expect(() => cache.namespace(name)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    }
  })
})

describe('statistics and events', () => {
  it('count what happened, by level and over all', async () => {
    const { cache, world } = small()
    await cache.getOrFetch('a', () => 1)
    await cache.getOrFetch('a', () => 1)
    await forgetNear(cache)
    await cache.get('a')
    await cache.get('missing')
    await cache.has('a')
    cache.peek('a')
    await cache.delete('a')
    world.advance(5)
    const stats = cache.stats({ keys: 1 })
    expect(stats).toMatchObject({
      requests: 4,
      hits: 2,
      misses: 2,
      hitRatio: 0.5,
      hitsByLevel: [1, 1],
      fetches: 1,
      uptime: 5,
    })
    expect(stats.levels[0]).toMatchObject({
      name: 'L1',
      hits: 1,
      misses: 3,
      sets: 4,
      deletes: 1,
      evictions: 2,
      failures: 0,
    })
    expect(stats.levels[1]).toMatchObject({ name: 'L2', hits: 1, misses: 2, sets: 1, deletes: 1, size: 0, keys: [] })
    expect(stats.levels[0]!.keys).toEqual(['filler:2'])
  })

  it('tell the latency of asynchronous levels', async () => {
    const world = new FakeWorld()
    let after = 20
    const far = faulty(memory(), (operation) => ({ after: operation === 'read' ? after : 0 }))
    const cache = createCache({ levels: [memory(), far], world })
    expect(cache.stats().levels.map(({ latency }) => latency)).toEqual([undefined, undefined])
    for (const wait of [20, 40]) {
      after = wait
      const asked = cache.get('k')
      await world.settle()
      world.advance(wait)
      await asked
    }
    expect(cache.stats().levels.map(({ latency }) => latency)).toEqual([undefined, { mean: 30, max: 40 }])
  })

  it('tell the bytes of a level bounded by bytes, as sizeOf counts values', async () => {
    const cache = createCache<string>({ levels: [memory<string>({ maxBytes: 100, sizeOf: (value) => value.length })] })
    await cache.set('k', 'x'.repeat(40))
    expect(cache.stats().levels[0]).toMatchObject({ bytes: 40, size: 1 })
    expect(await cache.set('large', 'x'.repeat(101))).toMatchObject({ ok: true, levels: [{ outcome: 'refused' }] })
    expect(await cache.get('large')).toBeUndefined()
  })

  it('reach observers in order, until they are taken away; one that throws disturbs nobody', async () => {
    const world = new FakeWorld()
    const events: CacheEvent[] = []
    const cache = createCache({
      levels: [memory(), memory()],
      world,
      observe: () => {
        throw new Error('a bad observer')
      },
    })
    const stop = cache.on((event) => events.push(event))
    await cache.getOrFetch('k', () => 1)
    await cache.get('k')
    stop()
    await cache.get('k')
    const kept = ['levelCalled', 'kept']
    const called = ['levelCalled', 'fetch', 'fetched', ...kept, ...kept, 'miss', 'hit']
    expect(events.map(({ type }) => type)).toEqual(called)
    await world.settle()
    expect(world.failures).toHaveLength(called.length + 1)
  })

  it('name the level a promotion came from', async () => {
    const { cache } = small()
    await cache.set('k', 1)
    await forgetNear(cache)
    const events: CacheEvent[] = []
    cache.on(['promotion', 'hit', 'miss'], (event) => events.push(event))
    await cache.get('k')
    expect(events).toEqual([
      { type: 'promotion', key: 'k', from: 'L2', level: 'L1' },
      { type: 'hit', key: 'k', level: 'L2' },
    ])
  })
})

describe('close', () => {
  it('can be repeated, refuses what comes later, and answers those who wait', async () => {
    const { cache, world } = small()
    const gate = Promise.withResolvers<string>()
    await cache.set('held', 1)
    const asked = cache.getOrFetch('k', () => gate.promise)
    const closing = Promise.all([cache.close(), cache.close()])
    await world.settle()
    world.advance(5000)
    await closing
    await cache.close()
    await cache[Symbol.asyncDispose]()
    const closed = { code: 'ERR_CLOSED' }
    for (const late of [
      cache.get('held'),
      cache.getOrFetch('held', () => 1),
      cache.set('k', 1),
      cache.put('k', 1),
      cache.delete('k'),
      cache.getMany(['k']),
      cache.clear(),
      cache.explain('k'),
      cache.keys().next(),
    ]) {
      await expect(late).rejects.toMatchObject(closed)
    }
    expect(() => cache.stats()).toThrow(expect.objectContaining(closed))
    expect(() => cache.peek('held')).toThrow(expect.objectContaining(closed))
    gate.resolve('answered')
    expect(await asked).toEqual({ found: true, data: 'answered' })
    expect(world.failures).toEqual([])
    expect(world.timers).toBe(0)
  })
})

describe('what a fetcher may answer', () => {
  it('is no value to set: the wrapper would be kept instead of what is in it', async () => {
    const cache = createCache({ levels: [memory()] })
    for (const answer of [found(1), notFound()]) {
      await expect(cache.set('k', answer)).rejects.toThrow('set: found() and notFound() are answers of a fetcher')
      await expect(cache.put('k', answer)).rejects.toThrow('put: found()')
    }
    expect(await cache.has('k')).toBe(false)
  })
})

describe('a namespace', () => {
  it('explains a key by the name it knows', async () => {
    const users = createCache({ levels: [memory()] }).namespace('users')
    await users.set('1', 'Ada')
    expect((await users.explain('1')).key).toBe('1')
  })
})
