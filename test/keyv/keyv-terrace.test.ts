import { Keyv } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import { describe, expect, it, vi } from 'vitest'
import { createCache, fromAsync, memory } from '../../src/index.ts'
import { KeyvTerrace } from '../../src/integrations/keyv.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

async function allOf(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const key of keys) all.push(key)
  return all.sort()
}

async function pairsOf(iterator: AsyncIterable<readonly [unknown, unknown]>): Promise<Map<unknown, unknown>> {
  const pairs = new Map<unknown, unknown>()
  for await (const [key, value] of iterator) pairs.set(key, value)
  return pairs
}

describe('KeyvTerrace', () => {
  it('prefixes no key twice', async () => {
    const cache = createCache()
    await new Keyv(new KeyvTerrace(cache)).set('a', 1)
    await new Keyv(new KeyvTerrace(cache), { namespace: 'n' }).set('a', 1)
    expect(await allOf(cache.keys())).toEqual(['keyv:a', 'n:a'])
    await cache.clear()
    await new Keyv6(new KeyvTerrace(cache)).set('a', 1)
    await new Keyv6(new KeyvTerrace(cache), { namespace: 'n' }).set('a', 1)
    expect(await allOf(cache.keys())).toEqual(['a', 'n::a'])
  })

  it('keeps keys apart that look like prefixed ones', async () => {
    const keyv = new Keyv6(new KeyvTerrace(createCache()), { namespace: 'n' })
    const keys = ['1', ':1', '::1', 'n:1', 'n::1', 'n:::1', 'n::n:1', 'n', 'n:', 'n::']
    for (const key of keys) await keyv.set(key, key)
    for (const key of keys) expect(await keyv.get(key)).toBe(key)
    expect(await pairsOf(keyv.iterator())).toEqual(new Map(keys.map((key) => [key, key])))
    await keyv.clear()
    expect(await keyv.hasMany(keys)).toEqual(keys.map(() => false))
  })

  for (const [version, make] of [
    ['5', (store: KeyvTerrace, namespace: string) => new Keyv({ store, namespace })],
    ['6', (store: KeyvTerrace, namespace: string) => new Keyv6({ store, namespace }) as unknown as Keyv],
  ] as const) {
    describe(`in Keyv ${version}`, () => {
      it('clears its own namespace, and lists it alone', async () => {
        const cache = createCache()
        const [a, b] = [make(new KeyvTerrace(cache), 'a'), make(new KeyvTerrace(cache), 'b')]
        await a.setMany([
          { key: 'x', value: 1 },
          { key: 'y', value: null },
        ])
        await b.set('x', 2)
        expect(await a.getMany(['x', 'y', 'z'])).toEqual([1, null, undefined])
        expect(await pairsOf(a.iterator!(undefined))).toEqual(
          new Map([
            ['x', 1],
            ['y', null],
          ] as [string, unknown][]),
        )
        await a.clear()
        expect(await a.getMany(['x', 'y'])).toEqual([undefined, undefined])
        expect(await b.get('x')).toBe(2)
      })

      it('lists more than one batch', async () => {
        const keyv = make(new KeyvTerrace(createCache()), 'n')
        await keyv.setMany(Array.from({ length: 250 }, (_, n) => ({ key: `k${n}`, value: n })))
        expect((await pairsOf(keyv.iterator!(undefined))).size).toBe(250)
      })

      it('gives the cache the time a value has', async () => {
        const world = new FakeWorld()
        const cache = createCache({ world, ttl: 5000 })
        const store = new KeyvTerrace(cache)
        const keyv = make(store, 'n')
        await keyv.setMany([
          { key: 'short', value: 1, ttl: 1000 },
          { key: 'long', value: 1, ttl: 100_000 },
          { key: 'plain', value: 1 },
        ])
        world.advance(1001)
        expect(await store.hasMany(['n:short', 'n::short'])).toEqual([false, false])
        world.advance(4000)
        expect(await keyv.has('plain')).toBe(false)
        expect(await keyv.has('long')).toBe(true)
      })

      it('hears of failing levels, and survives them', async () => {
        const broken = {
          get: () => Promise.reject(new Error('down')),
          set: () => Promise.reject(new Error('down')),
          delete: () => Promise.reject(new Error('down')),
        }
        const cache = createCache({ levels: [memory(), fromAsync(broken)] })
        const heard: unknown[] = []
        const keyv = make(new KeyvTerrace(cache), 'n')
        const unheard = make(new KeyvTerrace(cache), 'm')
        keyv.on('error', (error: unknown) => heard.push(error))
        expect(await keyv.set('a', 1)).toBe(true)
        expect(await keyv.get('a')).toBe(1)
        expect(await unheard.get('b')).toBeUndefined()
        expect(heard.length).toBeGreaterThan(0)
        await cache.close()
      })
    })
  }

  it('removes what is given no time', async () => {
    const cache = createCache()
    const store = new KeyvTerrace(cache)
    await store.set('a', 1)
    await store.set('a', 2, -5)
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.ttl('a')).toBeUndefined()
  })

  it('keeps for ever what is given more time than there is', async () => {
    const cache = createCache({ ttl: 1000 })
    const keyv = new Keyv(new KeyvTerrace(cache))
    for (const ttl of [Number.MAX_SAFE_INTEGER, 1e15, Number.POSITIVE_INFINITY]) {
      expect(await keyv.set('a', 1, ttl)).toBe(true)
      expect(await keyv.get('a')).toBe(1)
      expect(await new KeyvTerrace(cache).set('b', 1, ttl)).toBe(true)
      expect(await cache.ttl('b')).toBe(Number.POSITIVE_INFINITY)
    }
  })

  it('tells whether a value is kept', async () => {
    const cache = createCache({ levels: [memory({ maxBytes: 2000, maxEntries: 10 })] })
    const store = new KeyvTerrace(cache)
    expect(
      await store.setMany([
        { key: 'a', value: 1 },
        { key: 'b', value: 'x'.repeat(100_000) },
      ]),
    ).toEqual([true, false])
  })

  it('closes the cache only where it is told to', async () => {
    const cache = createCache()
    await new Keyv(new KeyvTerrace(cache)).disconnect()
    await cache.set('a', 1)
    await new Keyv(new KeyvTerrace(cache, { closeCache: true })).disconnect()
    await expect(cache.set('a', 1)).rejects.toThrow('closed')
  })

  it('tells nobody about levels where it is told not to, nor who has gone', async () => {
    const down = () => Promise.reject(new Error('down'))
    const cache = createCache({ levels: [fromAsync({ get: down, set: down, delete: down })] })
    const told: string[] = []
    new KeyvTerrace(cache, { emitErrors: false }).on('error', () => told.push('silent'))
    const gone = () => told.push('gone')
    new KeyvTerrace(cache).on('error', gone).off('error', gone)
    new KeyvTerrace(cache).on('error', () => told.push('there'))
    await cache.get('a')
    expect(told).toEqual(['there'])
    await cache.close()
  })

  it('hears of failures alone, and only while somebody listens', () => {
    const cache = createCache()
    const stop = vi.fn()
    const on = vi.spyOn(cache, 'on').mockReturnValue(stop)
    const store = new KeyvTerrace(cache)
    const one = () => undefined
    const other = () => undefined
    store.on('error', one).on('error', other)
    expect(on.mock.calls.map(([types]) => types)).toEqual(['levelFailed'])
    store.off('error', one)
    expect(stop).not.toHaveBeenCalled()
    store.off('error', other)
    expect(stop).toHaveBeenCalledTimes(1)
    store.on('error', one)
    expect(on).toHaveBeenCalledTimes(2)
  })

  it('keeps types where Keyv is told to make no text of values', async () => {
    const value = { at: new Date(0), map: new Map([[1, 2]]) }
    const store = () => new KeyvTerrace(createCache())
    const plain = { serialize: undefined, deserialize: undefined } as object
    const kinds: [unknown, Pick<Keyv, 'set'> & { get(key: string): Promise<unknown> }][] = [
      [{ at: '1970-01-01T00:00:00.000Z', map: {} }, new Keyv({ store: store() })],
      [{ at: '1970-01-01T00:00:00.000Z', map: {} }, new Keyv6({ store: store() })],
      [value, new Keyv({ store: store(), ...plain })],
      [value, new Keyv6({ store: store(), serialization: false })],
    ]
    for (const [expected, keyv] of kinds) {
      await keyv.set('k', value)
      expect(await keyv.get('k')).toEqual(expected)
    }
  })

  it('refuses wrong options, and what is no cache', () => {
    for (const other of [{}, undefined, new Map(), 'cache']) {
      expect(() => new KeyvTerrace(other as never)).toThrow('KeyvTerrace: expected a cache, got ')
    }
    expect(() => new KeyvTerrace(createCache(), { closeCaches: true } as never)).toThrow("Did you mean 'closeCache'?")
    expect(() => new KeyvTerrace(createCache(), { closeCache: 1 } as never)).toThrow('expected true or false')
    expect(() => new KeyvTerrace(createCache(), { namespace: 1 } as never)).toThrow('expected a string')
  })
})
