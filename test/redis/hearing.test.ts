import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'

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
