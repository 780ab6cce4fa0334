import { describe, expect, expectTypeOf, it } from 'vitest'
import { createCache, fromAsync, type InvalidationEstimate, memory, type WriteResult } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

async function wait<T>(world: FakeWorld, work: Promise<T>, each: () => unknown = () => undefined): Promise<T> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  over.catch(() => undefined)
  for (let n = 0; n < 1000 && !isOver; n++) {
    each()
    await world.settle()
    world.advance(10)
    await world.settle()
  }
  return over
}

/** A hundred keys, ten of them with a tag and read all the time. */
async function shop() {
  const world = new FakeWorld()
  const cache = createCache<string>({ world, levels: [memory({ maxEntries: 50, policy: 'lru' }), memory()] })
  const value = 'x'.repeat(1000)
  for (let n = 0; n < 100; n++) {
    const isHot = n >= 90
    await cache.set(`${n % 2 === 0 ? 'even' : 'odd'}:${n}`, value, { tags: isHot ? ['hot'] : [] })
  }
  const read = (): void => {
    for (let n = 90; n < 100; n++) void cache.get(`${n % 2 === 0 ? 'even' : 'odd'}:${n}`)
  }
  return { world, cache, read }
}

describe('a dry run', () => {
  it('tells keys, bytes and fetches of each level, and changes nothing', async () => {
    const { world, cache, read } = await shop()
    const events: string[] = []
    cache.on(['invalidated', 'set', 'removed'], ({ type }) => events.push(type))
    const tagged = cache.invalidateTags(['hot', 'none'], { dryRun: true })
    expectTypeOf(tagged).toEqualTypeOf<Promise<InvalidationEstimate>>()
    expectTypeOf(cache.clear).toBeCallableWith({ dryRun: false })
    const told = await wait(world, tagged, read)
    expect(told.levels.map(({ name, keys, complete }) => [name, keys, complete])).toEqual([
      ['L1', 10, true],
      ['L2', 10, true],
    ])
    for (const { bytes } of told.levels) expect(bytes).toBeGreaterThan(10 * 1000)
    for (const { bytes } of told.levels) expect(bytes).toBeLessThan(10 * 1100)
    // A thousand reads a second of ten keys: all ten are fetched, and no more.
    expect(told.readsPerMinute).toBeGreaterThan(50_000)
    expect(told.readsPerMinute).toBeLessThan(70_000)
    expect(told.fetchesPerMinute).toBe(10)
    expect(told.summary).toMatch(
      /^10 keys \(about 10\.\d kB\) in L1, 10 keys .* in L2; at most 10 fetches in the minute/,
    )

    const even = await wait(world, cache.clearPrefix('even:', { dryRun: true }), read)
    expect(even.levels.map(({ keys }) => keys)).toEqual([25, 50])
    expect(even.readsPerMinute! / told.readsPerMinute!).toBeCloseTo(0.5, 1)
    expect(even.fetchesPerMinute).toBe(50)
    const all = await wait(world, cache.clear({ dryRun: true, watch: 0 }))
    expect(all.levels.map(({ keys }) => keys)).toEqual([50, 100])
    expect(all).toMatchObject({ readsPerMinute: undefined, fetchesPerMinute: undefined })
    expect(all.summary).toContain('how many fetches that would cost is unknown')
    expect(events).toEqual([])
    expect(cache.stats().levels.map(({ size }) => size)).toEqual([50, 100])
    await cache.close()
    expect(world.timers).toBe(0)
  })

  it('bounds the fetches by the reads where there are more keys than reads', async () => {
    const { world, cache } = await shop()
    let n = 0
    // Two reads a second or so, each of another key.
    const told = await wait(world, cache.clear({ dryRun: true, watch: '5s' }), () =>
      n++ % 50 === 0 ? cache.get(`even:${(n * 2) % 100}`) : undefined,
    )
    expect(told.readsPerMinute).toBeGreaterThan(0)
    expect(told.fetchesPerMinute).toBeLessThanOrEqual(Math.min(100, told.readsPerMinute!))
    expect(told.fetchesPerMinute).toBeGreaterThan(told.readsPerMinute! / 2)
    await cache.close()
  })

  it('says what it cannot know', async () => {
    const world = new FakeWorld()
    const store = new Map<string, unknown>()
    const unlisted = fromAsync({
      get: async (key) => store.get(key) as never,
      set: async (key, box) => void store.set(key, box),
      delete: async (key) => void store.delete(key),
    })
    const cache = createCache<number>({ world, levels: [memory(), unlisted] })
    await cache.set('a', 1, { tags: ['t'] })
    const told = await wait(world, cache.invalidateTags(['t'], { dryRun: true }), () => cache.get('a'))
    expect(told.levels[1]).toEqual({ name: 'L2', keys: undefined, bytes: undefined, complete: false })
    // Without the keys, the reads bound it.
    expect(told.fetchesPerMinute).toBe(told.readsPerMinute)
    expect(told.summary).toContain('an unknown number of keys in L2')
    const nothing = await wait(world, cache.invalidateTags([], { dryRun: true, watch: 0 }))
    expect(nothing.levels[0]).toMatchObject({ keys: 0, bytes: 0 })
    expect(await cache.get('a')).toBe(1)
    const result: WriteResult = await cache.clear({})
    expect(result.ok).toBe(true)
    await cache.close()
  })
})
