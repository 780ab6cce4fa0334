import { Redis } from 'ioredis'
import { Loader, RedisCache } from 'layered-loader'
import { keyOf } from '../value.mjs'

export function open({ port }) {
  const client = new Redis(port, '127.0.0.1')
  const asyncCache = new RedisCache(client, { prefix: 'layered', json: true, ttlInMsecs: 3_600_000 })
  const missing = async (key) => {
    throw new Error(`${key} is not in Redis`)
  }
  const loader = new Loader({
    inMemoryCache: false,
    asyncCache,
    cacheKeyFromValueResolver: ({ id }) => keyOf(id),
    dataSourceGetOneFn: missing,
  })
  return {
    get: (key) => loader.get(key),
    getMany: (keys) => loader.getMany(keys),
    set: (key, value) => asyncCache.set(key, value),
  }
}
