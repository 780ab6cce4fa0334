// What the library is to reach, as data. A target names the figures it wants and their bound.
const SIEVE = {
  'read-through': 0.45,
  'read-through, expiring': 0.45,
  'evicting set': 0.4,
  insert: 0.6,
  'hit, fresh key': 0.6,
  'hit, fresh 40-character key': 0.95,
  'hit, reused key, Zipf': 0.8,
}
const FRESH = [
  'hit, fresh key',
  'hit, fresh 40-character key',
  'miss, fresh key',
  'insert',
  'evicting set',
  'read-through',
  'read-through, expiring',
]
const REUSED = [
  'hit, reused key',
  'hit, reused key, Zipf',
  'hit, reused 40-character key',
  'miss, reused key',
  'update',
]
const SIZES = [1e3, 1e5, 1e6]
const POLICIES = ['terrace-sieve', 'terrace-lru']

const speed = (peer, size, workload, atMost) => ({ part: 'speed', peer, size, workload, atMost })

const across = (workloads, bound) =>
  POLICIES.flatMap((peer) =>
    SIZES.flatMap((size) => workloads.map((workload) => speed(peer, size, workload, bound(size, workload)))),
  )

export const targets = [
  ...Object.entries(SIEVE).map(([workload, atMost]) => speed('terrace-sieve', 1e5, workload, atMost)),
  ...Object.entries(SIEVE).map(([workload, atMost]) => speed('terrace-lru', 1e5, workload, 1.25 * atMost)),
  speed('terrace', 1e5, 'read-through', 0.8),
  { part: 'speed', peer: 'terrace', size: 1e5, workload: 'read-through', better: 'hitRatio' },
  ...across(FRESH, () => 1),
  ...across(REUSED, (size, workload) => (size === 1e3 && workload === 'miss, reused key' ? 2 : 1.3)),
]
