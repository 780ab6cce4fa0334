// Keys that the cache has not seen, built at the call: into an empty cache, and into a full one.
import { firstId, SHORT, values } from '../keys.mjs'
import { quantile } from '../statistics.mjs'
import { Stopwatch } from '../stopwatch.mjs'
import { measure } from './measure.mjs'

function fill(cache, first, size) {
  for (let i = 0; i < size; i++) cache.set(`${SHORT}${first + i}`, values[i & 1023])
}

/**
 * Fills empty caches to the brim; making the cache counts, for some allocate everything then. No
 * instance is let go before the end: V8 drops optimised code together with the objects it was made for.
 */
export function insert(create, size) {
  const first = firstId(size)
  const kept = []
  for (let i = 0; i < 100; i++) {
    kept.push(create(2000, {}))
    fill(kept.at(-1), first, 2000)
  }
  const slices = size <= 100_000 ? 10 : 3
  const together = Math.max(1, Math.round(50_000 / size))
  const times = []
  const watch = new Stopwatch()
  for (let i = 0; i < slices; i++) {
    watch.restart()
    for (let j = 0; j < together; j++) {
      const cache = create(size, {})
      kept.push(cache)
      fill(cache, first, size)
    }
    times.push(watch.nanoseconds() / (together * size))
  }
  return { insert: { ns: quantile(times, 0.25), instances: kept.length } }
}

/** Every set brings a new key into a full cache. */
export function evict(create, size) {
  const first = firstId(size)
  const cache = create(size, { evicts: true })
  fill(cache, first, size)
  let next = first + size
  const step = (from, to) => {
    for (let i = from; i < to; i++) {
      cache.set(`${SHORT}${next}`, values[i & 1023])
      next = next === 9_000_000 ? first : next + 1
    }
  }
  const large = size > 100_000
  const work = { warmup: Math.max(200_000, size), slices: large ? 3 : 8, slice: Math.max(50_000, size) }
  return { 'evicting set': measure(step, { ...work, budgetMs: large ? 6000 : 1500 }) }
}
