import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { type RedisOptions, redis } from '../../src/levels/redis.ts'

const KEYS = Array.from({ length: 10 }, (_, n) => `k${n}`)

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
beforeEach(async () => {
  await server.command('FLUSHALL')
})
afterAll(() => server.close())

function open(options: RedisOptions) {
  const cache = createCache<string>({ levels: [memory(), redis({ ...options, timeout: '5s' })], ttl: '1h' })
  const lost: string[] = []
  cache.on((event) => {
    if (event.type === 'lost') lost.push(event.level)
  })
  onTestFinished(() => cache.close())
  return { cache, lost }
}

/** How many commands the server has taken. */
async function commands(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await server.command('INFO', 'stats'))![1])
}

async function expectApart(make: readonly (() => RedisOptions)[]): Promise<void> {
  const caches = make.map((options) => open(options()))
  for (const [n, { cache }] of caches.entries()) await cache.set('first', `${n}`)
  for (const key of KEYS)
    for (const [n, { cache }] of caches.entries()) expect(await cache.set(key, `${n}`)).toMatchObject({ ok: true })
  await pause(500)
  const before = await commands()
  await pause(2000)
  expect((await commands()) - before).toBeLessThan(100)
  for (const { lost } of caches) expect(lost).toEqual([])
  for (const [n, options] of make.entries()) {
    const values = KEYS.map(() => `${n}`)
    expect(await caches[n]!.cache.getMany(KEYS)).toEqual(values)
    // What lies in the server itself.
    expect(await open(options()).cache.getMany(KEYS)).toEqual(values)
  }
}

it('caches in two databases under one prefix have nothing to do with each other', async () => {
  await expectApart([0, 1].map((database) => () => ({ url: server.url, database })))
})

it('nor do caches with different numbers of shards', async () => {
  await expectApart([1, 2].map((shards) => () => ({ url: server.url, shards })))
})

it('nor where the database of a client is not known: they hear each other, and take no notice', async () => {
  const clients = await Promise.all(
    [0, 3].map(async (database) => {
      const client = createClient({ url: server.url, disableOfflineQueue: true, commandOptions: { timeout: 0 } })
      client.on('error', () => undefined)
      await client.connect()
      await client.select(database)
      onTestFinished(() => client.destroy())
      return client
    }),
  )
  await expectApart(clients.map((client) => () => ({ client })))
})
