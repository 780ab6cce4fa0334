/**
 * Values that come from a shared level are checked, and two versions of the code share that level.
 *
 * Run it: node examples/schema.ts
 */
// In a project of your own: from 'terrace'. A schema of Zod, Valibot or ArkType does as well as this one.
import { type Box, createCache, fromAsync, memory, type StandardSchema } from '../src/index.ts'

interface User {
  readonly name: string
  readonly roles: readonly string[]
}

const userSchema: StandardSchema<unknown, User> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate(value) {
      const { name, roles = [] } = value as Partial<User>
      if (typeof name !== 'string') return { issues: [{ message: 'expected a string', path: ['name'] }] }
      return { value: { name, roles } }
    },
  },
}

// Stands for Redis: several caches share it.
const store = new Map<string, Box>()
const open = () => createCache({ levels: [memory(), fromAsync(store, { timeout: '1s' })], ttl: '10m' })

await using before = open()
await before.set('users:1', { name: 'Ada' })
await before.set('users:2', { fullName: 'Grace' })

await using cache = open()
cache.on('mismatched', ({ key, issues }) => console.log(`${key} does not fit: ${issues}`))
const users = cache.namespace('users', { schema: userSchema })

// The compiler knows that this is a User, and so it is: what was missing is filled in.
console.log('users:1:', await users.get('1'))
const { data } = await users.getOrFetch('2', () => ({ name: 'Grace', roles: ['admiral'] }))
console.log('users:2 was fetched anew:', data)

// During a deploy old and new code run side by side. Each has its own values under the same keys.
await using oldCode = open()
await using newCode = open()
const oldPrices = oldCode.namespace<number>('prices', { codeVersion: 2 })
const newPrices = newCode.namespace<{ cents: number }>('prices', { codeVersion: 3 })
await oldPrices.getOrFetch('tea', () => 3)
await newPrices.getOrFetch('tea', () => ({ cents: 300 }))
console.log('old code reads', await oldPrices.get('tea'), 'and new code', await newPrices.get('tea'))
console.log(
  'keys:',
  [...store.keys()]
    .filter((key) => key.startsWith('prices'))
    .sort()
    .join(', '),
)

// What one of them changes, the other must not serve any more.
await oldPrices.set('tea', 4)
console.log('left:', [...store.keys()].filter((key) => key.startsWith('prices')).join(', '))
