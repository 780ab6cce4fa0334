import { describe, expect, it } from 'vitest'
import { type CacheOptions, createCache, found, memory, type NamespaceOptions, notFound } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { userSchema } from './shapes.ts'

function made(options: Omit<CacheOptions, 'world'> = {}) {
  const world = new FakeWorld()
  return { world, cache: createCache<unknown>({ levels: [memory({ maxEntries: 100 }), memory()], ...options, world }) }
}

describe('the defaults of a namespace', () => {
  it('hold for what is set, fetched and counted in it, and nowhere else', async () => {
    const { cache } = made({ ttl: '1h' })
    const short = cache.namespace<unknown>('short', { ttl: '1m' })
    await short.set('set', 1)
    await short.getOrFetch('fetched', () => 2)
    await short.getOrFetchMany(['many'], () => [3])
    await short.increment('counted')
    await short.put('put', 5)
    for (const key of ['set', 'fetched', 'many', 'counted', 'put']) expect(await short.ttl(key), key).toBe(60_000)
    await short.set('own', 1, { ttl: 5 })
    expect(await short.ttl('own')).toBe(5)
    await cache.set('other', 1)
    expect(await cache.ttl('other')).toBe(3_600_000)
  })

  it('are those of the cache, then those of the namespace around it, where nothing is said', async () => {
    const { cache } = made({ ttl: '1h', staleFor: '1m' })
    const outer = cache.namespace<unknown>('outer', { ttl: '2h' })
    const inner = outer.namespace<unknown>('inner', { staleFor: 0 })
    const plain = outer.namespace<unknown>('plain')
    await inner.set('k', 1)
    await plain.set('k', 1)
    expect((await cache.explain('outer:inner:k')).levels[0]).toMatchObject({ ttl: 7_200_000 })
    expect((await cache.explain('outer:plain:k')).levels[0]).toMatchObject({ ttl: 7_260_000 })
  })

  it('say what is served while the source fails', async () => {
    const { cache, world } = made()
    const brave = cache.namespace<string>('brave', { ttl: 100, staleFor: '1h' })
    await brave.getOrFetch('k', () => 'old')
    world.advance(200)
    expect((await brave.getOrFetch('k', () => Promise.reject(new Error('down')))).data).toBe('old')
    await cache.getOrFetch('k', () => found('old', { ttl: 100 }))
    world.advance(200)
    await expect(cache.getOrFetch('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
  })

  it('ttlJitter takes time off in the namespace alone', async () => {
    const { cache } = made({ ttl: 100_000 })
    const spread = cache.namespace<number>('spread', { ttlJitter: 0.5 })
    await spread.setMany(Array.from({ length: 20 }, (_, n) => [`${n}`, n] as const))
    const lives = await Promise.all(Array.from({ length: 20 }, (_, n) => spread.ttl(`${n}`)))
    expect(new Set(lives).size).toBeGreaterThan(10)
    expect(Math.min(...(lives as number[]))).toBeGreaterThanOrEqual(50_000)
    await cache.set('k', 1)
    expect(await cache.ttl('k')).toBe(100_000)
  })

  it('tags are added to those of each value, also to what is known not to be there', async () => {
    const { cache } = made({ ttl: '1h' })
    const users = cache.namespace<unknown>('users', { tags: ['people'] })
    const staff = users.namespace<unknown>('staff', { tags: ['staff', 'people'] })
    await users.set('set', 1, { tags: ['own'] })
    await users.getOrFetch('fetched', () => found(1, { tags: ['other'] }))
    await users.getOrFetch('none', () => notFound({ ttl: '1m' }))
    await staff.set('k', 1)
    await users.increment('n')
    const tags = async (key: string) => (await cache.explain(key)).levels[0]!.tags
    expect(await tags('users:set')).toEqual(['own', 'people'])
    expect(await tags('users:fetched')).toEqual(['other', 'people'])
    expect(await tags('users:none')).toEqual(['people'])
    expect(await tags('users:staff:k')).toEqual(['people', 'staff'])
    await cache.invalidateTags(['people'])
    for (const key of ['users:set', 'users:fetched', 'users:staff:k', 'users:n']) {
      expect(await cache.has(key), key).toBe(false)
    }
    const many = Array.from({ length: 100 }, (_, n) => `t${n}`)
    await expect(users.set('k', 1, { tags: many })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('maxKeyLength bounds its keys, without the name', async () => {
    const { cache } = made()
    const short = cache.namespace<unknown>('a-rather-long-name', { maxKeyLength: 3 })
    await short.set('abc', 1)
    await expect(short.set('abcd', 1)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await cache.set('abcd', 1)
  })
})

describe('a namespace that was declared', () => {
  it('is found again by its name, with the same options or none', async () => {
    const { cache } = made()
    const first = cache.namespace<number>('n', { ttl: '1m', tags: ['a'] })
    const again = cache.namespace<number>('n')
    const same = cache.namespace<number>('n', { ttl: 60_000, tags: ['a'] })
    await first.set('k', 1)
    expect([await again.get('k'), await same.get('k')]).toEqual([1, 1])
    expect([first, again, same].map((each) => each.stats().hits)).toEqual([2, 2, 2])
    await again.set('other', 2)
    expect(await first.ttl('other')).toBe(60_000)
  })

  it('is refused with other options, and goes on as it was', async () => {
    const { cache } = made()
    const users = cache.namespace<unknown>('users', { ttl: '1m', schema: userSchema as never })
    const others: [NamespaceOptions, string][] = [
      [{ ttl: '2m', schema: userSchema as never }, 'ttl'],
      [{ ttl: '1m' }, 'schema'],
      [{ ttl: '1m', schema: userSchema as never, codeVersion: 2 }, 'codeVersion'],
    ]
    for (const [options, name] of others) {
      expect(() => cache.namespace('users', options)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining(`another ${name}`) }),
      )
    }
    await users.set('k', { name: 'Ada', age: 1 })
    expect(await users.ttl('k')).toBe(60_000)
  })

  it.each<[NamespaceOptions, string, string]>([
    [{ tttl: 1 } as never, 'ERR_OPTION_UNKNOWN', "did you mean 'ttl'"],
    [{ ttl: -1 }, 'ERR_OPTION_INVALID', 'namespace: ttl'],
    [{ ttlJitter: 2 }, 'ERR_OPTION_INVALID', 'namespace: ttlJitter'],
    [{ maxEntries: 0 }, 'ERR_OPTION_INVALID', 'namespace: maxEntries'],
    [{ maxEntries: 100 }, 'ERR_OPTION_INVALID', 'less than what is left in level 1 (100)'],
    [{ maxBytes: 100 }, 'ERR_OPTION_INVALID', 'not bounded by bytes'],
    [{ codeVersion: -1 }, 'ERR_OPTION_INVALID', 'namespace: codeVersion'],
    [{ codeVersion: 1.5 }, 'ERR_OPTION_INVALID', 'namespace: codeVersion'],
    [{ codeVersions: [1, 2] }, 'ERR_OPTION_INVALID', 'codeVersions'],
    [{ checks: 'all' }, 'ERR_OPTION_INVALID', 'no schema'],
    [{ checks: 'alll' as never }, 'ERR_OPTION_INVALID', "Did you mean 'all'"],
    [{ schema: { parse: () => 1 } as never }, 'ERR_OPTION_INVALID', 'a Standard Schema'],
    [5 as never, 'ERR_OPTION_INVALID', 'an object of options'],
  ])('refuses %j, and is not declared by it', (options, code, text) => {
    const { cache } = made()
    expect(() => cache.namespace('n', options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(new RegExp(text.replace(/[()]/g, '\\$&'), 'i')) }),
    )
    cache.namespace('n', { ttl: 5 })
    expect(cache.stats().namespaces.map(({ name }) => name)).toEqual(['n'])
  })

  it.each(['', 'a:b', 'a@3', 'n'.repeat(101), 5 as never])('has no name like %j', (name) => {
    const { cache } = made()
    expect(() => cache.namespace(name)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
  })

  it('is one of a thousand at most; those without options are as many as you like', () => {
    const { cache } = made()
    for (let n = 0; n < 1000; n++) cache.namespace(`n${n}`, {})
    expect(() => cache.namespace('more', {})).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    cache.namespace('more')
    cache.namespace('n5', {})
  })
})

describe('the statistics of a namespace', () => {
  it('tell of its own requests, whoever asks', async () => {
    const { cache, world } = made({ ttl: '1h' })
    const users = cache.namespace<unknown>('users', { staleFor: '1h' })
    const other = cache.namespace<unknown>('other', {})
    const plain = cache.namespace<unknown>('plain')
    await users.getOrFetch('1', () => 'one')
    await users.getOrFetch('1', () => 'one')
    await users.get('1')
    await users.get('2')
    await users.getMany(['1', '1', '3'])
    await cache.get('users:1')
    await users.getOrFetch('bad', () => Promise.reject(new Error('down'))).catch(() => undefined)
    await other.getOrFetch('1', () => 1)
    await plain.getOrFetch('1', () => 1)
    const own = users.stats()
    // By the whole cache's own front door, level 1 counts for nobody.
    expect(own).toMatchObject({ requests: 7, hits: 3, misses: 4, hitsByLevel: [3, 0], fetches: 2, fetchFailures: 1 })
    expect(own.hitRatio).toBe(3 / 7)
    expect(own.namespaces).toMatchObject([{ name: 'users', requests: 7, share: { entries: 1, maxEntries: undefined } }])
    expect(other.stats()).toMatchObject({ requests: 1, hits: 0, fetches: 1 })
    const whole = cache.stats()
    expect(whole).toMatchObject({ requests: 10, fetches: 4 })
    expect(whole.namespaces.map(({ name, requests }) => [name, requests])).toEqual([
      ['users', 7],
      ['other', 1],
    ])
    expect(plain.stats().requests).toBe(10)
    world.advance(3_700_000)
    await users.getOrFetch('1', () => Promise.reject(new Error('down')))
    expect(users.stats()).toMatchObject({ stale: 1, fetchFailures: 2 })
  })

  it('tell which level has answered', async () => {
    const { cache } = made({ levels: [memory({ maxEntries: 1 }), memory()] })
    const users = cache.namespace<unknown>('users', {})
    await users.setMany([
      ['1', 1],
      ['2', 2],
    ])
    await users.get('1')
    await users.get('2')
    const { hitsByLevel } = users.stats()
    expect(hitsByLevel.reduce((sum, hits) => sum + hits)).toBe(2)
    expect(hitsByLevel[1]).toBeGreaterThan(0)
    expect(cache.stats().hitsByLevel).toEqual(hitsByLevel)
  })

  it('go to the innermost namespace that counts', async () => {
    const { cache } = made()
    const outer = cache.namespace<unknown>('outer', {})
    const inner = outer.namespace<unknown>('inner', {})
    const plain = outer.namespace<unknown>('plain')
    const silent = outer.namespace<unknown>('silent', { stats: false })
    await inner.get('k')
    await plain.get('k')
    await plain.set('k', 1)
    await plain.get('k')
    await silent.get('k')
    expect(inner.stats().requests).toBe(1)
    expect(outer.stats().requests).toBe(3)
    expect(plain.stats().requests).toBe(3)
    expect(cache.stats().requests).toBe(4)
  })
})
