import { describe, expect, it } from 'vitest'
import { fromAsync, type MultiLevelCache, notFound } from '../../src/index.ts'
import { life, told } from './life.ts'

const DOWN = new Error('the source is down')

for (const [name, expire] of [
  ['expireTags', (cache: Cache) => cache.expireTags(['t'])],
  ['clear with keepStale', (cache: Cache) => cache.clear({ keepStale: true })],
  ['clearPrefix with keepStale', (cache: Cache) => cache.clearPrefix('k', { keepStale: true })],
] as const) {
  describe(`${name}, over private levels`, () => {
    it('fetches anew, and serves the old copy where that fails', async () => {
      const { cache, source, fetch, pass, events } = life({ staleFor: 5000 })
      const tags = ['t']
      await cache.getOrFetch('k', fetch, { tags })
      source.answer = DOWN
      expect(await expire(cache)).toMatchObject({ ok: true })
      await expect(cache.get('k')).resolves.toBeUndefined()
      expect(cache.peek('k')).toBeUndefined()
      await expect(cache.has('k')).resolves.toBe(false)
      expect((await cache.getOrFetch('k', fetch, { tags })).data).toBe('one')
      expect(told(events).at(-1)).toBe('stale')
      expect(cache.stats().stale).toBe(1)
      source.answer = 'two'
      await pass(2000)
      expect((await cache.getOrFetch('k', fetch, { tags })).data).toBe('two')
      await expect(cache.get('k')).resolves.toBe('two')
    })

    it('leaves nothing of what has no time to be stale', async () => {
      const { cache, source, fetch } = life()
      await cache.getOrFetch('k', fetch, { tags: ['t'] })
      await cache.getOrFetch('kk', fetch, { tags: ['t'], refreshAfter: 0.5 })
      source.answer = DOWN
      await expire(cache)
      await expect(cache.getOrFetch('k', fetch)).rejects.toBe(DOWN)
      await expect(cache.getOrFetch('kk', fetch)).rejects.toBe(DOWN)
      expect(cache.stats().stale).toBe(0)
    })

    it('does not keep what was being fetched, and answers who waits for it', async () => {
      const { cache, source, fetch, pass } = life({ staleFor: 5000 })
      source.delay = 100
      const early = cache.getOrFetch('k', fetch, { tags: ['t'] })
      await pass(50)
      await expire(cache)
      await pass(100)
      expect((await early).data).toBe('one')
      await expect(cache.get('k')).resolves.toBeUndefined()
      source.delay = 0
      source.answer = 'two'
      expect((await cache.getOrFetch('k', fetch, { tags: ['t'] })).data).toBe('two')
    })

    it('lets the copy that a fetch had at hand stand in, as stale, for who waits and who comes', async () => {
      const { cache, source, fetch, pass, events } = life({ staleFor: 5000, refreshAfter: 100 })
      const tags = ['t']
      await cache.getOrFetch('k', fetch, { tags })
      await pass(1500)
      source.delay = 200
      source.answer = DOWN
      const early = cache.getOrFetch('k', fetch, { tags })
      await pass(50)
      await expire(cache)
      const late = cache.getOrFetch('k', fetch, { tags })
      await pass(500)
      expect([(await early).data, (await late).data]).toEqual(['one', 'one'])
      expect(events.filter(({ type }) => type === 'stale')).toHaveLength(2)
    })

    it('is outdone by an invalidation that keeps nothing', async () => {
      const { cache, source, fetch, pass } = life({ staleFor: 5000 })
      const tags = ['t']
      await cache.getOrFetch('k', fetch, { tags })
      source.answer = DOWN
      source.delay = 200
      await expire(cache)
      const early = cache.getOrFetch('k', fetch, { tags })
      early.catch(() => undefined)
      await pass(50)
      await expire(cache)
      await cache.delete('k')
      await pass(300)
      await expect(early).rejects.toBe(DOWN)
      const late = cache.getOrFetch('k', fetch, { tags })
      late.catch(() => undefined)
      await pass(300)
      await expect(late).rejects.toBe(DOWN)
    })

    it('is told where somebody asks for the key', async () => {
      const { cache, fetch } = life({ staleFor: 5000 })
      await cache.getOrFetch('k', fetch, { tags: ['t'] })
      await expire(cache)
      const { servedBy, levels } = await cache.explain('k')
      expect(servedBy).toBeUndefined()
      for (const { state, reason, floors } of levels) {
        expect(state).toBe('stale')
        expect(reason).toMatch(/^it was kept as stale by the expiry of (tag:t|everything|prefix:k): served only where/)
        expect(floors.map(({ scope }) => scope)).toMatchObject([{ keepsStale: true }])
      }
    })
  })
}

type Cache = ReturnType<typeof life>['cache']

describe('what is expired by a tag', () => {
  it('is only what carries it', async () => {
    const { cache, source, fetch } = life({ staleFor: 5000 })
    await cache.getOrFetch('a', fetch, { tags: ['t'] })
    await cache.getOrFetch('b', fetch, { tags: ['u'] })
    source.answer = 'two'
    await cache.expireTags(['t'])
    expect((await cache.getOrFetch('a', fetch)).data).toBe('two')
    expect((await cache.getOrFetch('b', fetch)).data).toBe('one')
    await cache.expireTags([])
    expect((await cache.getOrFetch('b', fetch)).data).toBe('one')
  })

  it('is no value to list, to prolong or to count on', async () => {
    const { cache, source, fetch } = life({ staleFor: 5000 })
    await cache.set('n', 7 as never, { tags: ['t'] })
    await cache.getOrFetch('k', fetch, { tags: ['t'] })
    await cache.expireTags(['t'])
    expect((await cache.keys().next()).done).toBe(true)
    expect([
      await cache.ttl('k'),
      await cache.expire('k', 1000),
      await (cache as MultiLevelCache).increment('n'),
    ]).toEqual([undefined, false, 1])
    source.answer = DOWN
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
  })

  it('may have no end', async () => {
    const { cache, source, fetch } = life({ ttl: Number.POSITIVE_INFINITY, staleFor: 5000 })
    await cache.getOrFetch('k', fetch, { tags: ['t'] })
    source.answer = DOWN
    await cache.expireTags(['t'])
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect(cache.stats().stale).toBe(1)
  })

  it('may be as good as new', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    await cache.set('k', 'one', { tags: ['t'] })
    await cache.expireTags(['t'])
    const ages: (string | undefined)[] = []
    await cache.getOrFetch('k', (_, { stale, notModified }) => {
      ages.push(stale?.value)
      return notModified()
    })
    await pass(100)
    expect(ages).toEqual(['one'])
    await expect(cache.get('k')).resolves.toBe('one')
    await cache.expireTags(['t'])
    await expect(cache.get('k')).resolves.toBeUndefined()
  })

  it('is an absence as well', async () => {
    const { cache } = life({ staleFor: 5000 })
    let fetches = 0
    const nothing = () => {
      fetches++
      return notFound({ ttl: 5000 })
    }
    await cache.getOrFetch('k', nothing)
    await cache.getOrFetch('k', nothing)
    expect(fetches).toBe(1)
    await cache.clear({ keepStale: true })
    await cache.getOrFetch('k', nothing)
    expect(fetches).toBe(2)
  })

  it('is so in a store of your own, too', async () => {
    const held = new Map<string, unknown>()
    const store = {
      get: async (key: string) => held.get(key),
      set: async (key: string, box: unknown) => void held.set(key, box),
      delete: async (key: string) => void held.delete(key),
    }
    const { cache, source, fetch } = life({ levels: [fromAsync(store)], staleFor: 5000 })
    await cache.getOrFetch('k', fetch, { tags: ['t'] })
    await cache.expireTags(['t'])
    await expect(cache.get('k')).resolves.toBeUndefined()
    source.answer = DOWN
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
  })

  it('is served stale at once to who does not wait', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, softTimeout: 0 })
    await cache.getOrFetch('k', fetch, { tags: ['t'] })
    source.answer = 'two'
    source.delay = 100
    await cache.expireTags(['t'])
    expect((await cache.getOrFetch('k', fetch, { tags: ['t'] })).data).toBe('one')
    await pass(200)
    await expect(cache.get('k')).resolves.toBe('two')
  })

  it('is dead when its time is over', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 1000, staleFor: 500 })
    await cache.getOrFetch('k', fetch, { tags: ['t'] })
    source.answer = DOWN
    await cache.expireTags(['t'])
    await pass(1510)
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(DOWN)
  })

  it('is no matter of a time over which it is spread', async () => {
    const { cache } = life()
    const both: object = { keepStale: true, over: '1m' }
    await expect(cache.clear(both)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.expireTags('t' as never)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})
