import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createCache,
  type MemoryOptions,
  type MultiLevelCache,
  memory,
  type NamespaceOptions,
} from '../../src/index.ts'
import { Division } from '../../src/memory/division.ts'
import { Residents } from '../../src/memory/residents.ts'
import { readSettings } from '../../src/memory/settings.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'

function cacheOf(options: MemoryOptions) {
  const removed: string[] = []
  const world = new FakeWorld()
  const cache = createCache<unknown>({
    levels: [memory({ policy: 'lru', ...options, onRemoval: (key, _, reason) => removed.push(`${key} ${reason}`) })],
    world,
  })
  return { cache, world, removed }
}

async function fill(cache: MultiLevelCache<unknown>, count: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n++) await cache.set(`${n}`, n)
}

async function keysOf(cache: MultiLevelCache<unknown>): Promise<string[]> {
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  return keys.sort()
}

describe('a namespace with bounds', () => {
  it('holds no more, and what is used elsewhere evicts nothing there', async () => {
    const { cache } = cacheOf({ maxEntries: 100 })
    const users = cache.namespace<unknown>('users', { maxEntries: 10 })
    const other = cache.namespace<unknown>('other')
    await fill(users, 15)
    await fill(other, 500)
    expect(users.stats().namespaces[0]!.share).toEqual({
      entries: 10,
      bytes: undefined,
      maxEntries: 10,
      maxBytes: undefined,
    })
    expect(cache.stats().levels[0]).toMatchObject({ size: 100, maxEntries: 100, evictions: 415 })
    expect(await keysOf(users)).toEqual(['10', '11', '12', '13', '14', '5', '6', '7', '8', '9'])
    expect((await keysOf(other)).length).toBe(90)
    expect(await cache.get('users:14')).toBe(14)
  })

  it('takes what was there along, with its ends, tags and order, and tells nobody', async () => {
    const { cache, world, removed } = cacheOf({ maxEntries: 100 })
    const plain = cache.namespace<unknown>('users')
    await plain.set('old', 1, { ttl: 1000 })
    await plain.set('tagged', 2, { tags: ['t'] })
    await plain.set('hot', 3)
    await cache.set('usersX', 4)
    const users = cache.namespace<unknown>('users', { maxEntries: 2 })
    expect(removed).toEqual(['users:old evicted'])
    expect([await users.get('tagged'), await users.get('hot'), await cache.get('usersX')]).toEqual([2, 3, 4])
    await users.set('short', 5, { ttl: 1000 })
    expect(removed.at(-1)).toBe('users:tagged evicted')
    expect(await users.ttl('short')).toBe(1000)
    world.advance(1001)
    expect(await users.get('short')).toBeUndefined()
    await users.set('again', 1, { tags: ['t'] })
    await cache.invalidateTags(['t'])
    expect(await users.get('again')).toBeUndefined()
    expect(await users.get('hot')).toBe(3)
  })

  it('takes along who leaves first and who leaves last', async () => {
    const { cache } = cacheOf({ maxEntries: 100 })
    const plain = cache.namespace<unknown>('users')
    await plain.set('pinned', 1, { priority: 'pinned' })
    await plain.set('normal', 1)
    await plain.set('low', 1, { priority: 'low' })
    const users = cache.namespace<unknown>('users', { maxEntries: 4 })
    await users.set('new', 1)
    await users.set('newer', 1)
    await users.set('newest', 1)
    expect(await keysOf(users)).toEqual(['new', 'newer', 'newest', 'pinned'])
  })

  it('is invalidated as all others: by key, prefix, tag and altogether', async () => {
    const { cache } = cacheOf({ maxEntries: 100 })
    const users = cache.namespace<unknown>('users', { maxEntries: 50 })
    const posts = users.namespace<unknown>('posts', { maxEntries: 10 })
    await users.set('1', 1)
    await users.set('2', 1)
    await posts.set('1', 1)
    await cache.set('k', 1)
    await cache.delete('users:1')
    expect(await keysOf(cache)).toEqual(['k', 'users:2', 'users:posts:1'])
    await cache.clearPrefix('users:p')
    expect(await keysOf(cache)).toEqual(['k', 'users:2'])
    await posts.set('2', 1)
    await users.clear()
    expect(await keysOf(cache)).toEqual(['k'])
    await posts.set('3', 1)
    await cache.clear()
    expect(cache.stats().levels[0]!.size).toBe(0)
  })

  it('within another one takes from that', async () => {
    const { cache } = cacheOf({ maxEntries: 100 })
    const users = cache.namespace<unknown>('users', { maxEntries: 50 })
    const posts = users.namespace<unknown>('posts', { maxEntries: 20 })
    await fill(users, 100)
    await fill(posts, 100)
    await fill(cache, 100)
    const shares = cache.stats().namespaces.map(({ share }) => share)
    expect(shares).toMatchObject([
      { entries: 30, maxEntries: 30 },
      { entries: 20, maxEntries: 20 },
    ])
    expect(cache.stats().levels[0]).toMatchObject({ size: 100, maxEntries: 100 })
  })

  it('is weighed where level 1 is, and what is not said is in proportion', async () => {
    const { cache } = cacheOf({ maxEntries: 100, maxBytes: 10_000, sizeOf: () => 50 })
    const light = cache.namespace<unknown>('light', { maxEntries: 10 })
    const heavy = cache.namespace<unknown>('heavy', { maxBytes: 900 })
    await fill(light, 50)
    await fill(heavy, 50)
    expect(cache.stats().namespaces.map(({ share }) => share)).toEqual([
      { entries: 10, bytes: 500, maxEntries: 10, maxBytes: 1000 },
      { entries: 9, bytes: 450, maxEntries: 9, maxBytes: 900 },
    ])
    expect(cache.stats().levels[0]).toMatchObject({ maxEntries: 100, maxBytes: 10_000, size: 19, bytes: 950 })
  })

  it.each<[MemoryOptions, NamespaceOptions, string]>([
    [{ maxBytes: 1000 }, { maxEntries: 5 }, 'level 1 is bounded by bytes'],
    [{ maxBytes: 1000 }, { maxBytes: 1000 }, 'less than what is left in level 1 (1000)'],
    [{ maxEntries: 10 }, { maxEntries: 10 }, 'less than what is left in level 1 (10)'],
    [{ maxEntries: 10 }, { maxEntries: 5, maxBytes: 10 }, 'not bounded by bytes'],
  ])('of %j cannot be %j', async (level, options, text) => {
    const { cache } = cacheOf(level)
    await cache.set('n:k', 1)
    expect(() => cache.namespace('n', options)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(text) }),
    )
    expect(await cache.get('n:k')).toBe(1)
    expect(cache.stats().namespaces).toEqual([])
  })

  it('works above values that are protected, and tells of what leaves it', async () => {
    const world = new FakeWorld()
    const cache = createCache<{ n: number }>({ levels: [memory({ maxEntries: 10, protect: 'clone' })], world })
    const removed: string[] = []
    cache.on('removed', ({ key, reason }) => removed.push(`${key} ${reason}`))
    const users = cache.namespace('users', { maxEntries: 1 })
    await users.set('1', { n: 1 })
    const held = await users.get('1')
    held!.n = 5
    expect(await users.get('1')).toEqual({ n: 1 })
    await users.set('2', { n: 2 })
    expect(removed).toEqual(['users:1 evicted'])
  })
})

describe('Division', () => {
  const letters = fc.constantFrom('a', 'b', 'c')
  const prefixes = fc.constantFrom('a:', 'b:', 'a:b:', 'a:b:c:')
  const keys = fc.tuple(fc.array(letters, { maxLength: 4 }), fc.nat(5)).map(([path, n]) => [...path, n].join(':'))
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key: keys, value: fc.nat() }),
      fc.record({ kind: fc.constant('remove' as const), key: keys }),
      fc.record({
        kind: fc.constant('divide' as const),
        prefix: prefixes,
        maxEntries: fc.integer({ min: 1, max: 30 }),
      }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(50) }),
    ),
    { maxLength: 150 },
  )

  it.each(['lru', 'wTinyLfu', 'sieve'] as const)(
    'under %s holds what was put last, where it belongs, within all bounds',
    (policy) => {
      fc.assert(
        fc.property(steps, (all) => {
          const world = new FakeWorld()
          const make = (maxEntries: number) =>
            new Residents<string, unknown>(readSettings({ maxEntries, policy, world }))
          const division = new Division(make(40), { boundsEntries: true, boundsBytes: false, policy }, (bounds) =>
            make(bounds.maxEntries),
          )
          const model = new Map<string, { value: number; end: number }>()
          const divided = new Set<string>()
          for (const step of all) {
            if (step.kind === 'put') {
              const end = world.mono() + 100
              division.of(step.key).put(step.key, step.value, end)
              model.set(step.key, { value: step.value, end })
            } else if (step.kind === 'remove') {
              division.of(step.key).remove(step.key)
              model.delete(step.key)
            } else if (step.kind === 'pass') world.advance(step.ms)
            else if (!divided.has(step.prefix) && step.maxEntries < division.of(step.prefix).maxEntries) {
              const before = division.measure()
              division.divide(step.prefix, { maxEntries: step.maxEntries, maxBytes: undefined })
              divided.add(step.prefix)
              const after = division.measure()
              expect(before.size).toBe(
                after.size + (after.evictions - before.evictions) + (after.expired - before.expired),
              )
            }
            division.check()
            expect(division.measure()).toMatchObject({ maxEntries: 40 })
            for (const home of division) {
              for (const [key, value] of home.pairs(true)) {
                expect(value).toBe(model.get(key)?.value)
                expect(model.get(key)!.end).toBeGreaterThan(world.mono())
              }
            }
          }
        }),
        { numRuns: 60 },
      )
    },
  )
})

levelConformance({ describe, it }, 'memory, in parts', () => (context) => {
  const level = memory({ maxEntries: 3000 })(context)
  level.traits.divides!.divide('p:', { maxEntries: 1000, maxBytes: undefined })
  level.traits.divides!.divide('k:', { maxEntries: 1000, maxBytes: undefined })
  return level
})
