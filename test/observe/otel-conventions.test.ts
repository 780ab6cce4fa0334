import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Attributes, SpanKind } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, it, onTestFinished } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, type LevelFactory, memory } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { meterCaches, traceCaches } from '../../src/observe/otel/index.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))

/** What a read of the level says of itself, besides what is Terrace's own. */
async function told(level: LevelFactory): Promise<{ readonly kind: SpanKind; readonly attributes: Attributes }> {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const cache = createCache<number>({ levels: [memory(), level], name: 'shop' })
  expect((await cache.set('warm', 1)).ok).toBe(true)
  traceCaches(cache, { tracerProvider })
  await cache.getOrFetch('k', () => 1)
  await cache.close()
  const spans = exporter.getFinishedSpans()
  for (const { name, kind, instrumentationScope } of spans) {
    expect(instrumentationScope).toMatchObject({ name: 'terrace', version })
    if (!name.endsWith(' L2')) expect([name, kind]).toEqual([name, SpanKind.INTERNAL])
  }
  const { kind, attributes } = spans.find(({ name }) => name === 'read L2')!
  return {
    kind,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith('terrace.'))),
  }
}

it('tells calls of Redis as those of a client of a database', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  const { hostname, port } = new URL(server.url)
  expect(await told(redis(`${server.url}/3`, { timeout: '10s' }))).toEqual({
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'redis',
      'db.namespace': '3',
      'db.operation.name': 'read',
      'server.address': hostname,
      'server.port': Number(port),
    },
  })
})

it('and of Memcached, whose servers are told where there is one', async () => {
  const servers = await Promise.all([startMemcached(), startMemcached()])
  onTestFinished(async () => void (await Promise.all(servers.map((server) => server.kill()))))
  const nodes = servers.map(({ address }) => address)
  const alike = { 'db.system.name': 'memcached', 'db.operation.name': 'read' }
  const [host, port] = nodes[0]!.split(':')
  expect(await told(memcached({ nodes: nodes.slice(0, 1), timeout: '10s' }))).toEqual({
    kind: SpanKind.CLIENT,
    attributes: { ...alike, 'server.address': host, 'server.port': Number(port) },
  })
  expect(await told(memcached({ nodes, timeout: '10s' }))).toEqual({ kind: SpanKind.CLIENT, attributes: alike })
})

it('of a file, and says nothing of what it does not know', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'terrace-otel-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  expect(await told(disk({ path: join(folder, 'a.db'), timeout: '10s' }))).toEqual({
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'sqlite', 'db.operation.name': 'read' },
  })
  expect(await told(keyv(new Map()))).toEqual({ kind: SpanKind.INTERNAL, attributes: {} })
})

it('says which version of the package measures', async () => {
  class Reader extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  const reader = new Reader()
  const cache = createCache({ name: 'shop' })
  meterCaches(cache, { meterProvider: new MeterProvider({ readers: [reader] }) })
  const { resourceMetrics } = await reader.collect()
  expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope)).toMatchObject([{ name: 'terrace', version }])
  await cache.close()
})
