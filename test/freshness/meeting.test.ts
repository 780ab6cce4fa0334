import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { type BatchContext, createCache, doNotKeep, found, memory } from '../../src/index.ts'
import { life } from './life.ts'

const down = new Error('down')

describe('a stale copy that was invalidated while it was fetched anew', () => {
  const ways = {
    'by a call that names levels': { levels: { L2: { ttl: 500 } } },
    'by a call that names levels, in a hurry': { levels: { L2: { ttl: 500 } }, softTimeout: 100 },
  }
  for (const [way, options] of Object.entries(ways)) {
    for (const take of ['delete', 'clear'] as const) {
      it(`${way}: is not served after ${take}`, async () => {
        const { cache, source, fetch, pass } = life({ staleFor: 5000 })
        await cache.getOrFetch('k', fetch)
        await pass(1500)
        Object.assign(source, { answer: down, delay: 200 })
        const call = cache.getOrFetch('k', fetch, options)
        call.catch(() => undefined)
        await pass(50)
        await (take === 'delete' ? cache.delete('k') : cache.clear())
        await pass(300)
        await expect(call).rejects.toBe(down)
      })
    }
  }

  it('by a call that names levels: stands in, as stale, after what keeps it stale, until it is taken away', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000 })
    await cache.setMany([
      ['k', 'one'],
      ['l', 'one'],
    ])
    await pass(1500)
    Object.assign(source, { answer: down, delay: 200 })
    const calls = ['k', 'l'].map((key) => cache.getOrFetch(key, fetch, { levels: { L2: { ttl: 500 } } }))
    for (const call of calls) call.catch(() => undefined)
    await pass(50)
    await cache.clear({ keepStale: true })
    await cache.delete('l')
    await pass(300)
    expect((await calls[0])!.data).toBe('one')
    await expect(calls[1]).rejects.toBe(down)
  })

  it('by a call that passes by another under way', async () => {
    const { cache, source, fetch, pass } = life({ staleFor: 5000 })
    await cache.getOrFetch('k', fetch)
    await pass(1500)
    Object.assign(source, { answer: down, delay: 200 })
    const calls = [cache.getOrFetch('k', fetch), cache.getOrFetch('k', fetch, { bypass: true })]
    for (const call of calls) call.catch(() => undefined)
    await pass(50)
    await cache.delete('k')
    await pass(300)
    for (const call of calls) await expect(call).rejects.toBe(down)
  })
})

describe('refreshEvery', () => {
  it('fetches once what is passed by', async () => {
    const { cache, source, fetch, pass } = life({ refreshEvery: 500, levels: [memory()] })
    await cache.getOrFetch('k', fetch, { bypass: true })
    await pass(10)
    await cache.getOrFetch('k', fetch)
    await pass(10)
    expect(source.calls).toBe(1)
  })

  it('fetches once what is warmed, and what a batch brings besides', async () => {
    const { cache, source, fetch, pass } = life({ refreshEvery: 500, levels: [memory()] })
    await cache.warm(['k'], { fetch })
    await cache.getOrFetchMany(
      ['a'],
      () =>
        new Map([
          ['a', 'one'],
          ['b', 'one'],
        ]),
    )
    await pass(10)
    await cache.getOrFetch('k', fetch)
    await cache.getOrFetch('b', fetch)
    await pass(10)
    expect(source.calls).toBe(1)
  })

  it('goes on for a key that is asked for all the time, however short it may be idle', async () => {
    const { cache, source, fetch, pass } = life({ refreshEvery: 500, refreshIdle: 100, levels: [memory()] })
    for (let n = 0; n < 140; n++) {
      await cache.getOrFetch('k', fetch)
      await pass(10)
    }
    expect(source.calls).toBe(3)
  })

  it('beyond 10,000 keys refreshes who is asked for, not at every read', async () => {
    const { cache, source, fetch, pass } = life({ refreshEvery: 500, levels: [memory()] })
    const keys = Array.from({ length: 10_000 }, (_, n) => `k${n}`)
    await cache.getOrFetchMany(keys, (asked) => asked.map(() => 'one'))
    for (let n = 0; n < 20; n++) {
      await cache.getOrFetch('more', fetch)
      await pass(10)
    }
    expect(source.calls).toBe(1)
  })
})

describe('what two features make together', () => {
  it('a refresh along named levels is made once, though nothing is spared after a failure', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 0.5, retryAfter: 0 })
    await cache.getOrFetch('k', fetch)
    await pass(600)
    source.delay = 100
    for (let n = 0; n < 5; n++) await cache.getOrFetch('k', fetch, { levels: { L2: { ttl: 500 } } })
    await pass(200)
    expect(source.calls).toBe(2)
  })

  it('who has patience waits for what is refreshed along named levels, once it is stale', async () => {
    const { cache, source, fetch, pass } = life({ refreshAfter: 0.5, staleFor: 5000 })
    await cache.getOrFetch('k', fetch)
    await pass(950)
    source.delay = 200
    source.answer = 'two'
    await cache.getOrFetch('k', fetch, { levels: { L2: { ttl: 500 } } })
    await pass(100)
    const call = cache.getOrFetch('k', fetch)
    await pass(300)
    expect((await call).data).toBe('two')
  })

  it('the timeout of who has left does not keep a fetch alive that nobody wants', async () => {
    const { cache, source, fetch, pass } = life()
    source.delay = 1000
    const one = new AbortController()
    const two = new AbortController()
    const calls = [
      cache.getOrFetch('k', fetch, { signal: one.signal, hardTimeout: 200 }),
      cache.getOrFetch('k', fetch, { signal: two.signal }),
    ]
    for (const call of calls) call.catch(() => undefined)
    await pass(50)
    one.abort()
    await pass(250)
    two.abort()
    await pass(10)
    expect(source.signal?.aborted).toBe(true)
  })

  it('what a batch brings besides, and cannot be kept as it says, fails no other', async () => {
    const { cache } = life()
    const wrong = found('x', { levels: { nowhere: false } })
    const ask = () =>
      new Map<string, ReturnType<typeof found<string>>>([
        ['a', found('one')],
        ['b', wrong],
      ])
    expect((await cache.getOrFetchMany(['a'], ask)).map(({ data }) => data)).toEqual(['one'])
    expect([await cache.get('a'), await cache.get('b')]).toEqual(['one', undefined])
  })
  it('what is pinned stays so when nothing has changed', async () => {
    const { cache, pass } = life({ refreshAfter: 0.5, levels: [memory({ maxEntries: 4 })] })
    await cache.getOrFetch('k', () => found('v', { priority: 'pinned', etag: 'x' }))
    await pass(600)
    await cache.getOrFetch('k', (_, { notModified }) => notModified())
    await pass(10)
    for (let n = 0; n < 50; n++) await cache.set(`o${n}`, 'x')
    expect(await cache.get('k')).toBe('v')
  })

  it('who joins a fetch that pauses before a retry has it go as soon as his own would', async () => {
    const { cache, world, pass } = life({
      levels: [memory()],
      source: { maxConcurrent: 1, retries: { attempts: 1, backoff: 100 } },
    })
    const order: string[] = []
    const fetcher = (fails = 0) => {
      let left = fails
      return async (key: string) => {
        order.push(key)
        await new Promise<void>((resolve) => world.after(200, resolve))
        if (left-- > 0) throw down
        return key
      }
    }
    const first = cache.getOrFetch('low', fetcher(1), { fetchPriority: 'low' })
    await pass(150)
    const joined = cache.getOrFetch('low', fetcher(), { fetchPriority: 'high' })
    const others = ['a', 'b', 'c'].map((key) => cache.getOrFetch(key, fetcher()))
    await pass(2000)
    expect((await Promise.all([first, joined, ...others])).map(({ data }) => data)).toEqual([
      'low',
      'low',
      'a',
      'b',
      'c',
    ])
    expect(order).toEqual(['low', 'a', 'low', 'b', 'c'])
  })

  it('what is counted for the first time in a namespace that is pinned is pinned', async () => {
    const { cache } = life({ levels: [memory({ maxEntries: 4 })] })
    const counts = cache.namespace<number>('counts', { priority: 'pinned' })
    await counts.increment('sum')
    for (let n = 0; n < 50; n++) await cache.set(`other ${n}`, 'x')
    expect(counts.peek('sum')).toBe(1)
  })

  it('what is written through keeps the priority of what is read through', async () => {
    const { cache } = life({ levels: [memory({ maxEntries: 4 })] })
    const rows = cache.through<string>({ read: () => undefined, write: () => undefined }, { priority: 'pinned' })
    await rows.set('k', 'v')
    for (let n = 0; n < 50; n++) await cache.set(`other ${n}`, 'x')
    expect(cache.peek('k')).toBe('v')
  })

  it('what is warmed from another cache is as pinned as it is there', async () => {
    const old = life({ levels: [memory()] }).cache
    await old.set('k', 'v', { priority: 'pinned' })
    const { cache } = life({ levels: [memory({ maxEntries: 4 })] })
    await cache.warm(old)
    for (let n = 0; n < 50; n++) await cache.set(`other ${n}`, 'x')
    expect(cache.peek('k')).toBe('v')
  })

  it('who asks all the time for what is refreshed by the clock is noticed, though every refresh fails', async () => {
    const { cache, source, fetch, pass } = life({
      ttl: 60_000,
      refreshEvery: 100,
      refreshIdle: 250,
      levels: [memory()],
    })
    await cache.getOrFetch('k', fetch)
    source.answer = down
    for (let n = 0; n < 300; n++) {
      expect((await cache.getOrFetch('k', fetch)).data).toBe('one')
      await pass(10)
    }
    expect(source.calls).toBe(3)
    const before = source.calls
    source.answer = 'two'
    for (let n = 0; n < 900; n++) {
      await cache.getOrFetch('k', fetch)
      await pass(10)
    }
    expect(source.calls).toBeGreaterThan(before)
    expect(cache.peek('k')).toBe('two')
  })

  it('what is due, and brings nothing that is kept, is fetched no more often than what fails', async () => {
    const { cache, pass } = life({ ttl: 10_000, refreshAfter: 0.1, levels: [memory()] })
    await cache.getOrFetch('not kept', () => 'v')
    await cache.getOrFetch('older', () => found('v', { version: 2 }))
    await pass(1000)
    const calls = { kept: 0, older: 0 }
    for (let n = 0; n < 250; n++) {
      await cache.getOrFetch('not kept', () => {
        calls.kept++
        return doNotKeep('other')
      })
      await cache.getOrFetch('older', () => {
        calls.older++
        return found('other', { version: 1 })
      })
      await pass(10)
    }
    expect(calls).toEqual({ kept: 3, older: 3 })
    expect(await cache.getMany(['not kept', 'older'])).toEqual(['v', 'v'])
  })

  it('one key of a batch that fails rejects the call, and takes nothing from the others', async () => {
    const { cache } = life()
    const many = (keys: readonly string[], { fail }: BatchContext<string>) =>
      keys.map((key) => (key === 'b' ? fail(down) : key))
    await expect(cache.getOrFetchMany(['a', 'b'], many)).rejects.toBe(down)
    expect(await cache.getMany(['a', 'b'])).toEqual(['a', undefined])
    const answers = await cache.getOrFetchMany(['a', 'b'], many, { fallback: 'instead' })
    expect(answers.map(({ data }) => data)).toEqual(['a', 'instead'])
  })

  it('what is refreshed by the clock is fetched on nobody’s behalf', async () => {
    const requests = new AsyncLocalStorage<string>()
    const handed: (string | undefined)[] = []
    const cache = createCache<string>({ waitUntil: () => handed.push(requests.getStore()) })
    const seen: (string | undefined)[] = []
    const again = Promise.withResolvers<void>()
    const fetch = () => {
      seen.push(requests.getStore())
      if (seen.length === 3) again.resolve()
      return 'v'
    }
    const read = () => cache.getOrFetch('k', fetch, { refreshEvery: 10, refreshIdle: '1m' })
    await requests.run('request', read)
    const byRequest = handed.splice(0)
    await again.promise
    expect(seen).toEqual(['request', undefined, undefined])
    expect([new Set(byRequest), new Set(handed)]).toEqual([new Set(['request']), new Set([undefined])])
    await cache.close()
  })
})
