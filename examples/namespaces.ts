/**
 * One cache, several kinds of values: each namespace has keys and a type of its own.
 *
 * Run it: node examples/namespaces.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

interface User {
  readonly name: string
}

await using cache = createCache({ levels: [memory({ maxEntries: 1_000 })] })

const users = cache.namespace<User>('users')
const stock = cache.namespace<number>('stock')

await users.set('1', { name: 'Ada' })
await stock.set('1', 12, { tags: ['warehouse'] })

// The compiler knows what comes out: no cast.
const user = await users.get('1')
const pieces = await stock.get('1')
console.log(`${user?.name} ordered one of ${pieces}`)
console.log('left:', await stock.increment('1', -1))

// The whole cache sees the full keys.
const keys: string[] = []
for await (const key of cache.keys()) keys.push(key)
console.log('keys:', keys.sort().join(', '))

await users.clear()
console.log('users:1 is there:', await users.has('1'), '- stock:1 is there:', await stock.has('1'))

const { levels, servedBy } = await cache.explain('users:1')
console.log(`users:1 is served by ${servedBy}: ${levels[0]!.reason}`)
