import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import {
  type Activity,
  dashboard,
  type Point,
  ROUTES,
  type Series,
  type Stats,
  type Told,
  type Top,
} from '../../src/dashboard/index.ts'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { type CacheOptions, createCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { listening } from './visitor.ts'

function small(options: CacheOptions = {}) {
  const world = new FakeWorld()
  const cache = createCache<unknown>({
    ...options,
    world,
    levels: [memory({ maxEntries: 3, policy: 'lru' }), memory()],
  })
  const panel = dashboard(cache, { authorize: () => true, world })
  const get = (path: string) => panel.fetch(new Request(`http://localhost/${path}`))
  const json = async <T>(path: string) => (await (await get(path)).json()) as T
  return { world, cache, panel, get, json }
}

/** Reads a stream as far as there is something, one message after the other. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #text = ''

  constructor(response: Response) {
    this.#reader = response.body!.getReader()
  }

  /** The next message of this event; `undefined` at the end. */
  async next<T>(wanted: string): Promise<T | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end === -1) {
        const { done, value } = await this.#reader.read()
        if (done) return undefined
        this.#text += Buffer.from(value).toString()
        continue
      }
      const message = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(message) ?? []
      if (event === wanted) return JSON.parse(data!) as T
    }
  }

  leave(): Promise<void> {
    return this.#reader.cancel()
  }
}

describe('the stream of events', () => {
  it('tells a read on its way down, the value on its way up, and who had to leave', async () => {
    const { world, cache, panel, get } = small()
    for (const key of ['a', 'b', 'c']) await cache.set(key, key)
    await cache.put('far', 1)
    const reader = new Reader(await get(ROUTES.events))
    await cache.get('a')
    await cache.getOrFetch('new', () => 1)
    await cache.get('new')
    await cache.invalidateTags(['t'])
    world.advance(250)
    const activity = (await reader.next<Activity>('activity'))!
    expect(activity.sampling).toBe(1)
    expect(activity.left).toBe(0)
    expect(activity.events.map(({ at, weight, ...event }) => event)).toEqual([
      { type: 'removed', key: 'b', level: 0, reason: 'evicted' },
      { type: 'promotion', key: 'a', from: 1, level: 0 },
      { type: 'hit', key: 'a', level: 1 },
      { type: 'fetch', keys: ['new'], more: 0 },
      { type: 'fetched', keys: ['new'], more: 0, duration: 0 },
      { type: 'kept', key: 'new', level: 1 },
      { type: 'removed', key: 'c', level: 0, reason: 'evicted' },
      { type: 'kept', key: 'new', level: 0 },
      { type: 'miss', key: 'new' },
      { type: 'hit', key: 'new', level: 0 },
      { type: 'invalidated', scopes: [{ kind: 'tag', tag: 't' }], more: 0 },
    ])
    await reader.leave()
    panel.close()
  })

  it('tells stale answers, refreshes, and what was not let through to the source, in their order', async () => {
    const { world, cache, panel, get, json } = small({
      ttl: '1s',
      staleFor: '1h',
      refreshAfter: 0.5,
      source: { maxConcurrent: 1, maxQueued: 0, retries: { attempts: 1 } },
    })
    await cache.getOrFetchMany(['a', 'b'], (keys) => keys.map(() => 1))
    const reader = new Reader(await get(ROUTES.events))
    world.advance(600)
    await cache.getOrFetch('a', () => 2)
    await world.settle()
    world.advance(1500)
    const gate = Promise.withResolvers<number>()
    const down = cache.getOrFetch('a', () => gate.promise)
    await world.settle()
    await cache.getOrFetch('b', () => 1)
    gate.reject(new Error('down'))
    await world.settle()
    world.advance(50)
    await down
    world.advance(1000)
    const { total } = await json<Stats>(ROUTES.stats)
    const series = await json<Series>(ROUTES.series)
    panel.close()
    const events: Activity['events'][number][] = []
    for (;;) {
      const activity = await reader.next<Activity>('activity')
      if (activity === undefined) break
      events.push(...activity.events)
    }
    const told = events.map(({ at, weight, ...event }) => event).filter(({ type }) => type !== 'removed')
    expect(told).toEqual([
      { type: 'hit', key: 'a', level: 0 },
      { type: 'refresh', key: 'a' },
      { type: 'fetch', keys: ['a'], more: 0 },
      { type: 'fetched', keys: ['a'], more: 0, duration: 0 },
      { type: 'kept', key: 'a', level: 1 },
      { type: 'kept', key: 'a', level: 0 },
      { type: 'fetch', keys: ['a'], more: 0 },
      { type: 'shed', keys: ['b'], more: 0, reason: 'full', waited: 0 },
      { type: 'hit', key: 'b', level: 0 },
      { type: 'stale', key: 'b', level: 0, reason: 'spared' },
      { type: 'fetchFailed', keys: ['a'], more: 0, duration: 0, error: 'Error: down' },
      { type: 'retried', keys: ['a'], more: 0, attempt: 1, delay: expect.any(Number), error: 'Error: down' },
      { type: 'fetch', keys: ['a'], more: 0 },
      { type: 'fetchFailed', keys: ['a'], more: 0, duration: 0, error: 'Error: down' },
      { type: 'hit', key: 'a', level: 0 },
      { type: 'stale', key: 'a', level: 0, reason: 'failed' },
    ])
    expect(total).toMatchObject({ stale: 2, refreshes: 1, shed: 1, retried: 1 })
    expect(total).toMatchObject({ sourceLimit: 1, sourceInFlight: 0, sourceQueued: 0 })
    const sum = (values: readonly Told[]) => values.reduce<number>((all, each) => all + (each ?? 0), 0)
    const { stale, refreshes, shed, retried, sourceLimit } = series.total
    expect([stale, refreshes, shed, retried].map(sum)).toEqual([2, 1, 1, 1])
    expect(new Set(sourceLimit)).toEqual(new Set([1]))
  })

  it('measures the lag of the feed while somebody looks, and then no more', async () => {
    const world = new FakeWorld()
    const level = keyv(new Map(), { feed: localFeed(), name: 'shared' })
    const cache = createCache<unknown>({ world, levels: [memory(), level] })
    const panel = dashboard(cache, { authorize: () => true, world })
    const json = async <T>(path: string): Promise<T> =>
      (await (await panel.fetch(new Request(`http://localhost/${path}`))).json()) as T
    const lags = async () => (await json<Series>(ROUTES.series)).total.feedLag
    const pass = async (seconds: number): Promise<void> => {
      for (let n = 0; n < seconds; n++) {
        await world.settle()
        world.advance(1000)
      }
    }
    await pass(5)
    expect(new Set(await lags())).toEqual(new Set([null]))
    expect((await json<Stats>(`${ROUTES.stats}?feed=1`)).total.feedLag).toBe(null)
    await pass(10)
    expect((await lags()).slice(-3)).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
    await pass(20)
    expect((await lags()).slice(-3)).toEqual([null, null, null])
    panel.close()
    await cache.close()
  })

  it('tells nothing of a source that nothing spares, nor of checks that nobody makes', async () => {
    const { cache, panel, json } = small()
    await cache.get('a')
    const { total, verified } = await json<Stats>(ROUTES.stats)
    expect(total).toMatchObject({
      sourceLimit: null,
      sourceInFlight: null,
      sourceQueued: null,
      shed: null,
      retried: null,
    })
    expect(verified).toBeNull()
    panel.close()
  })

  it('tells what checking reads has shown, and a key that did not agree, without its values', async () => {
    const { world, cache, panel, get, json } = small()
    await cache.set('a', 'secret of the level')
    const verification = cache.verify({ source: () => 'secret of the source', values: true, sourcePerSecond: 10 })
    const reader = new Reader(await get(ROUTES.events))
    for (let second = 0; second < 5; second++) {
      await cache.get('a')
      await world.settle()
      world.advance(1000)
      await world.settle()
    }
    let found: Activity['events'][number] | undefined
    for (let tellings = 0; tellings < 20 && found === undefined; tellings++) {
      found = (await reader.next<Activity>('activity'))!.events.find(({ type }) => type === 'inconsistent')
    }
    expect(found).toMatchObject({ key: 'a', level: 0, against: 'source', because: 'value' })
    const stats = await json<Stats>(ROUTES.stats)
    expect(stats.verified!.map(({ against }) => against)).toEqual(['L2', 'source'])
    const [level, source] = stats.verified!
    expect(level).toMatchObject({ disagreed: 0, offenders: [] })
    expect(level!.checked).toBeGreaterThan(0)
    expect(level!.within.map(({ within }) => within)).toEqual([1000, 10_000, 60_000])
    expect(level!.within[0]!.ratio).toBe(1)
    expect(source!.offenders).toMatchObject([{ key: { key: 'a' }, level: 'L1', because: 'value', isOpen: true }])
    expect(source!.summary).toContain('checked against source')
    expect(JSON.stringify(stats) + JSON.stringify(found)).not.toContain('secret')
    verification.close()
    expect((await json<Stats>(ROUTES.stats)).verified).toBeNull()
    await reader.leave()
    panel.close()
  })

  it('hides nothing rare behind something else that is rare and happens all the time', async () => {
    const { world, cache, panel, get } = small()
    const reader = new Reader(await get(`${ROUTES.events}?most=4`))
    for (let n = 0; n < 100; n++)
      await cache.getOrFetch(`k${n}`, () => Promise.reject(new Error('down'))).catch(() => 0)
    await cache.clear()
    world.advance(250)
    const { events } = (await reader.next<Activity>('activity'))!
    const of = (type: string) => events.filter((event) => event.type === type).length
    expect([of('fetchFailed'), of('invalidated')]).toEqual([10, 1])
    await reader.leave()
    panel.close()
  })

  it('tells a point each second, and that it is over', async () => {
    const { world, cache, get } = small()
    const reader = new Reader(await get(`${ROUTES.events}?most=0`))
    expect(await reader.next('hello')).toMatchObject({ cache: 'cache', levels: ['L1', 'L2'] })
    await cache.set('a', 1)
    await cache.get('a')
    await cache.get('b')
    world.advance(1000)
    const point = (await reader.next<Point>('point'))!
    expect(point).toMatchObject({ length: 1000, total: { reads: 2, hits: 1, misses: 1, fetches: 0 } })
    expect(point.levels).toMatchObject([
      { answered: 1, hits: 1, misses: 1, sets: 1, size: 1, breaker: 0 },
      { answered: 0, hits: 0, misses: 1, sets: 1, size: 1, breaker: 0 },
    ])
    await cache.close()
    expect(await reader.next('closed')).toEqual({})
    expect(await reader.next('anything')).toBeUndefined()
    expect((await get(ROUTES.events)).status).toBe(503)
    expect(world.timers).toBe(0)
  })

  it('watches none of several caches where one of them is closed', async () => {
    const world = new FakeWorld()
    const [open, closed] = ['open', 'closed'].map((name) => createCache({ name, world, levels: [memory()] }))
    await closed!.close()
    const wrong = expect.objectContaining({ code: 'ERR_CLOSED' })
    expect(() => dashboard([open!, closed!], { authorize: () => true, world })).toThrow(wrong)
    expect(world.timers).toBe(0)
    expect(open!.advice().why).toContain('nothing is measured')
  })

  it('thins hits out where there are very many, and says so', async () => {
    const { world, cache, panel, get } = small()
    await cache.set('a', 1)
    const reader = new Reader(await get(`${ROUTES.events}?most=100`))
    for (let tenth = 0; tenth < 30; tenth++) {
      for (let n = 0; n < 2000; n++) void cache.get('a')
      world.advance(100)
    }
    let last: Activity | undefined
    for (let n = 0; n < 10; n++) last = await reader.next<Activity>('activity')
    expect(last!.events.length).toBeLessThanOrEqual(25)
    expect(last!.sampling).toBeGreaterThan(10)
    expect(last!.events.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(300)
    await reader.leave()
    panel.close()
  })

  it('leaves out what is ordinary before what is rare', async () => {
    const { world, cache, panel, get } = small()
    const reader = new Reader(await get(`${ROUTES.events}?most=4`))
    for (let n = 0; n < 100; n++) await cache.set(`k${n}`, n)
    await cache.clear()
    world.advance(250)
    const { events, left } = (await reader.next<Activity>('activity'))!
    expect(events.map(({ type }) => type)).toEqual(['set', 'invalidated'])
    expect(left).toBeGreaterThanOrEqual(99)
    await reader.leave()
    panel.close()
  })

  it('holds up nobody for a reader that does not read, and keeps little for it', async () => {
    const { world, cache, panel, get } = small()
    const slow = await get(ROUTES.events)
    for (let n = 0; n < 1000; n++) {
      await cache.set(`k${n}`, 'x'.repeat(100))
      world.advance(250)
    }
    let messages = 0
    panel.close()
    for await (const chunk of slow.body!) messages += Buffer.from(chunk).toString().split('\n\n').length - 1
    expect(messages).toBeLessThan(40)
  })

  it('costs nothing when the last listener has left', async () => {
    const { world, cache, panel, get } = small()
    const before = world.timers
    const readers = [new Reader(await get(ROUTES.events)), new Reader(await get(ROUTES.events))]
    expect(world.timers).toBeGreaterThan(before)
    for (const reader of readers) await reader.leave()
    expect(world.timers).toBe(before)
    panel.close()
    expect(world.timers).toBe(0)
    await cache.close()
  })

  it('ends when the connection of its listener does', async () => {
    const { world, cache, panel } = small()
    const server = createServer(panel.node)
    const origin = await listening(server)
    const before = world.timers
    const gone = new AbortController()
    const response = await fetch(`${origin}/${ROUTES.events}`, { signal: gone.signal })
    const reader = new Reader(response)
    expect(await reader.next('hello')).toMatchObject({ cache: 'cache' })
    expect(world.timers).toBeGreaterThan(before)
    gone.abort()
    await expect.poll(() => world.timers).toBe(before)
    server.closeAllConnections()
    server.close()
    panel.close()
    await cache.close()
  })

  it('does not begin for who has gone before the dashboard was asked', async () => {
    const { world, cache, panel } = small()
    const before = world.timers
    const done = Promise.withResolvers<void>()
    // As a store of sessions in front of it does that takes its time.
    const server = createServer((request, response) => {
      response.once('close', () => {
        panel.node(request, response)
        setImmediate(done.resolve)
      })
    })
    const gone = new AbortController()
    server.once('request', () => gone.abort())
    const origin = await listening(server)
    await expect(fetch(`${origin}/${ROUTES.events}`, { signal: gone.signal })).rejects.toThrow()
    await done.promise
    expect(world.timers).toBe(before)
    server.closeAllConnections()
    server.close()
    panel.close()
    await cache.close()
  })

  it('is refused to more listeners than anybody needs', async () => {
    const { panel, get } = small()
    const all = await Promise.all(Array.from({ length: 101 }, () => get(ROUTES.events)))
    expect(all.map(({ status }) => status).filter((status) => status !== 200)).toEqual([503])
    panel.close()
  })
})

describe('series', () => {
  it('tells the last minute, hour and day in steps of a second, ten seconds and five minutes', async () => {
    const { world, cache, panel, json } = small()
    let asked = 0
    for (let second = 0; second < 26 * 3600; second++) {
      if (second % 7 === 0) {
        await cache.get(`k${asked % 5}`)
        asked++
      }
      world.advance(1000)
    }
    const spans = { minute: [1000, 60], hour: [10_000, 360], day: [300_000, 288] } as const
    for (const [span, [step, length]] of Object.entries(spans)) {
      const series = await json<Series>(`${ROUTES.series}?span=${span}`)
      expect(series.step).toBe(step)
      expect(series.at).toHaveLength(length)
      expect(series.at.every((at, n) => n === 0 || at - series.at[n - 1]! === step)).toBe(true)
      for (const column of [
        ...Object.values(series.total),
        ...series.levels.flatMap((level) => Object.values(level)),
      ]) {
        expect(column).toHaveLength(length)
      }
      const reads = series.total.reads.reduce<number>((sum, each) => sum + each!, 0)
      expect(Math.abs(reads - (step * length) / 7000)).toBeLessThanOrEqual(1)
    }
    panel.close()
  }, 60_000)

  it('tells how long levels and fetchers took, and the worst that a level was in', async () => {
    const { world, cache, panel, json } = small()
    for (let n = 1; n <= 10; n++) {
      const slow = cache.getOrFetch(`k${n}`, () => new Promise((resolve) => world.after(n * 10, () => resolve(n))))
      await expect.poll(() => world.timers > 4).toBe(true)
      world.advance(n * 10)
      await slow
    }
    world.advance(1000)
    const { total, levels } = await json<Series>(ROUTES.series)
    expect(total.fetchMean.at(-1)).toBeCloseTo(55, 0)
    expect(total.fetchP90.at(-1)).toBeGreaterThanOrEqual(90)
    expect(total.fetchP99.at(-1)).toBe(100)
    expect(levels[0]!.latencyMean.at(-1)).toBeNull()
    expect(levels[0]!.evictions.at(-1)).toBe(7)
    panel.close()
  })
})

describe('top', () => {
  it('tells the hottest, most fetched, most missed and biggest keys', async () => {
    const { cache, panel, json } = small()
    await cache.set('hot', 'x')
    await cache.set('big', 'x'.repeat(10_000))
    for (let n = 0; n < 50; n++) await cache.get('hot')
    await cache.get('big')
    for (let n = 0; n < 20; n++) {
      await cache.get('nothing')
      await cache.getOrFetch('fetched', () => undefined)
    }
    const top = await json<Top>(ROUTES.top)
    expect(top.hottest.slice(0, 2)).toEqual([
      { key: 'hot', count: 50, error: 0 },
      { key: 'big', count: 1, error: 0 },
    ])
    expect(top.fetched).toEqual([{ key: 'fetched', count: 20, error: 0 }])
    expect(top.missed.map(({ count }) => count)).toEqual([20, 20])
    expect(top.biggest[0]!.key).toBe('big')
    expect(top.biggest[0]!.count).toBeGreaterThanOrEqual(10_000)
    await cache.delete('big')
    expect((await json<Top>(ROUTES.top)).biggest.map(({ key }) => key)).toEqual(['hot'])
    panel.close()
  })

  it('finds the hottest keys in a stream that it sees only in part', async () => {
    const { world, cache, panel, json } = small()
    for (const key of ['first', 'second', 'third']) await cache.set(key, 1)
    for (let tenth = 0; tenth < 50; tenth++) {
      for (let n = 0; n < 4000; n++) void cache.get(n % 8 < 5 ? 'first' : n % 8 < 7 ? 'second' : 'third')
      world.advance(100)
    }
    const { hottest, sampling } = await json<Top>(ROUTES.top)
    expect(sampling).toBeGreaterThan(10)
    expect(hottest.map(({ key }) => key)).toEqual(['first', 'second', 'third'])
    expect(hottest[0]!.count / 125_000).toBeCloseTo(1, 0)
    panel.close()
  })

  it('keeps no more of a key than is shown', async () => {
    const { cache, panel, json } = small()
    const long = 'l'.repeat(100_000)
    await cache.set(long, 1)
    await cache.get(long)
    const [first] = (await json<Top>(ROUTES.top)).hottest
    expect(first!.key.length).toBeLessThan(1100)
    panel.close()
  })
})
