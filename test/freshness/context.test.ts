import { describe, expect, it } from 'vitest'
import { type FetchContext, found } from '../../src/index.ts'
import { life } from './life.ts'

describe('what a fetcher is given', () => {
  it('is its key, a signal, and the stale copy with its age', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    const seen: unknown[] = []
    const users = cache.namespace<string>('users')
    const look = (key: string, { key: own, stale, signal }: FetchContext<string>): string => {
      seen.push([key, own, stale, signal.aborted])
      return 'value'
    }
    await users.getOrFetch('1', look)
    await pass(1200)
    await users.getOrFetch('1', look)
    const copy = { value: 'value', age: 1200, etag: undefined, lastModified: undefined }
    expect(seen).toEqual([
      ['1', '1', undefined, false],
      ['1', '1', copy, false],
    ])
  })

  it('is no stale copy after an invalidation', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', () => 'old', { tags: ['t'] })
    await pass(1200)
    await cache.invalidateTags(['t'])
    await cache.getOrFetch('k', (_, { stale }) => {
      expect(stale).toBeUndefined()
      return 'new'
    })
    expect(await cache.get('k')).toBe('new')
  })

  it('lets it say that nothing has changed: value, tags, version and validators stay, the time begins anew', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    const asked: unknown[] = []
    const fetch = (_: string, { stale, notModified }: FetchContext<{ n: number }>) => {
      asked.push([stale?.etag, stale?.lastModified])
      if (stale?.etag === 'v1') return notModified()
      return found({ n: 1 }, { etag: 'v1', lastModified: 'Sat, 21 Nov 2026', tags: ['t'], version: 7 })
    }
    const objects = cache.namespace<{ n: number }>('objects')
    const { data: first } = await objects.getOrFetch('k', fetch)
    for (let round = 0; round < 3; round++) {
      await pass(1000)
      const { data } = await objects.getOrFetch('k', fetch)
      expect(data).toBe(first)
      expect(await objects.ttl('k')).toBe(1000)
    }
    expect(asked).toEqual([[undefined, undefined], ...Array.from({ length: 3 }, () => ['v1', 'Sat, 21 Nov 2026'])])
    expect((await objects.set('k', { n: 0 }, { version: 6 })).levels[0]!.outcome).toBe('superseded')
    await cache.invalidateTags(['t'])
    expect(await objects.get('k')).toBeUndefined()
  })

  it('keeps the copy for the time said, too', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', () => found('one', { etag: 'a' }))
    await pass(1000)
    await cache.getOrFetch('k', (_, { notModified }) => notModified({ ttl: 200, etag: 'b' }))
    expect(await cache.ttl('k')).toBe(200)
    await pass(200)
    await cache.getOrFetch('k', (_, { stale }) => {
      expect(stale?.etag).toBe('b')
      return 'two'
    })
  })

  it('refuses notModified where there is nothing to keep', async () => {
    const { cache } = life({ staleFor: 5000 })
    const asked = cache.getOrFetch('k', (_, { notModified }) => notModified())
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    await expect(cache.getOrFetch('k', (_, { notModified }) => notModified({ ttll: 1 } as never))).rejects.toThrow(
      /Did you mean 'ttl'/,
    )
  })

  it('lets it fail without throwing: a stale copy, or the reason', async () => {
    const { cache, pass, events } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', () => 'one')
    await pass(1000)
    const failing = (_: string, { fail }: FetchContext) => fail('503')
    expect((await cache.getOrFetch('k', failing)).data).toBe('one')
    const error = new Error('own')
    await expect(cache.getOrFetch('cold', failing)).rejects.toMatchObject({ code: 'ERR_FETCH_FAILED', cause: '503' })
    await expect(cache.getOrFetch('cold', (_, { fail }) => fail(error))).rejects.toBe(error)
    expect(events.filter(({ type }) => type === 'fetchFailed')).toHaveLength(3)
    expect(cache.stats()).toMatchObject({ fetchFailures: 3, flights: 0 })
  })

  it('of a batch are the stale copies by key; each key may fail or stay alone', async () => {
    const { cache, pass } = life({ staleFor: 5000 })
    const space = cache.namespace<string>('space')
    await space.getOrFetchMany(['a', 'b', 'c'], (keys) => keys.map((key) => found(`${key}1`, { etag: key })))
    await pass(1000)
    const results = await space.getOrFetchMany(['a', 'b', 'c', 'd'], (keys, { stale, notModified, fail }) => {
      expect([...stale.keys()]).toEqual(['a', 'b', 'c'])
      expect(stale.get('a')).toMatchObject({ value: 'a1', age: 1000, etag: 'a' })
      return new Map(keys.map((key) => [key, key === 'a' ? notModified() : key === 'b' ? fail('no') : `${key}2`]))
    })
    expect(results.map(({ data }) => data)).toEqual(['a1', 'b1', 'c2', 'd2'])
    expect(await space.getMany(['a', 'b', 'c', 'd'])).toEqual(['a1', undefined, 'c2', 'd2'])
  })
})
