import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, type MultiLevelCache, memory, type SourceOptions } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A cache whose source answers when it is told to, key by key. */
function setUp(source: SourceOptions, more: { readonly staleFor?: number; readonly refreshAfter?: number } = {}) {
  const world = new FakeWorld(3)
  const events: CacheEvent[] = []
  const cache: MultiLevelCache<string> = createCache<string>({
    levels: [memory()],
    ttl: 1000,
    ...more,
    source,
    world,
    observe: (event) => events.push(event),
  })
  const asked: string[] = []
  const waiting = new Map<string, PromiseWithResolvers<string>>()
  const fetcher = (key: string): Promise<string> => {
    asked.push(key)
    const answer = Promise.withResolvers<string>()
    waiting.set(key, answer)
    return answer.promise
  }
  const answer = async (key: string, value = `${key}!`): Promise<void> => {
    waiting.get(key)!.resolve(value)
    await world.settle()
  }
  const fail = async (key: string): Promise<void> => {
    waiting.get(key)!.reject(new Error(`${key} failed`))
    await world.settle()
  }
  return { world, cache, events, asked, fetcher, answer, fail }
}

describe('a cache that spares its source', () => {
  it('fetches only so many keys at a time, and answers all', async () => {
    const { world, cache, asked, fetcher, answer } = setUp({ maxConcurrent: 2 })
    const answers = ['a', 'b', 'c', 'd'].map((key) => cache.getOrFetch(key, fetcher))
    await world.settle()
    expect(asked).toEqual(['a', 'b'])
    expect(cache.stats().source).toEqual({ limit: 2, inFlight: 2, queued: 2, shed: 0, retried: 0, waited: 0 })
    world.advance(10)
    await answer('b')
    expect(asked).toEqual(['a', 'b', 'c'])
    for (const key of ['a', 'c', 'd']) await answer(key)
    expect((await Promise.all(answers)).map(({ data }) => data)).toEqual(['a!', 'b!', 'c!', 'd!'])
    expect(cache.stats().source).toEqual({ limit: 2, inFlight: 0, queued: 0, shed: 0, retried: 0, waited: 20 })
  })

  it('counts a batch as one', async () => {
    const { world, cache, asked, fetcher } = setUp({ maxConcurrent: 1 })
    const many = cache.getOrFetchMany(['a', 'b', 'c'], async (keys) => {
      const first = await fetcher(keys.join(' '))
      return keys.map(() => first)
    })
    many.catch(() => undefined)
    await world.settle()
    expect(asked).toEqual(['a b c'])
    expect(cache.stats().source?.inFlight).toBe(1)
  })

  it('sheds to a stale copy, and asks for the key no more for a while', async () => {
    const { world, cache, asked, events, fetcher, answer } = setUp(
      { maxConcurrent: 1, maxQueueTime: 50 },
      { staleFor: 10_000 },
    )
    const first = cache.getOrFetch('a', fetcher)
    await world.settle()
    await answer('a', 'old')
    await first
    world.advance(2000)
    void cache.getOrFetch('busy', fetcher)
    const shed = cache.getOrFetch('a', fetcher)
    const none = cache.getOrFetch('b', fetcher)
    const refused = expect(none).rejects.toMatchObject({ code: 'ERR_FETCH_SHED' })
    await world.settle()
    world.advance(50)
    expect(await shed).toEqual({ found: true, data: 'old' })
    await refused
    expect(asked).toEqual(['a', 'busy'])
    expect(events.filter(({ type }) => type === 'shed' || type === 'stale')).toEqual([
      { type: 'shed', keys: ['a'], priority: 'normal', reason: 'late', waited: 50 },
      { type: 'shed', keys: ['b'], priority: 'normal', reason: 'late', waited: 50 },
      { type: 'stale', key: 'a', level: 'L1', reason: 'spared' },
    ])
    expect(await cache.getOrFetch('a', fetcher)).toEqual({ found: true, data: 'old' })
    expect(cache.stats().source).toMatchObject({ shed: 2, queued: 0 })
  })

  it('lets go of a call that is aborted in line, without having asked', async () => {
    const { world, cache, asked, fetcher } = setUp({ maxConcurrent: 1 })
    void cache.getOrFetch('busy', fetcher)
    const controller = new AbortController()
    const left = cache.getOrFetch('a', fetcher, { signal: controller.signal })
    await world.settle()
    expect(cache.stats().source?.queued).toBe(1)
    controller.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    await world.settle()
    expect(cache.stats().source).toMatchObject({ queued: 0, shed: 0 })
    expect(asked).toEqual(['busy'])
  })

  it('fetches what matters first, and refreshes last', async () => {
    const { world, cache, asked, fetcher, answer } = setUp({ maxConcurrent: 1 }, { refreshAfter: 500 })
    const first = cache.getOrFetch('due', fetcher)
    await world.settle()
    await answer('due')
    await first
    world.advance(600)
    void cache.getOrFetch('busy', fetcher)
    await world.settle()
    expect(await cache.getOrFetch('due', fetcher)).toEqual({ found: true, data: 'due!' })
    await world.settle()
    void cache.getOrFetch('slow', fetcher, { fetchPriority: 'low' })
    void cache.getOrFetch('page', fetcher)
    void cache.getOrFetch('checkout', fetcher, { fetchPriority: 'high' })
    await world.settle()
    for (const key of ['busy', 'checkout', 'page', 'due', 'slow']) await answer(key)
    expect(asked).toEqual(['due', 'busy', 'checkout', 'page', 'due', 'slow'])
  })

  it('hastens a fetch in line that somebody joins to whom it matters more', async () => {
    const { world, cache, asked, fetcher, answer } = setUp({ maxConcurrent: 1 })
    void cache.getOrFetch('busy', fetcher)
    await world.settle()
    for (const key of ['a', 'b', 'c']) {
      void cache.getOrFetch(key, fetcher, { fetchPriority: key === 'a' ? 'low' : 'normal' })
      await world.settle()
      world.advance(1)
    }
    void cache.getOrFetch('c', fetcher, { fetchPriority: 'low' })
    void cache.getOrFetch('a', fetcher)
    await world.settle()
    for (const key of ['busy', 'a', 'b', 'c']) await answer(key)
    expect(asked).toEqual(['busy', 'a', 'b', 'c'])
  })

  it('tries again what failed, and each time is a fetch', async () => {
    const { world, cache, events, asked, fetcher, answer, fail } = setUp({ retries: { backoff: 100 } })
    const answered = cache.getOrFetch('a', fetcher)
    await world.settle()
    await fail('a')
    world.advance(100)
    await world.settle()
    expect(asked).toEqual(['a', 'a'])
    await answer('a')
    expect(await answered).toEqual({ found: true, data: 'a!' })
    expect(cache.stats()).toMatchObject({
      fetches: 2,
      fetchFailures: 1,
      source: { limit: undefined, inFlight: 0, retried: 1 },
    })
    expect(events.map(({ type }) => type).filter((type) => /fetch|retried/.test(type))).toEqual([
      'fetch',
      'fetchFailed',
      'retried',
      'fetch',
      'fetched',
    ])
  })

  it('does not try again what the fetcher says has failed', async () => {
    const { cache } = setUp({ retries: {} })
    let asked = 0
    const answered = cache.getOrFetch('a', (_, { fail }) => {
      asked++
      return fail(new Error('410 Gone'))
    })
    await expect(answered).rejects.toThrow('410 Gone')
    expect(asked).toBe(1)
  })

  it('sheds what comes when the line is full, and answers the rest', async () => {
    const { world, cache, asked, fetcher, answer } = setUp({ maxConcurrent: 1, maxQueued: 2 })
    const calls = ['a', 'b', 'c', 'd'].map((key) => cache.getOrFetch(key, fetcher).then(({ data }) => data, String))
    await world.settle()
    for (const key of ['a', 'b', 'c']) await answer(key)
    expect(await Promise.all(calls)).toEqual([
      'a!',
      'b!',
      'c!',
      'TerraceError: a fetch was not let through to the source: the line is full (maxQueued: 2)',
    ])
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(world.timers).toBeLessThanOrEqual(1)
  })

  it('lets what waits come through when it is closed, and no longer than it may', async () => {
    const { world, cache, asked, fetcher, answer } = setUp({ maxConcurrent: 1, maxQueueTime: '1h' })
    const calls = ['a', 'b', 'c'].map((key) => cache.getOrFetch(key, fetcher).then(({ data }) => data, String))
    await world.settle()
    const closed = cache.close({ within: 100 })
    await world.settle()
    await answer('a')
    expect(asked).toEqual(['a', 'b'])
    world.advance(100)
    await world.settle()
    await closed
    await answer('b')
    expect(await Promise.all(calls)).toEqual([
      'a!',
      'b!',
      'TerraceError: the cache was closed while a fetch waited for its turn',
    ])
    expect(asked).toEqual(['a', 'b'])
    expect(world.timers).toBe(0)
  })

  it('does not pause before a retry longer than it may when it is closed', async () => {
    const { world, cache, asked, fetcher, fail } = setUp({ retries: { backoff: '10s' } })
    const failed = expect(cache.getOrFetch('a', fetcher)).rejects.toThrow('a failed')
    const late = expect(cache.getOrFetch('b', fetcher)).rejects.toThrow('b failed')
    await world.settle()
    await fail('a')
    const closed = cache.close({ within: 1 })
    await world.settle()
    world.advance(1)
    await world.settle()
    await closed
    await failed
    await fail('b')
    await late
    expect(asked).toEqual(['a', 'b'])
    expect(world.timers).toBe(0)
  })
})
