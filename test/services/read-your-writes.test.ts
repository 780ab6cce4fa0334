import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../servers/redis-server.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { Fleet, over } from './fleet.ts'
import type { Worker } from './worker.ts'

const timeout = 10_000

describe('a process that hears nothing of another one, over Redis', () => {
  const fleet = new Fleet()
  let server: RedisServer
  let writer: Worker

  beforeAll(async () => {
    server = await fleet.redis()
    writer = await fleet.worker(over({ kind: 'redis', options: { url: server.url, timeout } }))
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  /** A reader without a feed, whose next pulse comes in two minutes. */
  async function reading(deadline = timeout, whenCutOff: 'serve' | 'fetch' = 'serve') {
    const client = new Redis({ port: server.port, host: '127.0.0.1', maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    const below = redis({ client: client as never, subscriber: false, timeout: deadline, maxStaleness: '10m' })
    const cache: MultiLevelCache = createCache({ levels: [memory(), below], whenCutOff })
    return {
      cache,
      async [Symbol.asyncDispose]() {
        await cache.close()
        client.disconnect()
      },
    }
  }

  /** How many commands the server has executed by now, scripts counted as one. */
  async function commands(): Promise<number> {
    const told = await server.command('INFO', 'commandstats')
    let sum = 0
    for (const [, name, calls] of told.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g))
      if (name === 'get' || name === 'mget' || name?.startsWith('eval')) sum += Number(calls)
    return sum
  }

  it('is behind without a token; with one it is not, for one question', async () => {
    await using reader = await reading()
    const { cache } = reader
    await writer.ask('set', 'a', 'old')
    expect(await cache.get('a')).toBe('old')
    await writer.ask('set', 'a', 'new')
    const after = await writer.ask('token')

    const before = await commands()
    expect(await cache.get('a')).toBe('old')
    expect(await commands()).toBe(before)
    expect(await cache.get('a', { after })).toBe('new')
    // One question, and the read of what it has made level 1 forget.
    expect(await commands()).toBe(before + 2)
    expect(await cache.get('a', { after })).toBe('new')
    expect(await commands()).toBe(before + 2)
  })

  it('follows tags', async () => {
    await using reader = await reading()
    const { cache } = reader
    await writer.ask('set', 'b', 'old', { tags: ['t'] })
    expect(await cache.get('b')).toBe('old')
    await writer.ask('invalidateTags', ['t'])
    expect(await cache.get('b')).toBe('old')
    expect(await cache.get('b', { after: await writer.ask('token') })).toBeUndefined()
  })

  it('goes to the source while Redis is frozen', async () => {
    await using reader = await reading(300)
    const { cache } = reader
    await writer.ask('set', 'c', 'old')
    expect(await cache.get('c')).toBe('old')
    await writer.ask('set', 'c', 'new')
    const after = await writer.ask('token')
    server.stop()
    try {
      expect(await cache.get('c')).toBe('old')
      expect(await cache.get('c', { after })).toBeUndefined()
      expect((await cache.getOrFetch('c', () => 'of the source', { after })).data).toBe('of the source')
    } finally {
      server.cont()
    }
    await expect.poll(() => cache.get('c', { after }), { timeout: 20_000, interval: 50 }).toBe('new')
  })

  it('is behind nothing that is there after a restart without data', async () => {
    await using reader = await reading()
    const { cache } = reader
    await writer.ask('set', 'd', 'old')
    expect(await cache.get('d')).toBe('old')
    await writer.ask('set', 'd', 'lost')
    const after = await writer.ask('token')
    await server.command('FLUSHALL')
    expect(await cache.get('d', { after })).toBeUndefined()
    await writer.ask('set', 'd', 'new')
    // Who finds its store without its history tells it once more what it had changed: that can cost the new value.
    expect(['new', undefined]).toContain(await cache.get('d', { after: await writer.ask('token') }))
  })
})

describe('two processes that hand each other tokens', () => {
  const fleet = new Fleet()
  afterAll(() => fleet[Symbol.asyncDispose]())

  /** Each reads, after the other's token, what the other has just written: 300 times. */
  async function playPingPong(pair: readonly Worker[]): Promise<void> {
    let token: string | undefined
    for (let n = 0; n < 300; n++) {
      const [writer, reader] = n % 2 === 0 ? pair : pair.toReversed()
      await writer!.ask('set', 'ball', n)
      token = await writer!.ask('token')
      expect((await reader!.ask('get', 'ball', token)).answer).toBe(n)
    }
  }

  it('never miss what the other wrote, over Redis', async () => {
    const server = await fleet.redis()
    await playPingPong(
      await fleet.workers(2, over({ kind: 'redis', options: { url: server.url, timeout, shards: 4 } })),
    )
  })

  it('never miss what the other wrote, over Memcached', async () => {
    const server = await fleet.memcached()
    await playPingPong(
      await fleet.workers(2, over({ kind: 'memcached', options: { nodes: [server.address], timeout } })),
    )
  })

  it('never miss what the other wrote, over a file', async () => {
    const path = `${fleet.folder()}/cache.db`
    await playPingPong(await fleet.workers(2, over({ kind: 'disk', options: { path, timeout, maxStaleness: '10m' } })))
  })

  it('never miss tags that were invalidated, over Memcached', async () => {
    const server = await fleet.memcached()
    const [one, other] = await fleet.workers(
      2,
      over({ kind: 'memcached', options: { nodes: [server.address], timeout, maxStaleness: '1h' } }),
    )
    for (let n = 0; n < 50; n++) {
      await one!.ask('set', 'k', n, { tags: ['t'] })
      const written = await one!.ask('token')
      expect((await other!.ask('get', 'k', written)).answer).toBe(n)
      await one!.ask('invalidateTags', ['t'])
      expect((await other!.ask('get', 'k', await one!.ask('token'))).answer).toBeUndefined()
    }
  })
})
