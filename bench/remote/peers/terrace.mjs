import { disk } from '../../../dist/disk.js'
import { createCache, memory } from '../../../dist/index.js'
import { memcached } from '../../../dist/memcached.js'
import { redis } from '../../../dist/redis.js'

export function open({ level, port, folder, near }) {
  const levels = {
    // Filling an empty server from a cold start takes longer than a call usually may.
    redis: () => redis({ url: `redis://127.0.0.1:${port}`, timeout: '2s' }),
    memcached: () => memcached({ nodes: [`127.0.0.1:${port}`], timeout: '2s' }),
    disk: () => disk({ path: `${folder}/terrace.db`, timeout: '2s' }),
  }
  const below = level === undefined ? [] : [levels[level]()]
  const cache = createCache({ levels: near ? [memory({ maxEntries: 10_000 }), ...below] : below })
  return {
    get: (key) => cache.get(key),
    getMany: (keys) => cache.getMany(keys),
    set: (key, value) => cache.set(key, value),
  }
}
