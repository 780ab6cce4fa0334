/**
 * Writing behind: a source that is written later, in batches, and misses nothing that was acknowledged, not even while
 * it is down.
 *
 * Run it: node examples/write-behind.ts
 */
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

/** A table with the score of each player: slow, and down for a moment. */
const table = new Map<string, number>()
let isDown = true
let batches = 0

await using cache = createCache<number>({ levels: [memory({ maxEntries: 10 })], ttl: '10m' })

const scores = cache.through<number>(
  {
    read: async (key) => table.get(key),
    write: async (entries) => {
      await pause(5)
      if (isDown) throw new Error('the table is down')
      batches++
      for (const [key, score] of entries) table.set(key, score)
    },
    delete: async (keys) => {
      for (const key of keys) table.delete(key)
    },
  },
  {
    behind: {
      delay: '20ms',
      maxBatch: 50,
      backoff: '10ms',
      onFailed: (failed, error) => console.error(`lost: ${failed.map(({ key }) => key)}`, error),
    },
  },
)

// 100 players score ten times each: acknowledged at once, though the table is down and the cache holds ten of them.
for (let round = 1; round <= 10; round++) {
  await scores.setMany(Array.from({ length: 100 }, (_, n) => [`player ${n}`, round * n]))
}
console.log(`${scores.queued > 0 ? 'all' : 'none'} are queued, the table has ${table.size}`)
console.log('player 99 has', await scores.get('player 99'))

// Whatever happens to the cache, what is queued is read from the queue.
await cache.clear()
console.log('player 99 still has', await scores.get('player 99'))

isDown = false
await scores.close()
console.log(`the table has ${table.size} players, in ${batches <= 10 ? 'a few batches' : `${batches} batches`}`)
console.log('player 99 has', table.get('player 99'))
