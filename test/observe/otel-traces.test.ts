import { context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, fromAsync, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { traceCaches } from '../../src/observe/otel/index.ts'
import { FakeWorld, faulty } from '../../src/testing/index.ts'

const exporter = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = tracerProvider.getTracer('test')

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())
beforeEach(() => exporter.reset())

function spans(): ReadableSpan[] {
  return exporter.getFinishedSpans()
}

function named(name: string): ReadableSpan {
  const found = spans().filter((span) => span.name === name)
  expect(
    found,
    spans()
      .map((span) => span.name)
      .join(),
  ).toHaveLength(1)
  return found[0]!
}

/** A span may end a moment after the work that it is about. */
function ended(name: string): Promise<ReadableSpan> {
  return vi.waitFor(() => named(name))
}

function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId
}

function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId
}

function far() {
  return fromAsync(new Map())
}

describe('traceCaches', () => {
  it('makes a span for the call, below it those of the levels and of the fetcher, in which it runs', async () => {
    const cache = createCache({ levels: [memory(), far()], name: 'shop' })
    traceCaches(cache, { tracerProvider })
    await tracer.startActiveSpan('request', async (request) => {
      await cache.getOrFetch('k', async () => {
        await Promise.resolve()
        tracer.startSpan('query').end()
        return 1
      })
      request.end()
    })
    const call = named('getOrFetch shop')
    expect(parentOf(call)).toBe(idOf(named('request')))
    expect(call.attributes).toEqual({
      'terrace.cache': 'shop',
      'terrace.kind': 'call',
      'terrace.operation': 'getOrFetch',
      'terrace.misses': 1,
    })
    for (const child of ['read L2', 'fetch shop', 'write L2', 'write L1'])
      expect(parentOf(named(child)), child).toBe(idOf(call))
    expect(named('read L2').attributes).toEqual({
      'terrace.cache': 'shop',
      'terrace.kind': 'level',
      'terrace.level': 'L2',
      'terrace.operation': 'read',
      'terrace.found': 0,
    })
    expect(parentOf(named('query'))).toBe(idOf(named('fetch shop')))
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
    expect(spans().every(({ status }) => status.code === SpanStatusCode.UNSET)).toBe(true)
  })

  it('tells which level answered, that of level 1 included', async () => {
    const cache = createCache({ levels: [memory(), far()], name: 'shop' })
    await cache.set('k', 1)
    const stop = traceCaches(cache, { tracerProvider })
    await cache.get('k')
    expect((await ended('get shop')).attributes).toMatchObject({ 'terrace.level': 'L1', 'terrace.hits': 1 })
    exporter.reset()
    stop()
    await cache.get('k')
    expect(spans()).toEqual([])
  })

  it('makes none for what level 1 answers where they are not wanted', async () => {
    const cache = createCache({ levels: [memory({ maxEntries: 1 }), far()], name: 'shop' })
    await cache.set('k', 1)
    traceCaches(cache, { tracerProvider, hits: false })
    await cache.get('k')
    await cache.getOrFetch('k', () => 2)
    expect(spans()).toEqual([])
    await cache.set('other', 1)
    exporter.reset()
    await cache.get('k')
    expect(named('get shop').attributes).toMatchObject({ 'terrace.level': 'L2', 'terrace.hits': 1 })
    expect(named('read L2').attributes['terrace.found']).toBe(1)
  })

  it('has a span for every method, counts batches, and shows keys only where it is told how', async () => {
    const cache = createCache<number>({ name: 'shop' })
    traceCaches(cache, { tracerProvider, keys: (key) => (key.startsWith('secret') ? undefined : key) })
    await cache.set('a', 1)
    await cache.setMany([['b', 2]])
    await cache.put('c', 3)
    await cache.has('a')
    await cache.ttl('a')
    await cache.expire('a', '1m')
    await cache.increment('n')
    await cache.getMany(['a', 'secret', 'none'])
    await cache.getOrFetchMany(['a', 'x'.repeat(1000)], (keys) => keys.map(() => 5))
    await cache.delete('a')
    await cache.deleteMany(['a', 'b'])
    await cache.invalidateTags(['t'])
    await cache.clearPrefix('p')
    await cache.clear()
    for (const method of 'set setMany put has ttl expire increment getMany getOrFetchMany delete deleteMany invalidateTags clearPrefix clear'.split(
      ' ',
    ))
      expect(named(`${method} shop`).attributes['terrace.operation']).toBe(method)
    expect(named('getMany shop').attributes).toMatchObject({
      'terrace.batch.size': 3,
      'terrace.keys': ['a', 'none'],
      'terrace.hits': 1,
      'terrace.misses': 2,
    })
    expect((named('getOrFetchMany shop').attributes['terrace.keys'] as string[])[1]).toHaveLength(200)
  })

  it('marks what failed, where it failed', async () => {
    const bad = faulty(memory(), (operation) => ({ fault: operation === 'read' ? 'reject' : 'none' }))
    const cache = createCache({ levels: [memory(), bad], name: 'shop' })
    traceCaches(cache, { tracerProvider })
    await expect(cache.getOrFetch('k', () => Promise.reject(new RangeError('no row')))).rejects.toThrow('no row')
    for (const name of ['getOrFetch shop', 'fetch shop']) {
      expect(named(name).status).toEqual({ code: SpanStatusCode.ERROR, message: 'no row' })
      expect(named(name).attributes['error.type']).toBe('RangeError')
      expect(named(name).events[0]!.name).toBe('exception')
    }
    expect(named('read L2').status.code).toBe(SpanStatusCode.ERROR)
  })

  it('tells of stale copies, and why, and of refreshes', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world, name: 'shop', ttl: '1m', staleFor: '1h', refreshAfter: 0.5 })
    await cache.getOrFetchMany(['a', 'b'], (keys) => keys.map(() => 1))
    traceCaches(cache, { tracerProvider })
    world.advance(40_000)
    await cache.getOrFetch('a', () => 2)
    await world.settle()
    expect(named('getOrFetch shop').attributes).toMatchObject({ 'terrace.hits': 1, 'terrace.refreshes': 1 })
    expect(named('getOrFetch shop').attributes).not.toHaveProperty('terrace.stale')
    exporter.reset()
    world.advance(61_000)
    const down = () => Promise.reject(new Error('down'))
    await cache.getOrFetch('a', down)
    expect(named('getOrFetch shop').attributes).toMatchObject({
      'terrace.level': 'L1',
      'terrace.stale': 1,
      'terrace.stale.reason': 'failed',
    })
    expect(named('getOrFetch shop').status.code).toBe(SpanStatusCode.UNSET)
    expect(named('fetch shop').status.code).toBe(SpanStatusCode.ERROR)
    exporter.reset()
    await cache.getOrFetch('a', down)
    expect(named('getOrFetch shop').attributes['terrace.stale.reason']).toBe('spared')
    exporter.reset()
    await cache.getOrFetchMany(['a', 'b'], down)
    expect(named('getOrFetchMany shop').attributes).toMatchObject({ 'terrace.stale': 2, 'terrace.hits': 2 })
    expect(named('getOrFetchMany shop').attributes).not.toHaveProperty('terrace.stale.reason')
    await cache.close()
  })

  it('marks a level that is late, when the deadline is over', async () => {
    const world = new FakeWorld()
    const hanging = faulty(memory(), (operation) => ({ fault: operation === 'read' ? 'hang' : 'none' }), {
      timeout: 50,
    })
    const cache = createCache({ levels: [memory(), hanging], world, name: 'shop' })
    traceCaches(cache, { tracerProvider })
    const got = cache.get('k')
    await world.settle()
    expect(spans()).toEqual([])
    world.advance(50)
    expect(await got).toBeUndefined()
    expect(named('read L2').attributes['error.type']).toBe('ERR_LEVEL_TIMEOUT')
    expect(named('get shop').status.code).toBe(SpanStatusCode.UNSET)
  })

  it('links who joins a flight to the call that set out first, each in its own trace', async () => {
    const cache = createCache({ levels: [memory(), far()], name: 'shop' })
    traceCaches(cache, { tracerProvider })
    const gate = Promise.withResolvers<number>()
    const caller = (name: string) =>
      tracer.startActiveSpan(name, async (span) => {
        await cache.getOrFetch('k', () => gate.promise)
        span.end()
      })
    const all = ['first', 'second', 'third'].map(caller)
    gate.resolve(1)
    await Promise.all(all)
    const calls = spans().filter((span) => span.name === 'getOrFetch shop')
    const of = (name: string) => calls.find((call) => parentOf(call) === idOf(named(name)))!
    expect(parentOf(named('fetch shop'))).toBe(idOf(of('first')))
    for (const name of ['second', 'third']) {
      expect(of(name).links.map((link) => link.context.spanId)).toEqual([idOf(of('first'))])
      expect(of(name).attributes['terrace.joined']).toBe(1)
    }
    expect(of('first').links).toEqual([])
  })

  it('links to calls that are under way, also where a tracer tells a context anew each time it is asked', async () => {
    const telling: Tracer = {
      startSpan(...args) {
        const span = tracer.startSpan(...args)
        const tell = span.spanContext.bind(span)
        return Object.assign(span, { spanContext: () => ({ ...tell() }) })
      },
      startActiveSpan: () => expect.unreachable(),
    }
    const cache = createCache({ levels: [memory()], name: 'shop' })
    traceCaches(cache, { tracerProvider: { getTracer: () => telling } })
    await cache.getOrFetch('k', () => 1)
    await cache.delete('k')
    exporter.reset()
    const gate = Promise.withResolvers<number>()
    const calls = [cache.getOrFetch('k', () => gate.promise), cache.getOrFetch('k', () => 2)]
    gate.resolve(1)
    await Promise.all(calls)
    const both = spans().filter(({ name }) => name === 'getOrFetch shop')
    const [first, second] = both.sort((a, b) => a.links.length - b.links.length)
    expect(first!.links).toEqual([])
    expect(second!.links.map((link) => link.context.spanId)).toEqual([idOf(first!)])
    await cache.close()
  })

  it('links a read that several callers travel in to all of them', async () => {
    const server = await startRedis()
    try {
      const cache = createCache({ levels: [memory(), redis({ url: server.url, timeout: '10s' })], name: 'shop' })
      expect((await cache.set('warm', 1)).ok).toBe(true)
      traceCaches(cache, { tracerProvider })
      await Promise.all([cache.get('a'), cache.get('b')])
      const calls = spans().filter((span) => span.name === 'get shop')
      const read = await ended('read L2')
      expect(read.attributes['terrace.batch.size']).toBe(2)
      expect([parentOf(read), ...read.links.map((link) => link.context.spanId)].sort()).toEqual(calls.map(idOf).sort())
      await cache.close()
    } finally {
      await server.close()
    }
  })

  it('has spans of their own for background work, linked to where it comes from', async () => {
    let isDown = true
    const down = faulty(memory(), (operation) => ({ fault: isDown && operation === 'raise' ? 'reject' : 'none' }))
    const cache = createCache({ levels: [memory(), down], name: 'shop' })
    traceCaches(cache, { tracerProvider })
    expect((await cache.delete('k')).ok).toBe(false)
    isDown = false
    const job = await ended('telling a level what it has missed')
    expect(parentOf(job)).toBeUndefined()
    expect(job.attributes).toEqual({ 'terrace.cache': 'shop', 'terrace.kind': 'background' })
    expect(job.links.map((link) => link.context.traceId)).toEqual([named('delete shop').spanContext().traceId])
    const raises = spans().filter((span) => span.name === 'raise L2')
    expect(raises.map(parentOf)).toContain(idOf(job))
  })

  it('makes no roots where they are not wanted', async () => {
    const cache = createCache({ name: 'shop' })
    traceCaches(cache, { tracerProvider, roots: false })
    expect((await cache.getOrFetch('k', () => 1)).data).toBe(1)
    await cache.get('k')
    expect(spans()).toEqual([])
    await tracer.startActiveSpan('request', async (span) => {
      await cache.get('k')
      span.end()
    })
    expect(parentOf(named('get shop'))).toBe(idOf(named('request')))
  })

  it('keeps calls inside fetchers, and caches, apart', async () => {
    const [outer, inner] = [createCache({ name: 'outer' }), createCache({ name: 'inner' })]
    traceCaches([outer, inner], { tracerProvider })
    await inner.set('k', 1)
    await outer.set('near', 1)
    exporter.reset()
    await outer.getOrFetch('k', async () => {
      await outer.get('near')
      return inner.get('k')
    })
    expect(named('getOrFetch outer').attributes).toMatchObject({ 'terrace.misses': 1 })
    expect(named('getOrFetch outer').attributes).not.toHaveProperty('terrace.hits')
    expect(parentOf(named('get inner'))).toBe(idOf(named('fetch outer')))
    expect(parentOf(named('get outer'))).toBe(idOf(named('fetch outer')))
  })

  it('disturbs nobody when a hook of its own throws, and refuses wrong arguments', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world })
    const stop = traceCaches(cache, {
      tracerProvider,
      keys: () => {
        throw new Error('a bad hook')
      },
    })
    expect((await cache.getOrFetch('k', () => 1)).data).toBe(1)
    await world.settle()
    expect(world.failures.length).toBeGreaterThan(0)
    stop()
    expect(() => traceCaches(cache, { hit: true } as never)).toThrow("Did you mean 'hits'?")
    expect(() => traceCaches(cache, { tracerProvider: {} as never })).toThrow('expected a TracerProvider')
    trace.disable()
    const silent = traceCaches(cache)
    expect((await cache.getOrFetch('l', () => 2)).data).toBe(2)
    silent()
  })
})
