import KeyvRedis from '@keyv/redis'
import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'

export function open({ port }) {
  const cache = createCache({ stores: [new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${port}`) })] })
  return {
    get: (key) => cache.get(key),
    getMany: (keys) => cache.mget(keys),
    set: (key, value) => cache.set(key, value, 3_600_000),
  }
}
