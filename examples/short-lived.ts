/**
 * A cache where the platform puts the process to sleep after each answer: with a hook for what goes on afterwards,
 * or by waiting for it.
 *
 * Run it: node examples/short-lived.ts
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'
// In a project of your own: from 'terrace'.
import { createCache, memory } from '../src/index.ts'

/** What such a platform gives each request. Cloudflare calls it `ctx`, Vercel's `waitUntil` is a function of its own. */
interface RequestContext {
  waitUntil(work: Promise<unknown>): void
}

const requests = new AsyncLocalStorage<RequestContext>()

const cache = createCache<string>({
  levels: [memory({ maxEntries: 1000 })],
  ttl: 50,
  staleFor: '1h',
  // A copy that is over is served at once, and fetched anew in the background.
  softTimeout: 0,
  waitUntil: (work) => requests.getStore()?.waitUntil(work),
})

let version = 0

async function handle(key: string): Promise<string> {
  const { data } = await cache.getOrFetch(key, async () => {
    await pause(20)
    return `version ${++version}`
  })
  return data ?? 'none'
}

/** A platform: it answers, and sleeps when all that the request has started is done. */
async function serve(key: string): Promise<string> {
  const going: Promise<unknown>[] = []
  const answer = await requests.run({ waitUntil: (work) => void going.push(work) }, () => handle(key))
  await Promise.all(going)
  return answer
}

console.log(await serve('page'))
await pause(60)
console.log(await serve('page'), '(stale, and fetched anew before the process sleeps)')
console.log(await serve('page'))

// Without such a hook, as on AWS Lambda: wait before you answer.
await pause(60)
const answer = await handle('page')
const { ok } = await cache.settled()
console.log(answer, ok, '->', await cache.get('page'))

// At the end of a process: what is under way is waited for, two seconds at most.
await cache.close({ within: '2s' })
