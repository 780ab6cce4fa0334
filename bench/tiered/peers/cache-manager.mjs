import { createCache } from 'cache-manager'

const HOUR_MS = 3_600_000

export function open(_keys, load) {
  const cache = createCache()
  return {
    'cache-manager wrap': (key) => cache.wrap(key, () => load(key), HOUR_MS),
    'cache-manager get': (key) => cache.get(key),
  }
}
