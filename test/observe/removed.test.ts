import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

function cacheOf(maxEntries: number, onRemoval?: (key: string) => void) {
  const world = new FakeWorld()
  const cache = createCache<number>({ world, levels: [memory({ maxEntries, policy: 'lru', onRemoval }), memory()] })
  return { world, cache }
}

describe('removed', () => {
  it('tells which entries leave level 1 by themselves, and only while somebody listens', async () => {
    const { world, cache } = cacheOf(2)
    const events: CacheEvent[] = []
    await cache.set('a', 1)
    await cache.set('b', 2)
    await cache.set('c', 3)
    const stop = cache.on('removed', (event) => events.push(event))
    await cache.set('d', 4)
    await cache.delete('d')
    await cache.set('e', 5, { ttl: 10 })
    world.advance(2000)
    expect(events).toEqual([
      { type: 'removed', key: 'b', level: 'L1', reason: 'evicted' },
      { type: 'removed', key: 'e', level: 'L2', reason: 'expired' },
      { type: 'removed', key: 'e', level: 'L1', reason: 'expired' },
    ])
    stop()
    await cache.set('f', 6)
    await cache.set('g', 7)
    expect(events).toHaveLength(3)
    await cache.close()
  })

  it('leaves a listener of the level its own', async () => {
    const own: string[] = []
    const { cache } = cacheOf(1, (key) => own.push(key))
    const told: string[] = []
    await cache.set('a', 1)
    const stop = cache.on('removed', ({ key }) => told.push(key))
    await cache.set('b', 2)
    stop()
    await cache.set('c', 3)
    expect(own).toEqual(['a', 'b'])
    expect(told).toEqual(['a'])
    await cache.close()
  })

  it('lets who hears of it use the cache', async () => {
    const { cache } = cacheOf(2)
    const seen: (number | undefined)[] = []
    cache.on('removed', ({ key }) => {
      seen.push(cache.peek(key))
      cache.stats()
    })
    for (let n = 0; n < 5; n++) await cache.set(`k${n}`, n)
    expect(seen).toEqual([undefined, undefined, undefined])
    await cache.close()
  })
})

describe('sampleHits', () => {
  it('tells hits of every level, and those of level 1 without telling all of them to anybody', async () => {
    const { world, cache } = cacheOf(10)
    const told: string[] = []
    await cache.set('a', 1)
    const stop = cache.sampleHits(1000, (key, hits, level) => told.push(`${key} ${hits} ${level}`))
    await cache.get('a')
    await cache.getOrFetch('a', () => 2)
    await cache.getMany(['a', 'b'])
    expect(told).toEqual(['a 1 L1', 'a 1 L1', 'a 1 L1'])
    stop()
    await cache.get('a')
    expect(told).toHaveLength(3)
    cache.sampleHits(5, () => undefined)
    await cache.close()
    expect(world.timers).toBe(0)
  })

  it('refuses what is no rate or no observer', () => {
    const { cache } = cacheOf(1)
    expect(() => cache.sampleHits(0, () => undefined)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }),
    )
    expect(() => cache.sampleHits(5, 'no' as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
  })
})
