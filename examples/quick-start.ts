/**
 * The usual shape: a cache over two levels in front of a slow source.
 *
 * Run it: node examples/quick-start.ts
 */
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace'.
import { createCache, found, memory, notFound } from '../src/index.ts'

interface Product {
  readonly id: number
  readonly price: number
}

const prices = new Map([[1, 30]])
let asked = 0

/** A slow source. It may stop early when nobody waits for the answer any more. */
async function loadProduct(key: string, { signal }: { signal: AbortSignal }) {
  asked++
  await pause(20, undefined, { signal })
  const id = Number(key.split(':')[1])
  const price = prices.get(id)
  // What does not exist is remembered for a while, too: the source is not asked again and again.
  if (price === undefined) return notFound({ ttl: '30s' })
  return found({ id, price }, { ttl: '5m', tags: ['products'] })
}

await using cache = createCache<Product>({
  levels: [memory({ maxEntries: 1_000, ttl: '1m' }), memory({ maxEntries: 100_000 })],
  ttl: '10m',
  ttlJitter: 0.1,
})

// A hundred callers at once: the source is asked once.
const answers = await Promise.all(Array.from({ length: 100 }, () => cache.getOrFetch('product:1', loadProduct)))
console.log(`${answers.length} callers, price ${answers[99]!.data?.price}, source asked ${asked} time(s)`)

// The source changes: say so, and no read of this process is older from here on.
prices.set(1, 25)
await cache.invalidateTags(['products'])
const { data } = await cache.getOrFetch('product:1', loadProduct)
console.log(`after the change: price ${data?.price}, source asked ${asked} times`)

// Nothing there, remembered.
await cache.getOrFetch('product:2', loadProduct)
const nothing = await cache.getOrFetch('product:2', loadProduct)
console.log(`product:2 found: ${nothing.found}, source asked ${asked} times`)

// At once, from level 1, without a promise.
console.log('peek:', cache.peek('product:1')?.price)

const { hitRatio, hitsByLevel } = cache.stats()
console.log(`hit ratio ${hitRatio.toFixed(2)}, by level ${hitsByLevel.join(' and ')}`)
