// Does a hit allocate? Fifty million hits on keys made beforehand: the heap must not grow, and so
// the collector must not run.
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { firstId, makeKeys, SHORT, values } from '../keys.mjs'

const ENTRIES = 10_000
const HITS = 50_000_000
const BUDGET_MS = 30_000

function hit(cache, keys, count) {
  let found = 0
  for (let i = 0; i < count; i++) if (cache.get(keys[i % ENTRIES]) !== undefined) found++
  if (found !== count) throw new Error(`${count - found} of ${count} hits were none`)
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export async function measure({ module, ttl }) {
  const { create } = await import(module)
  const keys = makeKeys(SHORT, firstId(ENTRIES), ENTRIES)
  const cache = create(ENTRIES, { ttl })
  for (let i = 0; i < ENTRIES; i++) cache.set(keys[i], values[i & 1023])
  for (let i = 0; i < 20; i++) hit(cache, keys, 100_000)
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  globalThis.gc()
  await pause(100)
  observer.observe({ entryTypes: ['gc'] })
  const deadline = performance.now() + BUDGET_MS
  let done = 0
  let allocated = 0
  while (done < HITS && performance.now() < deadline) {
    const before = getHeapStatistics().used_heap_size
    hit(cache, keys, 1_000_000)
    done += 1_000_000
    // Where a collection fell in between the heap may have shrunk: then the collections tell.
    allocated += Math.max(0, getHeapStatistics().used_heap_size - before)
  }
  await pause(100)
  return { hits: done, collections, bytesPerHit: allocated / done }
}
