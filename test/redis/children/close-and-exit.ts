import { createCache, memory } from '../../../src/index.ts'
import { redis } from '../../../src/levels/redis.ts'

// Uses the level that the arguments describe, closes the cache, and must then end by itself.
const options = JSON.parse(process.argv[2]!)
const cache = createCache<string>({ levels: [memory(), redis(options)] })
const { data } = await cache.getOrFetch('k', () => 'fetched')
await cache.set('k', 'set')
process.stdout.write(`${data} ${await cache.get('k')}`)
await cache.close()
