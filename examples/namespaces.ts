/**
 * One cache, several kinds of values: each namespace has keys, a type, defaults and bounds of its own.
 *
 * Run it: node examples/namespaces.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

interface User {
  readonly name: string
}

await using cache = createCache({ levels: [memory({ maxEntries: 1_000 })], ttl: '1h' })

// Declared once, where the process starts; `cache.namespace('users')` finds it again.
const users = cache.namespace<User>('users', { ttl: '10m', tags: ['people'] })
const pages = cache.namespace<string>('pages', { maxEntries: 100 })
// Without options: only a prefix, which costs nothing.
const stock = cache.namespace<number>('stock')

await users.set('1', { name: 'Ada' })
await stock.set('1', 12, { tags: ['warehouse'] })

// The compiler knows what comes out: no cast.
const user = await users.get('1')
const pieces = await stock.get('1')
console.log(`${user?.name} ordered one of ${pieces}`)
console.log('left:', await stock.increment('1', -1))
console.log('users:1 lives for', await users.ttl('1'), 'ms, stock:1 for', await stock.ttl('1'))

// The whole cache sees the full keys.
const keys: string[] = []
for await (const key of cache.keys()) keys.push(key)
console.log('keys:', keys.sort().join(', '))

// A crawler reads a thousand pages. They have a part of level 1 for themselves, and evict nobody else.
for (let n = 0; n < 1_000; n++) await pages.getOrFetch(`/${n}`, (path) => `<h1>${path}</h1>`)
const [counts] = pages.stats().namespaces
console.log(`pages: ${counts!.fetches} fetches, ${counts!.share!.entries} of ${counts!.share!.maxEntries} entries held`)
console.log('users:1 is there:', await users.has('1'))

await cache.invalidateTags(['people'])
console.log('users:1 is there:', await users.has('1'), '- stock:1 is there:', await stock.has('1'))

const { levels, servedBy } = await cache.explain('users:1')
console.log(`users:1 is served by ${servedBy}: ${levels[0]!.reason}`)
