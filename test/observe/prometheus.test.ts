import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import client from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { type PromRegistry, prometheus } from '../../src/observe/prometheus/index.ts'
import { FakeWorld, faulty } from '../../src/testing/index.ts'
import { figure, type ParsedFamily, parse } from './prometheus-text.ts'

function slow(world: FakeWorld, name = 'cache'): MultiLevelCache {
  const far = faulty(memory(), () => ({ before: 30 }), { timeout: 100 })
  return createCache({ levels: [memory({ maxEntries: 100 }), far], world, name })
}

/** Lets virtual time pass until the work is done. */
async function during<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let isDone = false
  const done = work.finally(() => (isDone = true))
  done.catch(() => undefined)
  while (!isDone) {
    await world.settle()
    world.advance(10)
  }
  return done
}

async function used(world: FakeWorld, cache: MultiLevelCache): Promise<void> {
  await during(
    world,
    cache.getOrFetch('k', () => 'value'),
  )
  await cache.get('k')
  await during(world, cache.get('none'))
  await during(
    world,
    cache.getOrFetch('bad', () => Promise.reject(new RangeError('no such thing'))).catch(() => undefined),
  )
}

describe('prometheus', () => {
  it('tells what stats tells', async () => {
    const world = new FakeWorld()
    const cache = slow(world)
    const exporter = prometheus(cache)
    await used(world, cache)
    const families = parse(exporter.text())
    const stats = cache.stats()
    const of = (name: string, labels = {}) => figure(families, name, { cache: 'cache', ...labels })
    expect(of('terrace_requests_total')).toBe(4)
    expect(of('terrace_misses_total')).toBe(stats.misses)
    expect(of('terrace_hits_total', { level: 'L1' })).toBe(1)
    expect(of('terrace_fetches_total')).toBe(2)
    expect(of('terrace_fetch_failures_total')).toBe(1)
    expect(of('terrace_uptime_seconds')).toBe(stats.uptime / 1000)
    expect(of('terrace_level_entries', { level: 'L1' })).toBe(1)
    expect(of('terrace_level_misses_total', { level: 'L2' })).toBe(3)
    expect(of('terrace_level_breaker', { level: 'L2', state: 'closed' })).toBe(1)
    expect(of('terrace_level_breaker', { level: 'L2', state: 'open' })).toBe(0)
    expect(families.every(({ help }) => help.length > 10)).toBe(true)
    await during(world, cache.close())
  })

  it('tells stale answers and refreshes', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world, ttl: '1m', staleFor: '1h', refreshAfter: 0.5 })
    const exporter = prometheus(cache)
    await cache.getOrFetch('k', () => 1)
    world.advance(40_000)
    await cache.getOrFetch('k', () => 2)
    await world.settle()
    world.advance(61_000)
    for (let n = 0; n < 3; n++) await cache.getOrFetch('k', () => Promise.reject(new Error('down')))
    const families = parse(exporter.text())
    expect(figure(families, 'terrace_refreshes_total', { cache: 'cache' })).toBe(1)
    expect(figure(families, 'terrace_stale_answers_total', { cache: 'cache' })).toBe(3)
    await cache.close()
  })

  it('measures the calls of levels and of fetchers, by what they ended with', async () => {
    const world = new FakeWorld()
    const cache = slow(world)
    const exporter = prometheus(cache, { buckets: [0.02, 0.03, 0.04] })
    await used(world, cache)
    const families = parse(exporter.text())
    const read = { cache: 'cache', level: 'L2', operation: 'read' }
    const bucket = (le: string) => figure(families, 'terrace_level_duration_seconds_bucket', { ...read, le })
    expect([bucket('0.02'), bucket('0.03'), bucket('0.04'), bucket('+Inf')]).toEqual([0, 3, 3, 3])
    expect(figure(families, 'terrace_level_duration_seconds_sum', read)).toBeCloseTo(0.09)
    expect(figure(families, 'terrace_level_duration_seconds_count', read)).toBe(3)
    const failed = { cache: 'cache', error_type: 'RangeError' }
    expect(figure(families, 'terrace_fetch_duration_seconds_count', failed)).toBe(1)
    await during(world, cache.close())
  })

  it('tells late calls by their error', async () => {
    const world = new FakeWorld()
    const hanging = faulty(memory(), (operation) => ({ fault: operation === 'read' ? 'hang' : 'none' }), {
      timeout: 50,
    })
    const cache = createCache({ levels: [memory(), hanging], world })
    const exporter = prometheus(cache)
    await during(world, cache.get('k'))
    const labels = { level: 'L2', operation: 'read', error_type: 'ERR_LEVEL_TIMEOUT' }
    const families = parse(exporter.text())
    expect(figure(families, 'terrace_level_duration_seconds_count', labels)).toBe(1)
    expect(figure(families, 'terrace_level_duration_seconds_sum', labels)).toBeCloseTo(0.05)
    expect(figure(families, 'terrace_level_breaker', { level: 'L2', state: 'open' })).toBe(1)
  })

  it('counts what happens besides', async () => {
    const world = new FakeWorld()
    const cache = slow(world)
    const exporter = prometheus(cache)
    const gate = Promise.withResolvers<number>()
    const both = Promise.all([cache.getOrFetch('k', () => gate.promise), cache.getOrFetch('k', () => gate.promise)])
    await cache.invalidateTags([])
    gate.resolve(1)
    await during(world, both)
    await during(world, cache.delete('k'))
    const families = parse(exporter.text())
    expect(figure(families, 'terrace_events_total', { event: 'joined' })).toBe(1)
    expect(figure(families, 'terrace_events_total', { event: 'invalidated' })).toBe(1)
    await during(world, cache.close())
  })

  it('bounds the kinds of errors it tells apart', async () => {
    const cache = createCache()
    const exporter = prometheus(cache)
    for (let n = 0; n < 100; n++) {
      const error = Object.assign(new Error('x'), { name: `Error${n}` })
      await cache.getOrFetch('k', () => Promise.reject(error)).catch(() => undefined)
    }
    const lines = parse(exporter.text()).flatMap((family) => family.lines)
    const types = new Set(lines.flatMap(({ labels }) => labels.error_type ?? []))
    expect(types.size).toBe(21)
    expect(types).toContain('_OTHER')
    const count = { name: 'terrace_fetch_duration_seconds_count', error_type: '_OTHER' }
    expect(figure(parse(exporter.text()), count.name, { error_type: '_OTHER' })).toBe(80)
  })

  it('survives errors that are not what they seem', async () => {
    const cache = createCache()
    const exporter = prometheus(cache)
    const odd = Object.defineProperty(new Error('x'), 'code', {
      get() {
        throw new Error('a trap')
      },
    })
    for (const error of [odd, null, 'a "text"\n', { code: 'E' }, Object.assign(new Error(), { name: 'a b\n"' })])
      await cache.getOrFetch('k', () => Promise.reject(error)).catch(() => undefined)
    const lines = parse(exporter.text()).filter(({ name }) => name === 'terrace_fetch_duration_seconds')
    expect(new Set(lines[0]!.lines.map(({ labels }) => labels.error_type))).toEqual(
      new Set(['_OTHER', 'object', 'string']),
    )
  })

  it('tells several caches apart, by their names or those given', () => {
    const a = createCache({ name: 'a' })
    const b = createCache({ name: 'b' })
    const names = (families: ParsedFamily[]) => families[0]!.lines.map(({ labels }) => labels.cache)
    expect(names(parse(prometheus([a, b]).text()))).toEqual(['a', 'b'])
    expect(names(parse(prometheus({ x: a, y: b }).text()))).toEqual(['x', 'y'])
    expect(() => prometheus([a, a])).toThrow("two caches are named 'a'")
  })

  it('escapes whatever names there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (name) => {
        const exporter = prometheus(createCache({ name }))
        const families = parse(exporter.text())
        expect(families[0]!.lines[0]!.labels).toEqual({ cache: name.toWellFormed() })
        exporter.close()
      }),
      { numRuns: 50, examples: [['a"b\\c\nd'], ['\\n'], ['}"} 1\n'], ['\r\u2028']] },
    )
  })

  it('leaves out a cache that has been closed', async () => {
    const [open, shut] = [createCache({ name: 'open' }), createCache({ name: 'shut' })]
    const exporter = prometheus([open, shut])
    await shut.close()
    expect(new Set(parse(exporter.text()).flatMap(({ lines }) => lines.map(({ labels }) => labels.cache)))).toEqual(
      new Set(['open']),
    )
    await open.close()
    expect(exporter.text()).toBe('')
  })

  it('measures nothing any more once it is closed', async () => {
    const cache = createCache()
    const exporter = prometheus(cache)
    exporter.close()
    await cache.getOrFetch('k', () => 1)
    const families = parse(exporter.text())
    expect(figure(families, 'terrace_fetches_total', {})).toBe(1)
    expect(families.some(({ name }) => name === 'terrace_fetch_duration_seconds')).toBe(false)
  })

  it('refuses wrong arguments at once', async () => {
    const cache = createCache()
    expect(() => prometheus(undefined as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => prometheus([])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    expect(() => prometheus({ a: {} } as never)).toThrow("expected a cache as 'a', got [Object]")
    expect(() => prometheus(cache, { bucket: [1] } as never)).toThrow("Did you mean 'buckets'?")
    for (const buckets of [[], [2, 1], [1, 1], [0], [Number.NaN], 'x', new Array(101).fill(0).map((_, n) => n + 1)])
      expect(() => prometheus(cache, { buckets } as never)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    await cache.close()
    expect(() => prometheus(cache)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })
})

describe('the handler', () => {
  it('answers GET and HEAD, and nothing else', async () => {
    const { handler, contentType, text } = prometheus(createCache())
    const got = handler(new Request('http://localhost/metrics'))
    expect(got.headers.get('content-type')).toBe(contentType)
    expect(parse(await got.text()).map(({ name }) => name)).toEqual(parse(text()).map(({ name }) => name))
    const head = handler(new Request('http://localhost/metrics', { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([200, ''])
    const posted = handler(new Request('http://localhost/metrics', { method: 'POST' }))
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('serves over http', async () => {
    const exporter = prometheus(createCache())
    const server = createServer((_, response) => {
      response.setHeader('content-type', exporter.contentType)
      response.end(exporter.text())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(parse(await answer.text()).length).toBeGreaterThan(10)
    server.close()
  })
})

describe('a registry of prom-client', () => {
  it('tells the same as the exporter, among its own', async () => {
    const world = new FakeWorld()
    const cache = slow(world, 'a "cache"\n\\')
    const exporter = prometheus(cache)
    await used(world, cache)
    const registry = new client.Registry()
    new client.Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(3)
    exporter.register(registry)
    const families = parse(await registry.metrics())
    expect(figure(families, 'orders_total', {})).toBe(3)
    const told = families.filter(({ lines }) => lines.length > 0 && lines[0]!.labels.cache !== undefined)
    expect(told).toEqual(parse(exporter.text()))
    await during(world, cache.close())
  })

  it('adds its own labels, writes OpenMetrics, and adds up workers', async () => {
    const cache = createCache()
    const registry = new client.Registry()
    const exporter = prometheus(cache)
    exporter.register(registry)
    await cache.getOrFetch('k', () => 1)
    registry.setDefaultLabels({ app: 'shop' })
    expect(figure(parse(await registry.metrics()), 'terrace_requests_total', { app: 'shop' })).toBe(1)
    const json = await registry.getMetricsAsJSON()
    const both = await client.AggregatorRegistry.aggregate([json, json] as never).metrics()
    expect(figure(parse(both), 'terrace_requests_total', {})).toBe(2)
    expect(figure(parse(both), 'terrace_level_breaker', { state: 'closed' })).toBe(1)
    expect(figure(parse(both), 'terrace_fetch_duration_seconds_count', {})).toBe(2)
    registry.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE as never)
    const open = await registry.metrics()
    expect(open).toContain('# TYPE terrace_requests counter\nterrace_requests_total{')
    expect(open.endsWith('# EOF\n')).toBe(true)
  })

  it('reads the figures anew each time', async () => {
    const cache = createCache()
    const registry = new client.Registry()
    prometheus(cache).register(registry)
    const requests = async () => figure(parse(await registry.metrics()), 'terrace_requests_total', {})
    expect(await requests()).toBe(0)
    await cache.get('k')
    expect(await requests()).toBe(1)
    registry.resetMetrics()
    expect(await requests()).toBe(1)
  })

  it('can be left again, and is not half entered', async () => {
    const registry = new client.Registry()
    const exporter = prometheus(createCache())
    const leave = exporter.register(registry)
    const again = () => prometheus(createCache()).register(registry)
    expect(again).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    leave()
    expect(registry.getMetricsAsArray()).toEqual([])
    new client.Gauge({ name: 'terrace_flights', help: 'Mine.', registers: [registry] })
    expect(again).toThrow('has a metric terrace_flights already')
    expect(registry.getMetricsAsArray()).toHaveLength(1)
    expect(() => exporter.register({} as PromRegistry)).toThrow('expected a registry of prom-client')
  })
})
