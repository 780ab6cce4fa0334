// The figures of a cache for Prometheus, its troubles in a log, and single events.
import { createCache, memory } from '../src/index.ts'
import { logEvents } from '../src/observe/log.ts'
import { prometheus } from '../src/observe/prometheus/index.ts'

const cache = createCache({ name: 'catalog', levels: [memory({ maxEntries: 100 }), memory()], ttl: '10m' })

// Mount `metrics.handler` at /metrics; `metrics.register(registry)` is for prom-client.
const metrics = prometheus(cache)
// Any logger with pino's methods; nothing is written while all is well.
const print = (fields: object, message: string) => console.log(message, JSON.stringify({ ...fields, err: undefined }))
logEvents(cache, { debug: () => undefined, info: print, warn: print, error: print })
cache.on('fetched', ({ keys }) => console.log(`fetched ${keys.join(', ')}`))

await cache.getOrFetch('product:1', () => ({ price: 30 }))
await cache.getOrFetch('product:1', () => ({ price: 30 }))
await cache.getOrFetch('product:2', () => Promise.reject(new Error('database down'))).catch(() => undefined)

const answer = metrics.handler(new Request('http://localhost/metrics'))
const text = await answer.text()
console.log(
  text
    .split('\n')
    .filter((line) => /^terrace_(requests|hits|misses|fetch_failures)_total/.test(line))
    .join('\n'),
)
await cache.close()
