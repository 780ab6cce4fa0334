import { type DataPoint, DataPointType, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { meterCaches } from '../../src/observe/otel/index.ts'
import { FAMILIES } from '../../src/observe/prometheus/family.ts'

/** Collects when it is asked to. */
class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function setUp() {
  const reader = new Reader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([])
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({ ...metric, scope: scope.name })),
    )
  }
  const points = async (name: string): Promise<DataPoint<unknown>[]> => {
    const found = (await collect()).find(({ descriptor }) => descriptor.name === name)
    return (found?.dataPoints ?? []) as DataPoint<unknown>[]
  }
  return { meterProvider, collect, points }
}

describe('meterCaches', () => {
  it('observes what stats tells', async () => {
    const { meterProvider, collect, points } = setUp()
    const cache = createCache({ levels: [memory({ maxEntries: 1 }), memory()], name: 'shop' })
    meterCaches(cache, { meterProvider })
    await cache.getOrFetch('a', () => 1)
    await cache.getOrFetch('b', () => 2)
    await cache.get('a')
    const hits = await points('terrace.hits')
    expect(hits).toEqual([
      expect.objectContaining({ attributes: { 'terrace.cache': 'shop', 'terrace.level': 'L1' }, value: 0 }),
      expect.objectContaining({ attributes: { 'terrace.cache': 'shop', 'terrace.level': 'L2' }, value: 1 }),
    ])
    expect((await points('terrace.requests'))[0]!.value).toBe(3)
    expect((await points('terrace.level.evictions'))[0]!.value).toBe(cache.stats().levels[0]!.evictions)
    const breaker = await points('terrace.level.breaker')
    expect(breaker.filter(({ value }) => value === 1).map(({ attributes }) => attributes['terrace.state'])).toEqual([
      'closed',
      'closed',
    ])
    for (const { scope, descriptor } of await collect()) {
      expect(scope).toBe('terrace')
      expect(descriptor.description.length).toBeGreaterThan(10)
    }
  })

  it('records calls of levels and of fetchers, in seconds, with the type of the error', async () => {
    const { meterProvider, points } = setUp()
    const cache = createCache({ levels: [memory(), memory()], name: 'shop' })
    meterCaches(cache, { meterProvider })
    await cache.getOrFetch('k', () => 1)
    await expect(cache.getOrFetch('bad', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no')
    const calls = (await points('terrace.level.duration')) as DataPoint<Histogram>[]
    const read = calls.find(({ attributes }) => attributes['terrace.operation'] === 'read')!
    expect(read.attributes).toEqual({ 'terrace.cache': 'shop', 'terrace.level': 'L2', 'terrace.operation': 'read' })
    expect(read.value.count).toBe(2)
    expect(read.value.buckets.boundaries[0]).toBe(0.0001)
    expect(read.value.sum).toBeLessThan(5)
    const fetches = (await points('terrace.fetch.duration')) as DataPoint<Histogram>[]
    expect(fetches.map(({ attributes, value }) => [attributes['error.type'], value.count])).toEqual([
      [undefined, 1],
      ['RangeError', 1],
    ])
  })

  it('names everything as the exporter for Prometheus does, by the usual translation', async () => {
    const { meterProvider, collect } = setUp()
    const cache = createCache({ levels: [memory({ maxBytes: 1e6 })], source: { maxConcurrent: 5 } })
    meterCaches(cache, { meterProvider })
    cache.verify({ source: () => 1 })
    cache.namespace('users', {})
    const both = [cache.getOrFetch('k', () => 1), cache.getOrFetch('k', () => 1)]
    await Promise.all(both)
    const suffixes: Record<string, string> = { s: '_seconds', By: '_bytes' }
    for (const metric of await collect()) {
      const { descriptor, dataPoints } = metric
      const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic
      const name =
        descriptor.name.replaceAll('.', '_') + (suffixes[descriptor.unit] ?? '') + (isCounter ? '_total' : '')
      const family = FAMILIES.find((each) => each.name === name)
      expect(family, name).toBeDefined()
      const known = family!.labels.map((label) => (label === 'error_type' ? 'error.type' : `terrace.${label}`))
      for (const { attributes } of dataPoints) expect(known).toEqual(expect.arrayContaining(Object.keys(attributes)))
    }
    const names = new Set((await collect()).map(({ descriptor }) => descriptor.name))
    // Nothing is heard in a process of its own.
    expect(names.size).toBe(FAMILIES.length - 1)
  })

  it('tells no more when it is stopped, nor of a cache that has been closed', async () => {
    const { meterProvider, points } = setUp()
    const [a, b] = [createCache({ name: 'a' }), createCache({ name: 'b' })]
    const stop = meterCaches([a, b], { meterProvider })
    await b.close()
    expect((await points('terrace.requests')).map(({ attributes }) => attributes['terrace.cache'])).toEqual(['a'])
    stop()
    await a.getOrFetch('k', () => 1)
    // The SDK goes on telling the last it has heard.
    expect((await points('terrace.requests')).map(({ value }) => value)).toEqual([0])
    expect(await points('terrace.fetch.duration')).toEqual([])
  })

  it('does nothing where there is no SDK, and refuses wrong arguments', async () => {
    const cache = createCache()
    const stop = meterCaches(cache)
    expect((await cache.getOrFetch('k', () => 1)).data).toBe(1)
    stop()
    expect(() => meterCaches(cache, { meterProvidr: 1 } as never)).toThrow("Did you mean 'meterProvider'?")
    expect(() => meterCaches(cache, { meterProvider: {} as never })).toThrow('expected a MeterProvider')
    expect(() => meterCaches({ on: 1 } as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
    await cache.close()
    expect(() => meterCaches(cache)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })
})
