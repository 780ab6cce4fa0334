/**
 * Sparing a slow source: so many fetches at a time, the important ones first, a stale copy for what is shed,
 * and retries that do not become a storm.
 *
 * Run it: node examples/source-limit.ts
 */
// In a project of your own: from 'terrace'.
import { createCache } from '../src/index.ts'

let running = 0
let most = 0
let isDown = false

/** Stands for a database that falls over when it is asked for too much at once. */
async function query(key: string): Promise<string> {
  running++
  most = Math.max(most, running)
  await new Promise((resolve) => setTimeout(resolve, 10))
  running--
  if (isDown) throw new Error('database down')
  return `row of ${key}`
}

const cache = createCache<string>({
  ttl: '1s',
  staleFor: '1h',
  source: { maxConcurrent: 4, maxQueued: 100, maxQueueTime: '10s', retries: { attempts: 2, backoff: 5 } },
})

// A cold start: fifty keys at once, four at a time.
const order: string[] = []
const keys = Array.from({ length: 50 }, (_, n) => `page:${n}`)
const pages = keys.map(async (key) => {
  await cache.getOrFetch(key, query)
  order.push(key)
})
const checkout = cache.getOrFetch('checkout', query, { fetchPriority: 'high' }).then(() => order.push('checkout'))
await Promise.all([...pages, checkout])
console.log(`${keys.length + 1} fetched, at most ${most} at a time`)
console.log(`the checkout came last and was answered among the first ten: ${order.indexOf('checkout') < 10}`)

// A line that is full: what is shed gets the stale copy.
const small = createCache<string>({ ttl: 1, staleFor: '1h', source: { maxConcurrent: 1, maxQueued: 0 } })
await small.getOrFetch('home', query)
await new Promise((resolve) => setTimeout(resolve, 20))
const busy = small.getOrFetch('other', query)
const home = await small.getOrFetch('home', () => query('home, fetched again'))
console.log('while the source is busy:', home.data)
await small.getOrFetch('new', query).catch(({ code }) => console.log('nothing stale to give:', code))
await busy
console.log('shed:', small.stats().source?.shed)

// A source that is down: retries stay within their budget.
isDown = true
await Promise.all(keys.map((key) => cache.getOrFetch(`x:${key}`, query).catch(() => undefined)))
const { retried = 0 } = cache.stats().source ?? {}
console.log(`50 fetches failed, ${retried} of them were tried again`)

await small.close()
await cache.close()
