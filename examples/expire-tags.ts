/**
 * A catalogue was imported anew: everything that carries its tag is out of date. `expireTags` has it fetched again,
 * as `invalidateTags` does, but keeps the old copies as stale: they stand in while the database fails or is slow.
 *
 * Run it: node examples/expire-tags.ts
 */
import { setTimeout as sleep } from 'node:timers/promises'
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

const cache = createCache<string>({
  levels: [memory({ maxEntries: 1000 }), memory()],
  ttl: '10m',
  staleFor: '1h',
  softTimeout: '50ms',
})
cache.on('stale', ({ key, reason }) => console.log(`  (${key}: stale, ${reason})`))

let database: () => Promise<string> = async () => 'chair, 40 EUR'
const read = async () => (await cache.getOrFetch('product:1', () => database(), { tags: ['catalogue'] })).data

console.log('first:', await read())

await cache.expireTags(['catalogue'])
console.log('held as fresh by no level:', await cache.get('product:1'))
database = () => Promise.reject(new Error('too many connections'))
console.log('while the database fails:', await read())

await sleep(1100)
await cache.expireTags(['catalogue'])
database = () => sleep(200, 'chair, 35 EUR')
console.log('while it is slow:', await read())
await sleep(400)
console.log('and when it has answered:', await read())

// All of it, or what begins alike, in the same way.
await cache.clear({ keepStale: true })
await cache.clearPrefix('product:', { keepStale: true })
database = async () => 'chair, 30 EUR'
console.log('after a clear that keeps what is stale:', await read())

// What must not be seen again is invalidated, or deleted.
await cache.invalidateTags(['catalogue'])
database = () => Promise.reject(new Error('too many connections'))
console.log('after an invalidation:', await read().catch((error) => String(error)))

await cache.close()
