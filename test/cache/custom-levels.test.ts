import { describe, expect, it } from 'vitest'
import {
  type Box,
  type CacheEvent,
  createCache,
  fromAsync,
  fromSync,
  type LevelFactory,
  memory,
  NO_TRAITS,
} from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A store of JSON texts, as on a disk: what is written outlives the cache. */
class Texts {
  readonly texts = new Map<string, string>()
  async get(key: string): Promise<unknown> {
    const text = this.texts.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }
  async set(key: string, box: Box): Promise<void> {
    this.texts.set(key, JSON.stringify(box))
  }
  async delete(key: string): Promise<void> {
    this.texts.delete(key)
  }
}

describe('fromSync', () => {
  it('makes a Map the first level, answering at once', async () => {
    const store = new Map<string, Box>()
    const cache = createCache<number>({ levels: [fromSync(store), memory()] })
    await cache.getOrFetch('k', () => 1)
    expect(cache.peek('k')).toBe(1)
    expect(store.get('k')).toMatchObject({ terrace: 1, found: true, value: 1 })
    await cache.delete('k')
    expect(store.size).toBe(0)
  })

  it('tells the store how long a box may stay', async () => {
    const told: unknown[] = []
    const store = { get: () => undefined, set: (...given: unknown[]) => told.push(given[2]), delete: () => true }
    const cache = createCache<number>({ levels: [fromSync(store, { ttl: 500 })], world: new FakeWorld() })
    await cache.set('a', 1)
    await cache.set('b', 1, { ttl: 100 })
    const endless = createCache<number>({ levels: [fromSync(store)] })
    await endless.set('c', 1)
    expect(told).toEqual([500, 100, undefined])
  })

  it('says so when the store answers with a promise, and fails nobody', async () => {
    const errors: unknown[] = []
    const observe = (event: CacheEvent) => event.type === 'levelFailed' && errors.push(event.error)
    const cache = createCache<number>({ levels: [fromSync(new Texts()), memory()], observe })
    expect(await cache.getOrFetch('k', () => 1)).toEqual({ found: true, data: 1 })
    expect(errors[0]).toMatchObject({ message: 'fromSync: get returned a promise; use fromAsync' })
  })

  it('fails nobody when the store throws', async () => {
    const broken = () => {
      throw new Error('disk full')
    }
    const cache = createCache<number>({ levels: [fromSync({ get: broken, set: broken, delete: broken }), memory()] })
    expect(await cache.getOrFetch('k', () => 1)).toEqual({ found: true, data: 1 })
    expect(await cache.set('k', 2)).toMatchObject({ ok: false, levels: [{ outcome: 'pending' }, { outcome: 'done' }] })
    expect(await cache.get('k')).toBe(2)
    expect(cache.peek('k')).toBeUndefined()
    expect(cache.stats().levels[0]!.failures).toBeGreaterThan(1)
    await cache.close()
  })

  it('clears the store where it is told how', async () => {
    const store = new Map<string, Box>()
    const cache = createCache({ levels: [fromSync(store, { clear: () => store.clear(), keys: () => store.keys() })] })
    await cache.setMany([
      ['a:1', 1],
      ['a:2', 1],
      ['b', 1],
    ])
    await cache.clearPrefix('a:')
    expect([...store.keys()]).toEqual(['b'])
    await cache.clear()
    expect(store.size).toBe(0)
  })
})

describe('fromAsync', () => {
  it('serves in a later process what an earlier one left, and keeps its time by the wall clock', async () => {
    const store = new Texts()
    const before = new FakeWorld(1)
    const first = createCache({ levels: [fromAsync(store)], world: before })
    await first.set('k', { deep: true }, { ttl: 10_000, tags: ['t'], version: 4 })
    const after = new FakeWorld(2)
    after.advance(500_000)
    after.jumpWall(-500_000 + 4000)
    const second = createCache({ levels: [memory(), fromAsync(store)], world: after })
    expect(await second.get('k')).toEqual({ deep: true })
    expect((await second.explain('k')).levels).toMatchObject([
      { ttl: 6000, tags: ['t'], version: 4 },
      { ttl: 6000, tags: ['t'], version: 4 },
    ])
  })

  it('never serves what an earlier process left once this one has invalidated it, however high its era was', async () => {
    const store = new Texts()
    const first = createCache({ levels: [fromAsync(store)], world: new FakeWorld(1) })
    for (let n = 0; n < 50; n++) await first.set('k', n, { tags: ['t'] })
    const second = createCache({ levels: [fromAsync(store)], world: new FakeWorld(2) })
    await second.invalidateTags(['t'])
    expect(await second.get('k')).toBeUndefined()
  })

  it('takes what is no box for absent, and heals it', async () => {
    for (const foreign of ['42', 'null', '"text"', '[]', '{}', '{"terrace":1}', '{"terrace":2,"value":1}']) {
      const store = new Texts()
      store.texts.set('k', foreign)
      const cache = createCache<number>({ levels: [fromAsync(store)] })
      expect(await cache.getOrFetch('k', () => 7)).toEqual({ found: true, data: 7 })
      expect(await cache.getOrFetch('k', () => expect.unreachable())).toEqual({ found: true, data: 7 })
    }
  })

  it('waits a second for a store that hangs, and fails nobody', async () => {
    const world = new FakeWorld()
    const hangs = () => new Promise<never>(() => undefined)
    const cache = createCache<number>({ levels: [fromAsync({ get: hangs, set: hangs, delete: hangs })], world })
    const asked = cache.getOrFetch('k', () => 1)
    await world.settle()
    world.advance(999)
    await world.settle()
    expect(cache.stats().flights).toBe(2)
    world.advance(1)
    expect(await asked).toEqual({ found: true, data: 1 })
  })

  it('fails nobody, and leaves no rejection behind, where one key is refused at once and another later', async () => {
    const orphans: unknown[] = []
    const hear = (reason: unknown) => orphans.push(reason)
    process.on('unhandledRejection', hear)
    try {
      const get = (key: string): Promise<unknown> => {
        if (key === 'no key') throw new TypeError('a key with a space')
        return Promise.reject(new Error('not connected'))
      }
      const cache = createCache<number>({ levels: [fromAsync({ get, set: () => {}, delete: () => {} })] })
      expect(await cache.getMany(['a', 'no key', 'b'])).toEqual([undefined, undefined, undefined])
      // Node tells of rejections before the event loop goes on.
      await new Promise((resolve) => setImmediate(resolve))
      expect(orphans).toEqual([])
    } finally {
      process.off('unhandledRejection', hear)
    }
  })
})

describe('a level from scratch', () => {
  /** A level that has `tidy` done to each list it is given, in place, as only JavaScript lets it. */
  function untidy(tidy: (list: unknown[]) => void): LevelFactory {
    return (context) => {
      const level = memory()(context)
      const tidied = <T>(list: readonly T[]): readonly T[] => {
        tidy(list as T[])
        return list
      }
      return {
        name: level.name,
        timeout: 1000,
        traits: { ...NO_TRAITS, softens: true },
        read: (keys) => level.read(tidied(keys)),
        write: (entries) => level.write(tidied(entries)),
        replace: (entries) => level.replace(tidied(entries)),
        raise: (scopes) => level.raise(tidied(scopes)),
        close: () => level.close(),
      }
    }
  }

  it('that reorders what it is given never has a value served under another key', async () => {
    const cache = createCache<string>({ levels: [untidy((list) => list.reverse())] })
    const keys = ['a', 'b', 'c']
    await cache.setMany(keys.map((key) => [key, key]))
    const values = await cache.getMany(keys)
    for (const [n, value] of values.entries()) expect([undefined, keys[n]]).toContain(value)
    await cache.close()
  })

  it('that empties what it is given fails nobody, and no other level misses a change', async () => {
    const cache = createCache<number>({ levels: [memory(), untidy((list) => list.splice(0))] })
    expect(await cache.getOrFetch('k', () => 1)).toEqual({ found: true, data: 1 })
    await cache.set('k', 2)
    expect(cache.peek('k')).toBe(2)
    await cache.delete('k')
    expect(await cache.get('k')).toBeUndefined()
    await cache.close()
  })
})
