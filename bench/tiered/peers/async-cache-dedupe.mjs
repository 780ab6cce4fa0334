import { createCache } from 'async-cache-dedupe'

export function open(keys, load) {
  const cache = createCache({ ttl: 3600, storage: { type: 'memory', options: { size: 2 * keys.length } } })
  cache.define('item', async (key) => load(key))
  return { 'async-cache-dedupe': (key) => cache.item(key) }
}
