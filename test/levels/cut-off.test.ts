import { afterAll, expect, it } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'

const servers: { close(): Promise<void> }[] = []
afterAll(() => Promise.all(servers.map((server) => server.close())))

/** A process with a value in memory, whose Redis is killed for longer than `maxStaleness`. */
async function cutOff(whenCutOff: 'serve' | 'fetch') {
  const server = await startRedis()
  servers.push(server)
  const far = redis({ url: server.url, maxStaleness: '500ms', timeout: '2s' })
  const cache = createCache<string | number>({ levels: [memory(), far], whenCutOff })
  expect((await cache.set('user:1', 'Ada')).ok).toBe(true)
  expect(cache.peek('user:1')).toBe('Ada')
  await server.kill()
  await expect.poll(() => cache.stats().levels[1]!.proven).toBe(false)
  return { server, cache }
}

it('serves what it has, and counts it', async () => {
  const { cache } = await cutOff('serve')
  const { data } = await cache.getOrFetch('user:1', () => 'Grace')
  expect(data).toBe('Ada')
  expect(cache.stats().unproven).toBe(1)
  // What is not known is not shown where nothing can be asked.
  expect(cache.peek('user:1')).toBeUndefined()
  await cache.close()
})

it('goes to the source where that is wanted', async () => {
  const { cache } = await cutOff('fetch')
  const { data } = await cache.getOrFetch('user:1', () => 'Grace')
  expect(data).toBe('Grace')
  expect(cache.stats().unproven).toBe(0)
  await cache.close()
})

it('rejects a count that cannot be made, and tells a Redis that is back what it has missed', async () => {
  const { cache, server } = await cutOff('serve')
  await expect(cache.increment('visits')).rejects.toMatchObject({ name: 'TerraceError', code: /^ERR_LEVEL_/ })
  const { ok, levels } = await cache.delete('user:1')
  expect(ok).toBe(false)
  expect(levels.map(({ outcome }) => outcome)).toEqual(['done', 'pending'])
  await server.restart()
  await expect.poll(() => cache.stats().levels[1], { timeout: 20_000 }).toMatchObject({ pending: 0, proven: true })
  expect(await cache.increment('visits')).toBe(1)
  await cache.close()
})
