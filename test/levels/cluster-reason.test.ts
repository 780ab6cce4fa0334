import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'

test('a level over servers of which none answers says why: in levelFailed, or in what increment rejects with', async () => {
  const server = await startRedis()
  onTestFinished(() => server.close())
  await using cache = createCache({ levels: [memory(), redis({ nodes: [`127.0.0.1:${server.port}`] })] })
  const told: string[] = []
  const note = (error: unknown): void => {
    for (let at = error; at instanceof Error; at = at.cause) told.push(at.message)
  }
  cache.on('levelFailed', ({ error }) => note(error))
  // Three are more than it takes: the reason is known since before the first of them is answered.
  for (const key of ['a', 'b', 'c']) {
    await cache.getOrFetch(key, () => 1)
    await cache.increment('n').catch(note)
  }
  expect(told.join('\n')).toContain('this server is no cluster, give its address as url or host')
})
