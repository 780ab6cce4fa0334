import { afterAll, describe, expect, it } from 'vitest'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redisFeed } from '../../src/levels/redis.ts'
import { startMemcached } from '../memcached/memcached-server.ts'
import { startRedis } from '../services/redis-server.ts'

const redisServer = await startRedis()
const memcachedServer = await startMemcached()
afterAll(async () => {
  await redisServer.close()
  await memcachedServer.kill()
})

const timeout = '10s'
let places = 0

const pairs: Record<string, () => MultiLevelCache<unknown>[]> = {
  'Memcached with a feed over Redis': () => {
    const feed = redisFeed({ url: `redis://127.0.0.1:${redisServer.port}`, channel: `feed${places}` })
    const prefix = `p${places++}`
    const far = () =>
      memcached({ nodes: `127.0.0.1:${memcachedServer.port}`, prefix, feed, timeout, maxStaleness: '60s' })
    return [1, 2].map(() => createCache({ levels: [memory(), far()] }))
  },
  'a Keyv adapter with a feed within the process': () => {
    const store = new Map()
    const feed = localFeed()
    return [1, 2].map(() => createCache({ levels: [memory(), keyv(store, { feed, timeout, maxStaleness: '60s' })] }))
  },
}

for (const [name, make] of Object.entries(pairs)) {
  describe(`two caches over ${name}`, () => {
    const changes: Record<string, (cache: MultiLevelCache<unknown>) => Promise<unknown>> = {
      set: (cache) => cache.set('user:1', 'new'),
      delete: (cache) => cache.delete('user:1'),
      invalidateTags: (cache) => cache.invalidateTags(['team']),
      clearPrefix: (cache) => cache.clearPrefix('user:'),
      clear: (cache) => cache.clear(),
    }
    for (const [verb, change] of Object.entries(changes)) {
      it(`hear of a ${verb} long before maxStaleness is over`, async () => {
        const [a, b] = make() as [MultiLevelCache<unknown>, MultiLevelCache<unknown>]
        await a.set('user:1', 'old', { tags: ['team'] })
        await expect.poll(() => b.get('user:1')).toBe('old')
        expect(b.stats().levels[1]!.hearing).toBe('feed')
        await expect.poll(() => b.stats().levels[1]!.proven).toBe(true)
        await change(a)
        const wanted = verb === 'set' ? 'new' : undefined
        await expect.poll(() => b.peek('user:1')).toBeUndefined()
        expect(await b.get('user:1')).toBe(wanted)
        await Promise.all([a.close(), b.close()])
      })
    }
  })
}
