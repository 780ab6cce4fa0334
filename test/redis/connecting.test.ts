import { createClient as createClient6, createCluster as createCluster6, createSentinel } from '@redis/client'
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { type CacheEvent, createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { redisConnection } from '../../src/stores/redis/redis.ts'
import { systemWorld } from '../../src/world/system-world.ts'

let server: RedisServer
let cluster: RedisCluster

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startCluster({ replicas: 0 })])
})

afterAll(() => Promise.all([server.close(), cluster.close()]))

// biome-ignore lint/suspicious/noExplicitAny: six majors, one way to use them
type Any = any

const IMPATIENT = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false }

/** What the test ends, by whatever name its library has for that. */
function ending<T extends object>(client: T): T {
  const { destroy, disconnect } = client as Any
  onTestFinished(() => void Promise.resolve((destroy ?? disconnect).call(client)).catch(() => undefined))
  ;(client as Any).on('error', () => undefined)
  return client
}

/** Begins to connect, and does not wait for it. */
function begun(client: Any): object {
  ending(client)
  client.connect().catch(() => undefined)
  return client
}

const node = (create: Any) => (port: number) =>
  begun(create({ socket: { host: '127.0.0.1', port }, disableOfflineQueue: true }))

/** Clients that are made and used in the same turn. */
const SINGLE: readonly (readonly [name: string, make: (port: number) => object])[] = [
  ['ioredis 6', (port) => ending(new Redis6(port, '127.0.0.1', IMPATIENT))],
  ['ioredis 5', (port) => ending(new Redis5(port, '127.0.0.1', IMPATIENT))],
  ['ioredis 6, lazy', (port) => ending(new Redis6(port, '127.0.0.1', { ...IMPATIENT, lazyConnect: true }))],
  ['node-redis 6', node(createClient6)],
  ['node-redis 5', node(createClient5)],
  ['node-redis 4', node(createClient4)],
]

const CLUSTERS: readonly (readonly [name: string, make: (port: number) => object])[] = [
  ['ioredis 6', (port) => ending(new Cluster6([{ host: '127.0.0.1', port }], { enableOfflineQueue: false }))],
  ['node-redis 6', (port) => begun(createCluster6({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] }))],
  ['node-redis 5', (port) => begun(createCluster5({ rootNodes: [{ socket: { host: '127.0.0.1', port } }] }))],
]

function given(client: object, warn?: (text: string) => void) {
  return redisConnection({ kind: 'given', client, subscriber: undefined }, systemWorld, warn)
}

test.each(SINGLE)(
  '%s: the first calls wait for a client that still connects, and nothing was lost',
  async (name, make) => {
    const told: CacheEvent[] = []
    const cache = createCache<number>({
      levels: [memory(), redis({ client: make(server.port) as Any, prefix: `${name}:`, timeout: '60s' })],
      observe: (event) => told.push(event),
    })
    expect(await Promise.all([cache.increment('n'), cache.set('a', 1)])).toMatchObject([1, { ok: true }])
    expect(told.filter(({ type }) => type === 'lost' || type === 'levelFailed' || type === 'breaker')).toEqual([])
    await cache.close()
  },
)

test.each(CLUSTERS)('a cluster of %s: the first calls wait for it', async (_, make) => {
  const connection = given(make(cluster.ports[0]!))
  expect(String(await connection.send('k', ['GET', 'k']))).toBe('null')
  expect(await connection.masters()).toHaveLength(3)
  await connection.close()
})

test.each(SINGLE)('%s: where the first attempt fails, calls fail at once, until there is a server', async (_, make) => {
  const port = await freePort()
  const client = make(port) as Any
  const connection = given(client)
  await expect(connection.send('k', ['GET', 'k'])).rejects.toThrow()
  await expect(connection.send('k', ['GET', 'k'])).rejects.toThrow()
  const late = await startRedis({ port })
  onTestFinished(() => late.close())
  await expect.poll(() => connection.send('k', ['GET', 'k']).catch(() => 'refused')).toBeNull()
  await connection.close()
})

test('a level that is closed while its client connects leaves no listener with it', async () => {
  const client = begun(createClient6({ url: server.url, disableOfflineQueue: true })) as Any
  const before = client.listenerCount('ready')
  const connection = given(client)
  const answer = connection.send('k', ['GET', 'k']).catch(() => 'refused')
  expect(client.listenerCount('ready')).toBe(before + 1)
  await connection.close()
  expect(client.listenerCount('ready')).toBe(before)
  expect(await answer).toBe('refused')
})

const UNOPENED = /client of node-redis is closed: call its connect\(\)/

test.each([
  ['client 6', () => createClient6({ url: server.url })],
  ['client 5', () => createClient5({ url: server.url })],
  ['client 4', () => createClient4({ url: server.url })],
  ['cluster 6', () => createCluster6({ rootNodes: [{ url: `redis://127.0.0.1:${cluster.ports[0]}` }] })],
  ['cluster 4', () => createCluster4({ rootNodes: [{ url: `redis://127.0.0.1:${cluster.ports[0]}` }] })],
])('node-redis, %s: one that nobody connects is told of once, and serves when it is connected', async (_, make) => {
  const client = ending(make()) as Any
  const warnings: string[] = []
  const connection = given(client, (text) => warnings.push(text))
  expect(warnings).toEqual([])
  for (let n = 0; n < 3; n++) await expect(connection.send('k', ['GET', 'k'])).rejects.toThrow(UNOPENED)
  expect(warnings).toEqual([expect.stringMatching(UNOPENED)])
  await client.connect()
  expect(await connection.send('k', ['GET', 'k'])).toBeNull()
  await connection.close()
})

test('node-redis, Sentinel: one that nobody connects is told of', async () => {
  const sentinelRootNodes = [{ host: '127.0.0.1', port: await freePort() }]
  const connection = given(createSentinel({ name: 'main', sentinelRootNodes }))
  await expect(connection.send('k', ['GET', 'k'])).rejects.toThrow(UNOPENED)
})

test('a client that is not connected warns through the cache, and one that is connected after it was given does not', async () => {
  const texts: string[] = []
  const over = (client: Any) =>
    createCache<number>({
      levels: [memory(), redis({ client, timeout: '60s' })],
      observe: (event) => {
        if (event.type === 'warning') texts.push(event.text)
      },
    })
  const connected = ending(createClient6({ url: server.url, disableOfflineQueue: true }))
  const well = over(connected)
  await connected.connect()
  expect(await well.set('k', 1)).toMatchObject({ ok: true })
  await well.close()
  expect(texts).toEqual([])
  const forgotten = over(createClient6({ url: server.url, disableOfflineQueue: true }))
  expect(await forgotten.get('k')).toBeUndefined()
  expect(await forgotten.get('k')).toBeUndefined()
  await forgotten.close()
  expect(texts).toEqual([expect.stringMatching(UNOPENED)])
})
