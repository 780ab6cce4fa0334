/**
 * A database that goes down and comes back, and readers who hardly notice.
 *
 * Run it: node examples/stale.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let price = 30
let isDown = false
let asked = 0

async function fetchPrice(): Promise<number> {
  asked++
  if (isDown) throw new Error('database down')
  return price
}

const cache = createCache<number>({
  levels: [memory()],
  ttl: 50,
  staleFor: '1h',
  retryAfter: '1m',
})
cache.on('stale', ({ key, reason }) => console.log(`  (${key}: stale, ${reason})`))

console.log(`fetched: ${(await cache.getOrFetch('price', fetchPrice)).data}`)

isDown = true
price = 25
await pause(100)
console.log(`the database is down: ${(await cache.getOrFetch('price', fetchPrice)).data}`)
console.log(
  `and is not asked again at once: ${(await cache.getOrFetch('price', fetchPrice)).data}, asked ${asked} times`,
)

// Invalidated is invalidated: then a stale copy serves nobody.
await cache.delete('price')
console.log(await cache.getOrFetch('price', fetchPrice).catch(String))
console.log(`instead: ${(await cache.getOrFetch('price', fetchPrice, { fallback: 0 })).data}`)

isDown = false
console.log(`back again: ${(await cache.getOrFetch('price', fetchPrice)).data}`)
await cache.close()
