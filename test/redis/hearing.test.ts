import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { type RedisClient, type RedisSubscriber, redis } from '../../src/levels/redis.ts'
import { LIBRARIES } from './clients.ts'

const PATIENCE = { timeout: 30_000, interval: 20 }

test('statistics say that a process asks while its feed is broken, and that it hears once it is back', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  const [writer, reader] = [1, 2].map(() => {
    const cache = createCache<number>({ levels: [memory(), redis(server.url, { name: 'redis' })] })
    onTestFinished(() => cache.close())
    return cache
  })
  const hearing = () => reader!.stats().levels[1]!.hearing
  await reader!.get('k')
  await expect.poll(hearing, PATIENCE).toBe('feed')

  // The connection of the feed is lost, and then the server says nothing to a new one.
  await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
  server.stop()
  await expect.poll(hearing, PATIENCE).toBe('pulse')
  server.cont()
  await expect.poll(hearing, PATIENCE).toBe('feed')

  let heard = 0
  reader!.on('heard', () => heard++)
  const changeAndListen = async () => {
    await writer!.delete('k')
    return heard
  }
  await expect.poll(changeAndListen, PATIENCE).toBeGreaterThan(0)
})

test('of two caches with one subscriber, the one that stays hears after the other is closed', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  const [client, subscriber] = [new Redis(server.port), new Redis(server.port)]
  onTestFinished(() => [client, subscriber].forEach((each) => void each.disconnect()))
  const [leaving, staying] = [1, 2].map(() => {
    const cache = createCache<number>({ levels: [memory(), redis({ client, subscriber, maxStaleness: '10m' })] })
    onTestFinished(() => cache.close())
    return cache
  })
  const writer = createCache<number>({ levels: [redis(server.url)] })
  onTestFinished(() => writer.close())
  for (const cache of [leaving, staying]) {
    await cache!.get('k')
    await expect.poll(() => cache!.stats().levels[1]!.hearing, PATIENCE).toBe('feed')
  }
  let heard = 0
  staying!.on('heard', () => heard++)
  await leaving!.close()
  // Behind all that the one that left has sent.
  await subscriber.ping()
  await writer.set('k', 1)
  await expect.poll(() => heard, PATIENCE).toBeGreaterThan(0)
})

test.each(LIBRARIES)(
  'twelve caches share a subscriber of $name without a warning, and hear on when one is closed',
  async ({ single }) => {
    const server = await startRedis()
    onTestFinished(() => server.close())
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const [given, subscribing] = await Promise.all([single(server.port), single(server.port)])
    onTestFinished(async () => {
      await Promise.all([given.close(), subscribing.close()])
    })
    const [client, subscriber] = [given.client as RedisClient, subscribing.client as RedisSubscriber]
    const heard = new Set<number>()
    const caches = Array.from({ length: 12 }, (_, n) => {
      const level = redis({ client, subscriber, maxStaleness: '10m', prefix: `shop-${n % 3}:` })
      const cache = createCache<number>({ levels: [memory(), level] })
      onTestFinished(() => cache.close())
      cache.on('heard', () => heard.add(n))
      return cache
    })
    const hearing = (cache: (typeof caches)[number]) => cache.stats().levels[1]!.hearing
    await Promise.all(caches.map((cache) => cache.get('k')))
    await expect.poll(() => caches.map(hearing), PATIENCE).toEqual(caches.map(() => 'feed'))

    await caches[0]!.close()
    for (const prefix of ['shop-0:', 'shop-1:', 'shop-2:']) {
      const writer = createCache<number>({ levels: [redis(server.url, { prefix })] })
      onTestFinished(() => writer.close())
      await writer.set('k', 1)
    }
    await expect.poll(() => [...heard].sort((a, b) => a - b), PATIENCE).toEqual(caches.slice(1).map((_, n) => n + 1))
    expect(warnings).toEqual([])
  },
)
