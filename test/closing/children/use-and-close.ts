import { createCache, memory } from '../../../src/index.ts'
import { disk } from '../../../src/levels/disk.ts'
import { memcached } from '../../../src/levels/memcached.ts'
import { redis } from '../../../src/levels/redis.ts'

// Uses all kinds of levels, waits for a word, changes something, leaves work under way, closes, and must end by itself.
const { url, address, path, within } = JSON.parse(process.argv[2]!)
const events: unknown[] = []
const cache = createCache<string>({
  levels: [memory(), disk({ path }), memcached({ nodes: [address] }), redis({ url })],
  observe: (event) => {
    if (event.type === 'unfinished' || event.type === 'closed') events.push(event)
  },
})
await cache.getOrFetch('k', () => 'fetched')
await cache.set('k', 'set', { ttl: '1h' })
const word = new Promise((resolve) => process.once('message', resolve))
process.send!('used')
await word

await cache.delete('k')
const slow = cache.getOrFetch('slow', () => new Promise<string>((resolve) => setTimeout(resolve, 300, 'late')))
const never = cache.getOrFetch('never', () => new Promise<string>(() => undefined))
never.catch(() => undefined)
await cache.close({ within })
process.send!({ slow: (await slow).data, events })
process.disconnect()
