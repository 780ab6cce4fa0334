/**
 * The two-level cache, step by step: two small LRU levels in front of a slow source.
 *
 * Run it: node examples/two-level.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, memory, notFound } from '../src/index.ts'

interface User {
  readonly name: string
}

const database = new Map<string, User>([
  ['user:1', { name: 'Alice' }],
  ['user:2', { name: 'Bob' }],
  ['user:3', { name: 'Carol' }],
])

let fetches = 0

/** Stands for a slow database: the value, or nothing. */
async function fetchUser(key: string) {
  fetches++
  return database.get(key) ?? notFound()
}

// L1 holds two entries, L2 three. Each evicts its own least recently used.
const cache = createCache<User | string>({
  levels: [memory({ maxEntries: 2, policy: 'lru' }), memory({ maxEntries: 3, policy: 'lru' })],
})

function show(step: string): void {
  const [l1, l2] = cache.stats({ keys: 10 }).levels
  console.log(`${step.padEnd(34)} L1 ${JSON.stringify(l1!.keys)}  L2 ${JSON.stringify(l2!.keys)}`)
}

const result = await cache.getOrFetch('user:1', fetchUser)
console.log(result.found, result.data)
show('fetched user:1 into L2, then L1')

await cache.put('hello', 'world')
show('put hello into L1 only')

await cache.getOrFetch('user:2', fetchUser)
show('fetched user:2: L1 evicts user:1')

await cache.getOrFetch('user:1', fetchUser)
show('user:1 is in L2: promoted to L1')

await cache.getOrFetch('user:3', fetchUser)
show('fetched user:3: L1 evicts user:2')

console.log(await cache.getOrFetch('user:9', fetchUser))
show('user:9 does not exist: not kept')

const failure = await cache.getOrFetch('user:8', () => Promise.reject(new Error('database down'))).catch(String)
console.log(failure)
show('the source failed: nothing kept')

const stats = cache.stats()
console.log(`${stats.requests} requests, hits by level ${stats.hitsByLevel.join(' and ')}, ${fetches} fetches`)
await cache.close()
