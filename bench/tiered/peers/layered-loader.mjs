import { Loader } from 'layered-loader/core'

export function open(keys, load) {
  const loader = new Loader({
    inMemoryCache: { cacheType: 'lru-object', ttlInMsecs: 3_600_000, maxItems: 2 * keys.length },
    dataSourceGetOneFn: async (key) => load(key),
  })
  return {
    'layered-loader get': (key) => loader.get(key),
    'layered-loader getInMemoryOnly (synchronous)': (key) => loader.getInMemoryOnly(key),
  }
}
