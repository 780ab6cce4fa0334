import { describe, expect, it } from 'vitest'
import { createCache, found, memory, type Rank } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

function small(options: { priority?: Rank } = {}) {
  const levels = [memory({ maxEntries: 10 }), memory({ maxEntries: 10_000 })]
  return createCache<number>({ levels, world: new FakeWorld(), ...options })
}

describe('the priority of a value', () => {
  it('keeps what is pinned in level 1, by set, put, the fetcher, the call, the namespace', async () => {
    const cache = small()
    const pinned = cache.namespace<number>('pinned', { priority: 'pinned' })
    await cache.set('set', 1, { priority: 'pinned' })
    await cache.put('put', 1, { priority: 'pinned' })
    await cache.getOrFetch('found', () => found(1, { priority: 'pinned' }))
    await cache.getOrFetch('call', () => 1, { priority: 'pinned' })
    await pinned.set('k', 1)
    for (let n = 0; n < 200; n++) await cache.getOrFetch(`other ${n}`, () => n)
    for (const key of ['set', 'put', 'found', 'call']) expect(cache.peek(key)).toBe(1)
    expect(pinned.peek('k')).toBe(1)
  })

  it('lets what is low go first, and lasts no longer than the value', async () => {
    const cache = small({ priority: 'low' })
    await cache.set('normal', 1, { priority: 'normal' })
    for (let n = 0; n < 50; n++) await cache.set(`low ${n}`, n)
    expect(cache.peek('normal')).toBe(1)
    await cache.set('normal', 2)
    for (let n = 50; n < 100; n++) await cache.set(`low ${n}`, n)
    expect(cache.peek('normal')).toBeUndefined()
    expect(await cache.get('normal')).toBe(2)
  })

  it('stays through protection, ttls of levels, and new ends', async () => {
    const cache = createCache<{ n: number }>({
      levels: [memory({ maxEntries: 10, protect: 'clone', ttl: 5000 })],
      world: new FakeWorld(),
    })
    await cache.set('k', { n: 1 }, { priority: 'pinned', staleFor: 1000 })
    for (let n = 0; n < 200; n++) await cache.set(`other ${n}`, { n })
    expect(cache.peek('k')).toEqual({ n: 1 })
  })

  it('is refused where there is none of that name', async () => {
    const cache = small()
    await expect(cache.set('k', 1, { priority: 'pined' as Rank })).rejects.toThrow(/Did you mean 'pinned'/)
    await expect(cache.getOrFetch('k', () => 1, { priority: 'first' as Rank })).rejects.toThrow(
      /priority: expected one of/,
    )
  })
})
