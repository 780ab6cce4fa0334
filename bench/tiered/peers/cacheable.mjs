import { Cacheable, createKeyv } from 'cacheable'

export function open(keys, load) {
  const cache = new Cacheable({ primary: createKeyv({ lruSize: 2 * keys.length, useClone: false }) })
  return {
    'cacheable getOrSet': (key) => cache.getOrSet(key, () => load(key), { ttl: '1h' }),
    'cacheable get': (key) => cache.get(key),
  }
}
