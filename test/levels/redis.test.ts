import { afterAll, describe, expect, it } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const server = await startRedis()
const url = `redis://127.0.0.1:${server.port}`
let places = 0
const place = () => `test${places++}:`

afterAll(() => server.close())

levelConformance({ describe, it }, 'redis', () => redis({ url, prefix: place(), timeout: '10s' }), {
  real: systemWorld,
  seeds: 5,
  steps: 100,
})

it('tells of the server', async () => {
  const cache = createCache({ levels: [memory(), redis({ url, prefix: place(), timeout: '10s' })] })
  await cache.set('k', 1)
  const { L2, ...others } = await cache.info()
  expect(others).toEqual({})
  expect(L2!.server).toMatch(/^redis \d/)
  expect(L2!.memory).toBeGreaterThan(100_000)
  await cache.close()
})

describe('two caches over memory and one Redis', () => {
  it('count together, and see each other’s changes', async () => {
    const prefix = place()
    const caches = [1, 2].map(() => createCache<number>({ levels: [memory(), redis({ url, prefix, timeout: '10s' })] }))
    await Promise.all(Array.from({ length: 40 }, (_, n) => caches[n % 2]!.increment('visits', 2)))
    expect(await caches[0]!.increment('visits', 0)).toBe(80)
    await caches[0]!.set('k', 1)
    expect(await caches[1]!.get('k')).toBe(1)
    await caches[0]!.set('k', 2)
    await expect.poll(() => caches[1]!.get('k')).toBe(2)
    await Promise.all(caches.map((cache) => cache.close()))
  })
})
