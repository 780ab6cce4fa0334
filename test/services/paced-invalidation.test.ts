import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, found, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'

test('an invalidation over a time reaches all that lies in Redis and in the memory of others, and is fetched once', async () => {
  const server = await startRedis()
  const caches = [1, 2].map(() => createCache<string>({ levels: [memory({ maxEntries: 200 }), redis(server.url)] }))
  const [a, b] = caches as [(typeof caches)[0], (typeof caches)[0]]
  onTestFinished(async () => {
    await Promise.all(caches.map((cache) => cache.close()))
    await server.close()
  })
  const keys = Array.from({ length: 300 }, (_, n) => `product:${n}`)
  await a.setMany(
    keys.map((key) => [key, 'old'.repeat(100)]),
    { tags: ['catalog'] },
  )
  await a.setMany(keys.map((key) => [`other:${key}`, 'old']))
  await b.getMany(keys.slice(0, 100))

  const cost = await a.invalidateTags(['catalog'], { dryRun: true, watch: '100ms' })
  expect(cost.levels[1]).toMatchObject({ keys: 300, complete: true })
  // Compressed or not, what lies in Redis is known to the byte.
  expect(cost.levels[1]!.bytes! / 300).toBeGreaterThan(50)
  expect(cost.fetchesPerMinute).toBe(0)
  expect(await b.get('product:1')).toBe('old'.repeat(100))

  let fetches = 0
  let isOver = false
  const invalidated = a.invalidateTags(['catalog'], { over: '1s' }).finally(() => {
    isOver = true
  })
  const read = (cache: typeof b) =>
    cache.getOrFetchMany(keys, (asked) => {
      fetches += asked.length
      return asked.map(() => found('new', { tags: ['catalog'] }))
    })
  // Not without a pause: both caches live in this process.
  while (!isOver) {
    await read(b)
    await pause(10)
  }
  expect(await invalidated).toMatchObject({ ok: true })
  await read(b)
  expect(new Set(await a.getMany(keys))).toEqual(new Set(['new']))
  expect(new Set(await b.getMany(keys))).toEqual(new Set(['new']))
  expect(await a.get('other:product:5')).toBe('old')
  // What is fetched while its key is being invalidated is not kept, and fetched again.
  expect(fetches).toBeGreaterThanOrEqual(300)
  expect(fetches).toBeLessThan(450)
}, 60_000)
