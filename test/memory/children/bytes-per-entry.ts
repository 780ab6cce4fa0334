import { MemoryCache } from '../../../src/memory/memory-cache.ts'
import { used } from './run-child.ts'

const COUNT = 1_000_000
// Keys and values are made before: what is measured is the cache's own.
const keys = Array.from({ length: 1.5 * COUNT }, (_, n) => `user:${1e7 + n}`)
const value = { shared: true }
const perEntry = (before: number): number => Number(((used() - before) / COUNT).toFixed(1))

const before = used()
const cache = new MemoryCache<string, object>({ maxEntries: COUNT })
for (let n = 0; n < COUNT; n++) cache.set(keys[n]!, value)
const full = perEntry(before)
for (let n = 0; n < 1.5 * COUNT; n++) cache.set(keys[(n * 7919) % keys.length]!, value)
const churned = perEntry(before)
if (cache.size !== COUNT) throw new Error(`${cache.size} entries are held`)
console.log(JSON.stringify({ full, churned, keys: keys.length }))
