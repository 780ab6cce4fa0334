import { createCache } from '../../../src/index.ts'
import { disk } from '../../../src/levels/disk.ts'

// A folder in which nothing can be made, and which says so as if it were not there.
const cache = createCache({ levels: [disk({ path: '/proc/nowhere/deep/cache.db' })] })
const { ok } = await cache.set('k', 1)
console.log(JSON.stringify({ ok, failures: cache.stats().levels[0]?.failures }))
await cache.close()
