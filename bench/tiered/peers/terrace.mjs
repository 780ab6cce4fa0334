import { createCache, memory } from '../../../dist/index.js'

export function open(keys, load) {
  const cache = createCache({ levels: [memory({ maxEntries: 2 * keys.length }), memory({ maxEntries: 10_000 })] })
  return {
    'terrace getOrFetch': (key) => cache.getOrFetch(key, load),
    'terrace get': (key) => cache.get(key),
    'terrace peek (synchronous)': (key) => cache.peek(key),
  }
}
