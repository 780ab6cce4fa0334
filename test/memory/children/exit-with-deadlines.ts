import { MemoryCache } from '../../../src/memory/memory-cache.ts'

// The process must end although entries wait for their deadlines: this script has no other end.
const cache = new MemoryCache<number, number>({ ttl: '1h', idle: '30m' })
for (let n = 0; n < 3; n++) cache.set(n, n)
cache.get(1)
console.log(JSON.stringify({ held: cache.size }))
