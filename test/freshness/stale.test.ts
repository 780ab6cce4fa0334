import { describe, expect, it } from 'vitest'
import { doNotKeep, found, memory, notFound } from '../../src/index.ts'
import { life, told } from './life.ts'

const down = new Error('down')

describe('a stale copy', () => {
  it('is no hit: the source is asked, and its answer kept', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    expect(await cache.get('k')).toBeUndefined()
    expect(cache.peek('k')).toBeUndefined()
    expect(await cache.has('k')).toBe(false)
    expect(await cache.ttl('k')).toBeUndefined()
    expect((await cache.keys().next()).done).toBe(true)
    source.answer = 'two'
    expect(await cache.getOrFetch('k', fetch)).toEqual({ found: true, data: 'two' })
    expect(await cache.get('k')).toBe('two')
    expect(await cache.ttl('k')).toBe(1000)
    expect(cache.stats()).toMatchObject({ fetches: 2, stale: 0 })
  })

  it('is served when the fetcher fails, and told', async () => {
    const { cache, source, events, fetch, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = down
    expect(await cache.getOrFetch('k', fetch)).toEqual({ found: true, data: 'one' })
    expect(cache.stats()).toMatchObject({ fetches: 2, fetchFailures: 1, stale: 1 })
    expect(events).toContainEqual({ type: 'stale', key: 'k', level: 'L1', reason: 'failed' })
  })

  it('is served for as long as was said, and not a moment longer', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 300, retryAfter: 0 })
    await cache.getOrFetch('k', fetch)
    source.answer = down
    await pass(1290)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(10)
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
  })

  it('is not served where errors are wanted, nor where there is no grace', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, staleOnError: false })
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('short', fetch, { staleFor: 0 })
    await pass(1000)
    source.answer = down
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
    await expect(cache.getOrFetch('short', fetch, { staleOnError: true })).rejects.toBe(down)
    expect((await cache.getOrFetch('k', fetch, { staleOnError: true })).data).toBe('one')
  })

  it('is not served after an invalidation, however the fetch ends', async () => {
    for (const invalidate of ['delete', 'tags', 'clear'] as const) {
      const { cache, source, fetch, pass } = life({ staleFor: 5000 })
      await cache.getOrFetch('k', fetch, { tags: ['t'] })
      await pass(1000)
      source.answer = down
      source.delay = 100
      const asked = cache.getOrFetch('k', fetch)
      asked.catch(() => undefined)
      await pass(50)
      if (invalidate === 'delete') await cache.delete('k')
      else if (invalidate === 'tags') await cache.invalidateTags(['t'])
      else await cache.clear()
      await pass(100)
      await expect(asked).rejects.toBe(down)
      const again = cache.getOrFetch('k', fetch)
      again.catch(() => undefined)
      await pass(200)
      await expect(again).rejects.toBe(down)
    }
  })

  it('keeps the source from being asked by every read, the longer the more often it has failed', async () => {
    const { cache, source, fetch, pass, events } = life({ staleFor: '1h', retryAfter: 1000 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = down
    const asked: number[] = []
    for (let at = 0; at < 20_000; at += 100) {
      const before = source.calls
      expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
      if (source.calls > before) asked.push(at)
      await pass(100)
    }
    expect(asked).toEqual([0, 1000, 3000, 7000, 15_000])
    expect(events).toContainEqual({ type: 'stale', key: 'k', level: 'L1', reason: 'spared' })
    source.answer = 'two'
    await pass(12_000)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('two')
    await pass(1000)
    source.answer = down
    const before = source.calls
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    await cache.getOrFetch('k', fetch)
    expect(source.calls - before).toBe(2)
  })

  it('does not keep a source that fails from being asked where there is none', async () => {
    const { cache, source, fetch } = life({ staleFor: 5000 })
    source.answer = down
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
    expect(source.calls).toBe(2)
  })

  it('may be of the level below, and is then kept in level 1 as stale as it is', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, levels: [memory({ maxEntries: 1 }), memory()] })
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('other', fetch)
    await pass(1000)
    source.answer = down
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(10)
    const { levels } = await cache.explain('k')
    expect(levels.map(({ state }) => state)).not.toContain('absent')
    await pass(4980)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(10)
    await expect(cache.getOrFetch('k', fetch)).rejects.toBe(down)
  })

  it('of an absence is one as well', async () => {
    const { cache, source, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', () => notFound({ ttl: 1000 }))
    await pass(500)
    expect(await cache.getOrFetch('k', () => 'not asked')).toEqual({ found: false, data: undefined })
    await pass(500)
    source.answer = 'there now'
    expect((await cache.getOrFetch('k', () => 'there now')).data).toBe('there now')
  })

  it('is made by set, by the answer of the fetcher, and not by who keeps nothing', async () => {
    const { cache, source, fetch, pass } = life()
    source.answer = down
    await cache.set('set', 'mine', { ttl: 100, staleFor: 1000 })
    await cache.getOrFetch('said', () => found('mine', { ttl: 100, staleFor: 1000 }))
    await cache.getOrFetch('zero', () => found('mine', { ttl: 0 }), { staleFor: 1000 })
    await cache.getOrFetch('none', () => doNotKeep('mine'), { staleFor: 1000 })
    await cache.set('gone', 'old', { ttl: 100, staleFor: 1000 })
    await cache.set('gone', 'mine', { ttl: 0 })
    await pass(100)
    for (const key of ['set', 'said']) expect((await cache.getOrFetch(key, fetch)).data).toBe('mine')
    for (const key of ['zero', 'none', 'gone']) await expect(cache.getOrFetch(key, fetch)).rejects.toBe(down)
  })

  it('of a ttl of 0 serves nobody but in need', async () => {
    const { cache, source, fetch } = life({ ttl: 0, staleFor: 5000 })
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect(source.calls).toBe(2)
    source.answer = down
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
  })

  it('a grace shorter than the ttl means what it says, and one without end is one', async () => {
    const { cache, source, fetch, pass } = life({ ttl: 10_000, staleFor: 10, retryAfter: 0 })
    await cache.getOrFetch('short', fetch)
    await cache.getOrFetch('long', fetch, { ttl: 10, staleFor: Number.POSITIVE_INFINITY })
    source.answer = down
    await pass(10_000)
    expect((await cache.getOrFetch('short', fetch)).data).toBe('one')
    await pass(1_000_000)
    await expect(cache.getOrFetch('short', fetch)).rejects.toBe(down)
    expect((await cache.getOrFetch('long', fetch)).data).toBe('one')
  })

  it('does not stand in for an older version, nor does a newer one hide behind it', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000 })
    await cache.set('k', 'new', { version: 2 })
    await pass(1000)
    expect((await cache.set('k', 'old', { version: 1 })).levels.map(({ outcome }) => outcome)).toContain('superseded')
    source.answer = down
    expect((await cache.getOrFetch('k', fetch)).data).toBe('new')
  })

  it('serves batches key by key', async () => {
    const { cache, source, pass } = life({ staleFor: 5000 })
    await cache.getOrFetchMany(['a', 'b'], (keys) => keys.map((key) => `${key}1`))
    await pass(1000)
    await cache.set('b', 'b2')
    const results = await cache.getOrFetchMany(['a', 'b', 'a'], () => Promise.reject(down))
    expect(results.map(({ data }) => data)).toEqual(['a1', 'b2', 'a1'])
    await expect(cache.getOrFetchMany(['a', 'c'], () => Promise.reject(down))).rejects.toBe(down)
    expect(source.calls).toBe(0)
  })
})

describe('softTimeout', () => {
  it('answers with a stale copy after a while, and keeps what the fetch brings', async () => {
    const { cache, source, fetch, pass, events } = life({ staleFor: 5000, softTimeout: 50 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = 'two'
    source.delay = 200
    const asked = cache.getOrFetch('k', fetch)
    await pass(40)
    await pass(10)
    expect((await asked).data).toBe('one')
    expect(events).toContainEqual({ type: 'stale', key: 'k', level: 'L1', reason: 'slow' })
    await pass(150)
    expect(await cache.get('k')).toBe('two')
    expect(source.calls).toBe(2)
    expect(source.signal!.aborted).toBe(false)
  })

  it('of 0 serves stale at once, one fetch for all', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, softTimeout: 0 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = 'two'
    source.delay = 200
    for (let n = 0; n < 5; n++) expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(200)
    expect((await cache.getOrFetch('k', fetch)).data).toBe('two')
    expect(source.calls).toBe(2)
  })

  it('makes nobody wait for nothing: without a stale copy it counts for nothing', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, softTimeout: 10 })
    source.delay = 200
    const asked = cache.getOrFetch('k', fetch)
    await pass(200)
    expect((await asked).data).toBe('one')
    expect(cache.stats().stale).toBe(0)
  })

  it('loses to an invalidation: what the background fetch brings is not kept', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, softTimeout: 0 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = 'before the delete'
    source.delay = 200
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    await pass(100)
    await cache.delete('k')
    await pass(200)
    expect(await cache.get('k')).toBeUndefined()
    source.answer = 'after'
    source.delay = 0
    expect((await cache.getOrFetch('k', fetch)).data).toBe('after')
  })

  it('of one caller does not take the fetch from another who waits, nor abort it', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = 'two'
    source.delay = 100
    const leaving = new AbortController()
    const patient = cache.getOrFetch('k', fetch)
    const hasty = cache.getOrFetch('k', fetch, { softTimeout: 0 })
    const left = cache.getOrFetch('k', fetch, { signal: leaving.signal })
    leaving.abort('enough')
    await expect(left).rejects.toBe('enough')
    expect((await hasty).data).toBe('one')
    await pass(100)
    expect((await patient).data).toBe('two')
    expect(source.calls).toBe(2)
  })
})

describe('hardTimeout', () => {
  it('rejects after a while, or answers with a stale copy or the fallback; the fetch goes on and is kept', async () => {
    const { cache, source, fetch, pass } = life({ hardTimeout: 50 })
    source.delay = 200
    const rejected = cache.getOrFetch('k', fetch)
    rejected.catch(() => undefined)
    const fallback = cache.getOrFetch('k', fetch, { fallback: 'instead' })
    const made = cache.getOrFetch('k', fetch, { fallback: () => 'made' })
    await pass(50)
    await expect(rejected).rejects.toMatchObject({ code: 'ERR_FETCH_TIMEOUT' })
    expect((await fallback).data).toBe('instead')
    expect((await made).data).toBe('made')
    await pass(150)
    expect(await cache.get('k')).toBe('one')
    expect(source.calls).toBe(1)
  })

  it('lets no source that hangs hold a key for ever', async () => {
    const { cache, source, fetch, pass } = life({ hardTimeout: 50 })
    source.delay = 1e9
    const first = cache.getOrFetch('k', fetch)
    first.catch(() => undefined)
    await pass(490)
    expect(source.signal!.aborted).toBe(false)
    await pass(20)
    expect(source.signal!.aborted).toBe(true)
    expect(source.signal!.reason).toMatchObject({ code: 'ERR_FETCH_TIMEOUT' })
    source.delay = 0
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect(source.calls).toBe(2)
  })

  it('serves a stale copy where there is one', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, hardTimeout: 50 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.delay = 200
    const asked = cache.getOrFetch('k', fetch)
    await pass(50)
    expect((await asked).data).toBe('one')
  })
})

describe('a fallback', () => {
  it('answers for a fetch that failed, is kept nowhere, and comes after a stale copy', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000, retryAfter: 0 })
    source.answer = down
    expect(await cache.getOrFetch('k', fetch, { fallback: 'instead' })).toEqual({ found: true, data: 'instead' })
    expect(await cache.getOrFetch('k', fetch, { fallback: () => undefined as never })).toEqual({
      found: false,
      data: undefined,
    })
    expect(await cache.get('k')).toBeUndefined()
    source.answer = 'one'
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = down
    expect((await cache.getOrFetch('k', fetch, { fallback: 'instead' })).data).toBe('one')
  })

  it('does not answer who has left', async () => {
    const { cache, source, fetch } = life()
    source.delay = 1000
    const leaving = new AbortController()
    const asked = cache.getOrFetch('k', fetch, { signal: leaving.signal, fallback: 'instead' })
    leaving.abort('enough')
    await expect(asked).rejects.toBe('enough')
  })
})

describe('options of a call', () => {
  it('bypass fetches anew, and keeps the result everywhere', async () => {
    const { cache, source, fetch } = life()
    await cache.getOrFetch('k', fetch)
    source.answer = 'two'
    expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
    expect((await cache.getOrFetch('k', fetch, { bypass: true })).data).toBe('two')
    expect((await cache.getOrFetchMany(['k'], () => ['three'], { bypass: true }))[0]!.data).toBe('three')
    expect((await cache.explain('k')).levels.map(({ preview }) => preview?.text)).toEqual(['"three"', '"three"'])
  })

  it('bypass joins no fetch that began before, and loses to a later invalidation', async () => {
    const { cache, source, fetch, pass } = life()
    source.delay = 100
    const first = cache.getOrFetch('k', fetch)
    await pass(10)
    source.answer = 'two'
    const second = cache.getOrFetch('k', fetch, { bypass: true })
    await pass(10)
    await cache.delete('k')
    await pass(200)
    expect([(await first).data, (await second).data]).toEqual(['one', 'two'])
    expect(await cache.get('k')).toBeUndefined()
  })

  it('onlyIfCached asks no source', async () => {
    const { cache, source, fetch } = life()
    expect(await cache.getOrFetch('k', fetch, { onlyIfCached: true })).toEqual({ found: false, data: undefined })
    expect(await cache.getOrFetchMany(['k'], () => ['x'], { onlyIfCached: true })).toEqual([
      { found: false, data: undefined },
    ])
    expect(source.calls).toBe(0)
    await cache.set('k', 'there')
    expect((await cache.getOrFetch('k', fetch, { onlyIfCached: true })).data).toBe('there')
    await expect(cache.getOrFetch('j', fetch, { onlyIfCached: true, bypass: true })).rejects.toThrow(/take one/)
  })

  it('are refused where they are wrong, and nothing is fetched', async () => {
    const { cache, source, fetch } = life()
    const wrong: [object, RegExp][] = [
      [{ stalefor: 1 }, /Did you mean 'staleFor'/],
      [{ staleFor: -1 }, /expected a duration/],
      [{ refreshAfter: 0 }, /expected a fraction above 0 and below 1, or a duration of 1 ms or more/],
      [{ refreshAfter: '0.5ms' }, /or a duration of 1 ms or more/],
      [{ refreshAfter: 1 }, /expected a fraction below 1, or a duration \(so short a one with its unit: '1ms'\)/],
      [{ refreshAfter: 8 }, /with its unit: '8ms'/],
      [
        { refreshAfter: '80%' as never },
        /expected a fraction above 0 and below 1, or a duration of 1 ms or more such as '4m'/,
      ],
      [{ earlyRefresh: 101 }, /expected a number from 0 to 100/],
      [{ softTimeout: 'soon' }, /expected a duration/],
    ]
    for (const [options, message] of wrong) await expect(cache.getOrFetch('k', fetch, options)).rejects.toThrow(message)
    expect(source.calls).toBe(0)
  })
})

describe('what is told', () => {
  it('names each stale answer', async () => {
    const { cache, source, fetch, pass, events } = life({ staleFor: 5000, retryAfter: 0 })
    await cache.getOrFetch('k', fetch)
    await pass(1000)
    source.answer = down
    await cache.getOrFetch('k', fetch)
    expect(told(events)).toEqual(['fetch', 'fetch', 'stale'])
  })
})
