import { describe, expect, it } from 'vitest'
import { TimedRefreshes } from '../../src/cache/timed-refreshes.ts'
import { memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { life, told } from './life.ts'

const down = new Error('down')

describe('a value that is due', () => {
  it('is served at once, and fetched anew in the background, once', async () => {
    const { cache, source, fetch, pass, events } = life({ refreshAfter: 0.8 })
    await cache.getOrFetch('k', fetch)
    await pass(790)
    source.answer = 'two'
    source.delay = 100
    await cache.getOrFetch('k', fetch)
    expect(source.calls).toBe(1)
    await pass(10)
    for (let n = 0; n < 10; n++) expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect(await cache.get('k')).toBe('one')
    expect(cache.peek('k')).toBe('one')
    await pass(100)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('two')
    expect(await cache.ttl('k')).toBe(1000)
    expect(source.calls).toBe(2)
    expect(told(events)).toEqual(['fetch', 'refresh', 'fetch'])
    const { hits, misses, refreshes, levels } = cache.stats()
    expect({ hits, misses, refreshes }).toEqual({ hits: 13, misses: 1, refreshes: 1 })
    expect(levels[0]).toMatchObject({ hits: 13, misses: 1 })
  })

  it('may be named by a duration, and by the call', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 300 })
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('early', fetch, { refreshAfter: 100 })
    await pass(100)
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('early', fetch)
    await pass(10)
    expect(source.calls).toBe(3)
    await pass(200)
    await cache.getOrFetch('k', fetch)
    await pass(10)
    expect(source.calls).toBe(4)
  })

  it('of a batch is fetched anew with the others that are due', async () => {
    const { cache, pass } = life({ refreshAfter: 0.5 })
    const asked: (readonly string[])[] = []
    const many = (keys: readonly string[]): string[] => {
      asked.push(keys)
      return keys.map((key) => `${key}${asked.length}`)
    }
    await cache.getOrFetchMany(['a', 'b'], many)
    await pass(500)
    expect((await cache.getOrFetchMany(['a', 'b', 'c'], many)).map(({ data }) => data)).toEqual(['a1', 'b1', 'c3'])
    await pass(10)
    expect(asked.slice(1).map((keys) => keys.join())).toEqual(['a,b', 'c'])
    expect(await cache.getMany(['a', 'b'])).toEqual(['a2', 'b2'])
  })

  it('stays when its refresh fails, and the source is spared for a while', async () => {
    const { cache, source, fetch, pass, world } = life({ refreshAfter: 0.5, retryAfter: 200 })
    await cache.getOrFetch('k', fetch)
    await pass(500)
    source.answer = down
    for (let n = 0; n < 5; n++) {
      expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
      await pass(40)
    }
    expect(source.calls).toBe(2)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(10)
    expect(source.calls).toBe(3)
    expect(world.failures).toEqual([])
    await pass(300)
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
  })

  it('loses to an invalidation while it is fetched anew', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 0.5 })
    await cache.getOrFetch('k', fetch)
    await pass(500)
    source.answer = 'before'
    source.delay = 100
    await cache.getOrFetch('k', fetch)
    await pass(50)
    await cache.set('k', 'set')
    await pass(200)
    expect(await cache.get('k')).toBe('set')
  })

  it('is what whoever comes waits for, once it is stale', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 0.9 })
    await cache.getOrFetch('k', fetch)
    await pass(900)
    source.answer = 'two'
    source.delay = 300
    await cache.getOrFetch('k', fetch)
    await pass(200)
    const late = cache.getOrFetch('k', fetch)
    await pass(100)
    expect((await late).data).toBe('two')
    expect(source.calls).toBe(2)
  })

  it('stays due in the level above when it is promoted', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 0.5, levels: [memory({ maxEntries: 1 }), memory()] })
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('other', fetch)
    await pass(600)
    source.answer = 'two'
    expect(await cache.get('k')).toBe('one')
    await pass(10)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(10)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('two')
  })
})

describe('earlyRefresh', () => {
  it('draws for each copy when it is due: mean and spread are those of XFetch', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 100_000, earlyRefresh: 2 })
    source.delay = 500
    const ahead: number[] = []
    for (let n = 0; n < 400; n++) {
      const asked = cache.getOrFetch(`k${n}`, fetch)
      await pass(500)
      await asked
      const { freshFor, dueIn } = (await cache.explain(`k${n}`)).levels[0]!.upkeep!
      ahead.push(freshFor - dueIn!)
    }
    const mean = ahead.reduce((sum, each) => sum + each, 0) / ahead.length
    expect(ahead).toHaveLength(400)
    // Exponential with a mean of 2 × 500 ms: four standard errors.
    expect(Math.abs(mean - 1000)).toBeLessThan(200)
    expect(ahead.filter((each) => each > 1000).length / 400).toBeCloseTo(Math.exp(-1), 0.8)
  })
})

describe('refreshEvery', () => {
  it('fetches anew by the clock, whoever asks, and nobody waits for it', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 60_000, refreshEvery: 1000 })
    await cache.getOrFetch('k', fetch)
    for (let round = 2; round < 6; round++) {
      source.answer = `round ${round}`
      await pass(500)
      await cache.getOrFetch('k', fetch)
      await pass(500)
      expect(cache.peek('k')).toBe(`round ${round}`)
      expect(source.calls).toBe(round)
    }
  })

  it('costs hits of level 1 one detour a round', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 60_000, refreshEvery: 1000 })
    await cache.getOrFetch('k', fetch)
    for (let n = 0; n < 100; n++) {
      await cache.getOrFetch('k', fetch)
      await pass(10)
    }
    const { hits, refreshes, levels } = cache.stats()
    expect({ hits, refreshes, sets: levels[0]!.sets }).toEqual({ hits: 100, refreshes: 1, sets: 3 })
    expect(source.calls).toBe(2)
  })

  it('ends for a key that nobody asks for, that was invalidated, or whose cache is closed', async () => {
    const { cache, source, fetch, pass, world } = life({ ttl: 60_000, refreshEvery: 1000, refreshIdle: 3500 })
    await cache.getOrFetch('k', fetch)
    await pass(10_000)
    expect(source.calls).toBe(4)
    expect(await cache.get('k')).toBe('one')
    await cache.getOrFetch('other', fetch)
    await cache.delete('other')
    await pass(3000)
    expect(source.calls).toBe(5)
    await cache.getOrFetch('k', fetch)
    await pass(10)
    expect(source.calls).toBe(6)
    await cache.close({ within: 0 })
    await pass(5000)
    expect(source.calls).toBe(6)
    expect(world.timers).toBe(0)
  })

  it('does not begin for who is on his way when the cache closes', () => {
    const world = new FakeWorld()
    const timed = new TimedRefreshes(world)
    timed.close()
    timed.keep('k', { every: 100, idle: 500, age: () => 0, refresh: async () => 0 })
    expect([timed.has('k'), world.timers]).toEqual([false, 0])
  })

  it('begins again when somebody asks again', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 60_000, refreshEvery: 1000, refreshIdle: 1500 })
    await cache.getOrFetch('k', fetch)
    await pass(10_000)
    const before = source.calls
    await cache.getOrFetch('k', fetch)
    await pass(1500)
    expect(source.calls).toBeGreaterThan(before)
  })

  it('is refused for less than 10 ms', () => {
    expect(() => life({ refreshEvery: 5 })).toThrow(/a duration of 10 ms or more/)
  })
})
