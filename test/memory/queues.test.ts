import { expect, it } from 'vitest'
import { createCache, type LevelQueue, type MemoryOptions, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

async function queues(options: MemoryOptions, use: readonly string[]): Promise<readonly LevelQueue[] | undefined> {
  const world = new FakeWorld()
  const cache = createCache<string>({ world, levels: [memory(options)], ttl: '1h' })
  for (const key of use) await cache.getOrFetch(key, () => key)
  world.advance(60_000)
  const [level] = cache.stats({ queues: 100 }).levels
  await cache.close()
  return level!.queues
}

const keysOf = (told: readonly LevelQueue[] | undefined) => told?.map(({ name, keys }) => [name, keys])

it('tells window, probation and protected of wTinyLfu, with frequencies', async () => {
  const told = await queues({ maxEntries: 10 }, ['a', 'b', 'c', 'a', 'a', 'b'])
  expect(keysOf(told)).toEqual([
    ['window', ['c']],
    // Of the two that were asked for again four fifths may be protected.
    ['probation', ['a']],
    ['protected', ['b']],
  ])
  expect(told!.map(({ counts, numbers, weight }) => [counts, numbers, weight])).toEqual([
    ['frequency', [1], 1],
    ['frequency', [3], 1],
    ['frequency', [2], 1],
  ])
})

it('tells small, main and ghosts of s3Fifo', async () => {
  const use = ['a', 'a', 'a', ...Array.from({ length: 12 }, (_, n) => `k${n}`)]
  const told = await queues({ maxEntries: 10, policy: 's3Fifo' }, use)
  expect(told!.map(({ name, keys, remembered }) => [name, keys.length, remembered])).toEqual([
    ['small', 9, undefined],
    ['main', 1, undefined],
    ['ghosts', 0, 3],
  ])
  expect(told![1]!.keys).toEqual(['a'])
})

it('tells where the hand of sieve is, and who was used', async () => {
  const [told] = (await queues({ maxEntries: 3, policy: 'sieve' }, ['a', 'b', 'c', 'a', 'd']))!
  expect(told).toMatchObject({ keys: ['a', 'c', 'd'], counts: 'used', numbers: [0, 0, 0], hand: 'c' })
})

it('tells how often each was used under lfu, and what time is left under ttl', async () => {
  const [lfu] = (await queues({ maxEntries: 3, policy: 'lfu' }, ['a', 'b', 'a']))!
  expect(lfu).toMatchObject({ keys: ['b', 'a'], counts: 'uses', numbers: [1, 2] })
  const [ttl] = (await queues({ maxEntries: 3, policy: 'ttl' }, ['a']))!
  expect(ttl).toMatchObject({ keys: ['a'], counts: 'left', numbers: [3_540_000] })
})

it('tells nothing more of a policy with one order, and no more keys than were asked for', async () => {
  expect(await queues({ maxEntries: 3, policy: 'lru' }, ['a'])).toBeUndefined()
  const world = new FakeWorld()
  const cache = createCache<number>({ world, levels: [memory({ maxEntries: 100 })] })
  for (let n = 0; n < 100; n++) await cache.set(`k${n}`, n)
  const [level] = cache.stats({ queues: 5 }).levels
  expect(level!.queues!.map(({ keys }) => keys.length)).toEqual([1, 5, 0])
  expect(level!.keys).toBeUndefined()
  expect(cache.stats().levels[0]!.queues).toBeUndefined()
  await cache.close()
})
