import { setTimeout as wait } from 'node:timers/promises'
import { MemoryCache } from '../../../src/memory/memory-cache.ts'
import { collect } from './run-child.ts'

const cache = new MemoryCache<number, number>({ maxEntries: 100_000, maxBytes: 1e9, sizeOf: () => 10 })
for (let n = 0; n < 100_000; n++) cache.set(n, n, { ttl: 50 })
const held = cache.size
// No call but `stats`, which gives nothing back.
while (cache.stats().entries > 0) await wait(20)

/** Caches with entries that have an hour to live, which nobody holds. */
function abandon(count: number): WeakRef<object>[] {
  return Array.from({ length: count }, () => {
    const abandoned = new MemoryCache<string, object>({ idle: '1h', onRemoval: () => {} })
    abandoned.set('key', {}, { ttl: '2h' })
    return new WeakRef(abandoned)
  })
}

const abandoned = abandon(20)
let collected = 0
for (let turn = 0; turn < 500 && collected < abandoned.length; turn++) {
  await wait(10)
  collect()
  collected = abandoned.filter((reference) => reference.deref() === undefined).length
}
const active = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
// The timers of the abandoned beat once more, find nobody, and end.
for (let turn = 0; turn < 200 && active() > 0; turn++) await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify({ held, left: cache.bytes, collected, timersLeft: active() }))
