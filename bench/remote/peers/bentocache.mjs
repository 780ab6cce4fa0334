import { BentoCache, bentostore } from 'bentocache'
import { redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'

export function open({ port }) {
  const connection = new Redis(port, '127.0.0.1')
  const cache = new BentoCache({
    default: 'one',
    stores: { one: bentostore().useL2Layer(redisDriver({ connection })) },
  })
  return {
    get: (key) => cache.get({ key }),
    set: (key, value) => cache.set({ key, value, ttl: '1h' }),
  }
}
