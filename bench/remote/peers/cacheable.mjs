// It has no way without a first level: this one has room for one entry.
import KeyvRedis from '@keyv/redis'
import { Cacheable, createKeyv } from 'cacheable'

export function open({ port }) {
  const cache = new Cacheable({
    primary: createKeyv({ lruSize: 1 }),
    secondary: new KeyvRedis(`redis://127.0.0.1:${port}`),
    ttl: '1h',
  })
  return {
    get: (key) => cache.get(key),
    getMany: (keys) => cache.getMany(keys),
    set: (key, value) => cache.set(key, value),
  }
}
