/**
 * Memory over Redis, as two processes of a service would have it (here two caches in one process):
 * what is fetched once is there for both, and what one changes the other hears.
 *
 * Run it: REDIS_URL=redis://localhost:6379 node examples/redis-two-levels.ts
 */
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace' and 'terrace/redis'; and npm install @redis/client.
import { createCache, memory } from '../src/index.ts'
import { redis } from '../src/levels/redis.ts'

const url = process.env.REDIS_URL
if (url === undefined) {
  console.log('skipped: set REDIS_URL to run this example')
  process.exit()
}

let fetches = 0

/** A slow source. */
async function loadUser(key: string) {
  fetches++
  await pause(50)
  return { key, name: 'Ada', since: new Date(0) }
}

function service() {
  return createCache({
    levels: [
      memory({ maxEntries: 1_000, ttl: '1m' }),
      redis({ url: url!, prefix: 'terrace-example:', name: 'redis', timeout: '5s' }),
    ],
    ttl: '10m',
    observe: (event) => {
      if (event.type === 'levelFailed') console.log(`${event.level} failed: ${event.error}`)
    },
  })
}

await using a = service()
await using b = service()
await a.clear()

// Both miss at the same time: one fetches, the other waits for what it brings.
const [inA, inB] = await Promise.all([a, b].map((cache) => cache.getOrFetch('user:1', loadUser)))
console.log(`both have ${inA!.data?.name} and ${inB!.data?.name}, source asked ${fetches} time(s)`)
console.log('a Date comes back as a Date:', inB!.data?.since instanceof Date)

// b holds it in memory. When a deletes it, b hears of that and forgets.
await a.delete('user:1')
while (b.peek('user:1') !== undefined) await pause(1)
console.log('deleted in a, and b has forgotten it')

const { levels, leases } = b.stats()
console.log(`redis: breaker ${levels[1]!.breaker}, hears others by ${levels[1]!.hearing}`)
console.log(`b: ${leases.held} keys fetched for all, ${leases.awaited} left to another process`)
