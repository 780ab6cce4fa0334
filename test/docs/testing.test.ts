import { expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { MemoryCache } from '../../src/memory/memory-cache.ts'
import { FakeWorld, faulty } from '../../src/testing/index.ts'

// What docs/testing.md says.

it('lets time pass when it is told to', async () => {
  const world = new FakeWorld()
  const cache = createCache<number>({ world, levels: [memory()], ttl: '1m' })
  let price = 10
  const read = async () => (await cache.getOrFetch('price', () => price)).data
  expect(await read()).toBe(10)
  price = 11
  world.advance(59_999)
  expect(await read()).toBe(10)
  world.jumpWall(3_600_000)
  expect(await read()).toBe(10)
  world.advance(1)
  expect(await read()).toBe(11)
  await cache.close()
})

it('fires on the way what falls due, and settles what that began', async () => {
  const world = new FakeWorld()
  const cache = createCache<number>({ world, ttl: '10m' })
  let price = 10
  await cache.getOrFetch('price', () => price, { refreshEvery: '1m' })
  price = 11
  world.advance(70_000)
  await world.settle()
  expect(cache.peek('price')).toBe(11)
  await cache.close()
})

it('is the world of a MemoryCache as well', () => {
  const world = new FakeWorld()
  using prices = new MemoryCache({ world, ttl: '1m' })
  prices.set('price', 10)
  world.advance(59_999)
  expect(prices.get('price')).toBe(10)
  world.advance(1)
  expect(prices.get('price')).toBeUndefined()
})

it('lets a level hang, until its deadline', async () => {
  const world = new FakeWorld()
  let isDown = false
  const shared = faulty(memory(), () => (isDown ? { fault: 'hang' } : {}))
  const cache = createCache({ world, levels: [memory(), shared] })
  isDown = true
  const answer = cache.getOrFetch('k', () => 'fetched')
  await world.settle()
  world.advance(1000)
  await world.settle()
  isDown = false
  world.advance(1000)
  expect((await answer).data).toBe('fetched')
  expect(cache.stats().levels[1]!.failures).toBeGreaterThan(0)
  await cache.close()
})
