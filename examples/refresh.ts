/**
 * Values that are fetched anew before anybody has to wait for them, and asked for with an ETag.
 *
 * Run it: node examples/refresh.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, type FetchContext, found, memory } from '../src/index.ts'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let text = 'first'
const etagOf = (body: string) => `"${body.length}-${body[0]}"`
let sent = 0

/** Stands for a web server that knows ETags. */
async function fetchPage(_: string, { stale, notModified }: FetchContext<string>) {
  const etag = etagOf(text)
  if (stale?.etag === etag) return notModified()
  sent++
  return found(text, { etag })
}

const cache = createCache<string>({ levels: [memory()], ttl: 200, refreshAfter: 0.25 })
cache.on('refresh', ({ key }) => console.log(`  (${key}: fetched anew in the background)`))

console.log((await cache.getOrFetch('page', fetchPage)).data)

await pause(100)
console.log(`due, and served at once: ${(await cache.getOrFetch('page', fetchPage)).data}`)
await pause(10)
console.log(`it had not changed, and was sent ${sent} time(s)`)

text = 'second'
await pause(100)
console.log(`due again: ${(await cache.getOrFetch('page', fetchPage)).data}`)
await pause(10)
console.log(`and now: ${(await cache.getOrFetch('page', fetchPage)).data}, sent ${sent} times`)
await cache.close()
