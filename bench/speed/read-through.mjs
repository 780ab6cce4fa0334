// What a cache is for: a key is built and asked for; if it is not there, its value is set. The key
// space is ten times the cache, popularity is Zipf's (0.99). The hit ratio stands beside the time,
// because a cache that misses more has more to do, and its user far more.
import { firstId, SHORT, values } from '../keys.mjs'
import { sequence } from '../sequences.mjs'
import { measure } from './measure.mjs'

const TTL_MS = 600_000

/** A slice holds about one turnover: with one request in four a miss, four requests per entry. */
function effort(size) {
  if (size <= 10_000) return { warmup: 300_000, slices: 16, slice: 50_000 }
  if (size <= 100_000) return { warmup: 6 * size, slices: 3, slice: 4 * size, budgetMs: 3000 }
  return { warmup: 4 * size, slices: 2, slice: 2 * size, budgetMs: 12_000 }
}

function readThroughWith(create, size, options) {
  const space = 10 * size
  const first = firstId(space)
  const work = effort(size)
  const ids = sequence('zipf', space, work.warmup + work.slices * work.slice + 10_000)
  const cache = create(size, { evicts: true, ...options })
  let found = 0
  let asked = 0
  const step = (from, to) => {
    let hits = 0
    for (let i = from; i < to; i++) {
      const key = `${SHORT}${first + ids[i]}`
      if (cache.get(key) !== undefined) hits++
      else cache.set(key, values[i & 1023])
    }
    if (from >= work.warmup) {
      found += hits
      asked += to - from
    }
  }
  const timed = measure(step, work)
  return { ...timed, hitRatio: asked === 0 ? undefined : found / asked }
}

export const readThrough = (create, size) => ({ 'read-through': readThroughWith(create, size, {}) })

export const expiring = (create, size) => ({
  'read-through, expiring': readThroughWith(create, size, { ttl: TTL_MS }),
})
