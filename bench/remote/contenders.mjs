/** What each table compares with: raw clients, which parse nothing. */
export const RAW = { redis: 'ioredis, no parsing', memcached: 'memjs, no parsing', disk: 'prepared SELECT, no parsing' }

/** Store → contender → its module in `peers/`, and what it is opened with. */
export const contenders = {
  redis: {
    [RAW.redis]: { peer: 'ioredis', parses: false },
    'ioredis, JSON.parse': { peer: 'ioredis', parses: true },
    terrace: { peer: 'terrace', level: 'redis' },
    'layered-loader': { peer: 'layered-loader' },
    bentocache: { peer: 'bentocache' },
    cacheable: { peer: 'cacheable' },
    'cache-manager': { peer: 'cache-manager' },
  },
  memcached: {
    [RAW.memcached]: { peer: 'memjs', parses: false },
    'memjs, JSON.parse': { peer: 'memjs', parses: true },
    terrace: { peer: 'terrace', level: 'memcached' },
  },
  disk: {
    [RAW.disk]: { peer: 'sqlite', parses: false },
    'prepared SELECT, JSON.parse': { peer: 'sqlite', parses: true },
    terrace: { peer: 'terrace', level: 'disk' },
  },
}

/** Hits of level 1, alone and in front of a shared level. */
export const NEAR = { alone: 'memory()', shared: 'memory() over redis()' }

/** What is measured of a store, and its column. */
export const MODES = {
  getAlone: 'get, one at a time',
  getInFlight: 'get, 100 in flight',
  getMany: 'get 100 at once',
  setAlone: 'set, one at a time',
  setInFlight: 'set, 100 in flight',
}
