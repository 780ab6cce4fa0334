// What the library is to reach, as data. `atMost` and `atLeast` bound every figure the target names.

const SIZES = [1e3, 1e5, 1e6]

/** Workloads whose keys are built at the call, and those that ask with the objects the cache holds. */
const FRESH = [
  'hit, fresh key',
  'hit, fresh 40-character key',
  'miss, fresh key',
  'insert',
  'evicting set',
  'read-through',
  'read-through, expiring',
]
const REUSED_HITS = ['hit, reused key', 'hit, reused key, Zipf', 'hit, reused 40-character key', 'update']

/** Time at 100k entries, as a share of lru-cache's. */
const SIEVE_AT_100K = {
  'read-through': 0.45,
  'read-through, expiring': 0.45,
  'evicting set': 0.4,
  insert: 0.6,
  'hit, fresh key': 0.6,
  'hit, fresh 40-character key': 0.95,
  'hit, reused key, Zipf': 0.8,
}
/** How much more than sieve's share lru may take. */
const LRU_ALLOWANCE = 1.25

/** What share of the rate of a hit is left with features that are there and not used, and with those in use. */
const UNUSED = 0.95
const IN_USE = 0.85
const feature = (subject, atLeast) => ({ part: 'features', subject, atLeast })

const speed = (peer, sizes, workloads, atMost) => ({ part: 'speed', peer, sizes, workloads, atMost })

export const targets = [
  ...Object.entries(SIEVE_AT_100K).flatMap(([workload, atMost]) => [
    speed('terrace-sieve', [1e5], [workload], atMost),
    speed('terrace-lru', [1e5], [workload], atMost * LRU_ALLOWANCE),
  ]),
  ...['terrace-sieve', 'terrace-lru'].flatMap((peer) => [
    ...SIZES.map((size) => speed(peer, [size], FRESH, 1)),
    ...SIZES.map((size) => speed(peer, [size], REUSED_HITS, 1.3)),
    speed(peer, [1e3], ['miss, reused key'], 2),
    speed(peer, [1e5, 1e6], ['miss, reused key'], 1.3),
  ]),
  speed('terrace', [1e5], ['read-through'], 0.8),
  { part: 'hit ratio', peer: 'terrace', sizes: SIZES, workload: 'read-through' },
  ...['terrace-sieve', 'terrace'].flatMap((peer) => [
    { part: 'memory', peer, state: 'full', atMost: 0.8 },
    { part: 'memory', peer, state: 'churned', atMost: 0.6 },
    { part: 'pauses', peer, phase: 'load', atMost: 10 },
    { part: 'pauses', peer, phase: 'growth', atMost: 10 },
    { part: 'scaling', peer, workload: 'hit' },
    { part: 'scaling', peer, workload: 'read-through' },
  ]),
  ...['terrace', 'terrace-sieve', 'terrace-lru', 'terrace-s3fifo'].flatMap((peer) => [
    { part: 'allocation', peer, atMost: 0.05 },
    { part: 'allocation', peer: `${peer}, expiring`, atMost: 0.05 },
  ]),
  ...['terrace getOrFetch', 'terrace get'].flatMap((call) => [
    { part: 'async', call, mode: 'alone', atLeast: 0.8 },
    { part: 'async', call, mode: 'inFlight', atLeast: 0.8 },
  ]),
  ...['alone', 'inFlight'].flatMap((mode) => [1e3, 1e5].map((size) => ({ part: 'advice', size, mode, atMost: 1.03 }))),
  feature('plain', UNUSED),
  feature('a governor', UNUSED),
  ...['default', 'the fetcher', 'the call'].map((who) => feature(`tags and staleFor, by ${who}`, IN_USE)),
  { part: 'remote', store: 'redis', mode: 'getInFlight', atLeast: 1.2 },
  { part: 'remote', store: 'redis', mode: 'getAlone', atLeast: 0.65 },
  { part: 'remote', store: 'redis', mode: 'getMany', atLeast: 0.4 },
  { part: 'remote peers', mode: 'getInFlight', atLeast: 2.5 },
  { part: 'remote', store: 'memcached', mode: 'getInFlight', atLeast: 3 },
  ...['getInFlight', 'getAlone', 'getMany'].map((mode) => ({ part: 'remote', store: 'disk', mode, atLeast: 0.7 })),
  ...['getAlone', 'getInFlight'].map((mode) => ({ part: 'remote near', mode, atLeast: 0.95 })),
  { part: 'remote feed', nodes: 2, atMost: 5 },
]
