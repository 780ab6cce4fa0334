/**
 * The whole catalog has changed. Invalidated at once, the next thousand readers would all go to the
 * database; spread over a time, a few at a time do.
 *
 * Run it: node examples/paced-invalidation.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, found, memory } from '../src/index.ts'

await using cache = createCache<string>({ levels: [memory({ maxEntries: 100 }), memory()] })

const keys = Array.from({ length: 500 }, (_, n) => `product:${n}`)
let edition = 'spring'
const read = () => cache.getOrFetchMany(keys, (missing) => missing.map(() => found(edition, { tags: ['catalog'] })))
await read()

// What would it cost? Nothing is changed by asking.
const cost = await cache.invalidateTags(['catalog'], { dryRun: true, watch: 0 })
for (const { name, keys: covered } of cost.levels) console.log(`${name}: ${covered} keys`)

edition = 'summer'
let most = 0
let before = 0
const invalidated = cache.invalidateTags(['catalog'], {
  over: '1s',
  onProgress: ({ done }) => {
    most = Math.max(most, done - before)
    before = done
  },
})
let isOver = false
const ended = invalidated.finally(() => {
  isOver = true
})
while (!isOver) {
  await read()
  await new Promise((resolve) => setTimeout(resolve, 5))
}
console.log('all invalidated:', (await ended).ok)
console.log('everybody reads the', [...new Set((await read()).map(({ data }) => data))].join(), 'edition')
console.log(`${before} keys, at most ${most} at a time`)
