import { describe, expect, it } from 'vitest'
import { type Advisor, Advisor as MakesAdvice } from '../../src/advice/advisor.ts'
import { createCache, fromAsync, type LevelFactory, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'

type Made = ReturnType<typeof createCache<unknown>>

/** Reads keys through a cache, so many a second of its world; those that are missed are fetched. */
async function read(cache: Made, world: FakeWorld, keys: Iterable<string>, perSecond = 50): Promise<void> {
  let reads = 0
  for (const key of keys) {
    await cache.getOrFetch(key, async () => ({ key }))
    if (++reads % 20 === 0) world.advance(20_000 / perSecond)
  }
}

function* loop(reads: number, keys: number, prefix = 'key:'): Generator<string> {
  for (let n = 0; n < reads; n++) yield `${prefix}${n % keys}`
}

function* skewed(reads: number, keys: number, world: FakeWorld, prefix = 'key:'): Generator<string> {
  for (let n = 0; n < reads; n++) yield `${prefix}${Math.floor(world.random() ** 3 * keys)}`
}

function ratioAt(cache: Made, level: number, policy: string, size: number): number {
  const curve = cache.advice().levels[level]!.curves.find((each) => each.policy === policy)!
  const at = curve.sizes.indexOf(size)
  expect(at, `${policy} at ${size}`).not.toBe(-1)
  return curve.ratios[at]!
}

describe('cache.advice()', () => {
  it('is off until it is wanted, and says so', async () => {
    const cache = createCache()
    expect(cache.advice()).toMatchObject({ levels: [], memory: 0, why: expect.stringContaining('advice: true') })
    const stop = cache.watchAdvice()
    expect(cache.advice().levels).toHaveLength(1)
    const stopToo = cache.watchAdvice()
    stop()
    stop()
    expect(cache.advice().levels).toHaveLength(1)
    stopToo()
    expect(cache.advice().levels).toHaveLength(0)
    await cache.close()
    expect(() => cache.advice()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(() => cache.watchAdvice()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })

  it('stays off where it was switched off', async () => {
    const cache = createCache({ advice: false })
    cache.watchAdvice()
    expect(cache.advice()).toMatchObject({ levels: [], why: expect.stringContaining('advice: false') })
    await cache.close()
  })

  it.each<[unknown, string]>([
    ['yes', 'ERR_OPTION_INVALID'],
    [{ memory: 1000 }, 'ERR_OPTION_INVALID'],
    [{ policies: ['lur'] }, 'ERR_OPTION_INVALID'],
    [{ policies: 'lru' }, 'ERR_OPTION_INVALID'],
    [{ memroy: 1 }, 'ERR_OPTION_UNKNOWN'],
  ])('refuses %j', (advice, code) => {
    expect(() => createCache({ advice: advice as never })).toThrow(expect.objectContaining({ code }))
  })

  it('leaves no timer behind', async () => {
    const world = new FakeWorld()
    const cache = createCache({ advice: true, world })
    expect(world.timers).toBeGreaterThan(0)
    await cache.close()
    expect(world.timers).toBe(0)
  })

  it('knows what the present size and policy do, and what others would', async () => {
    const world = new FakeWorld(2)
    const cache = createCache<unknown>({
      levels: [memory({ maxEntries: 100, policy: 'lru' })],
      advice: { memory: 2 ** 22 },
      world,
    })
    await read(cache, world, loop(6000, 150))
    const [level] = cache.advice().levels
    expect(level).toMatchObject({ level: 0, name: 'L1', unit: 'entries', size: 100, policy: 'lru', hitRatio: 0 })
    expect(level!.reads).toBeGreaterThan(5500)
    expect(level!.readsPerMinute / 3000).toBeCloseTo(1, 1)
    // A loop one and a half times as long as the cache: an LRU never hits, twice the size always does.
    expect(ratioAt(cache, 0, 'lru', 100)).toBeLessThan(0.01)
    expect(ratioAt(cache, 0, 'lru', 200)).toBeGreaterThan(0.95)
    expect(ratioAt(cache, 0, 'wTinyLfu', 100)).toBeGreaterThan(0.3)
    expect(level!.advice[0]).toMatch(
      /^Doubling L1 \(\+100 entries\) would raise its hit ratio from 0 % to 9\d(\.\d)? % and spare the source about (2,9|3,0)00 reads a minute\.$/,
    )
    await cache.close()
  })

  it('names a smaller size that would lose nothing, and policies that would lose', async () => {
    const world = new FakeWorld(2)
    const cache = createCache<unknown>({
      levels: [memory({ maxEntries: 1000 })],
      advice: { memory: 2 ** 22 },
      world,
    })
    await read(cache, world, loop(6000, 100))
    expect(cache.advice().levels[0]!.advice).toEqual([
      'A quarter of the entries (250 entries) would lose next to nothing.',
    ])
    await cache.close()
  })

  it('says when too little was seen', async () => {
    const world = new FakeWorld()
    const cache = createCache<unknown>({ advice: true, world })
    await read(cache, world, loop(500, 10))
    expect(cache.advice().levels[0]!.advice).toEqual(['Only 500 reads of L1 were seen of late: too few for advice.'])
    await cache.close()
  })

  it('counts what level 1 lets through for level 2', async () => {
    const world = new FakeWorld(4)
    const cache = createCache<unknown>({
      levels: [memory({ maxEntries: 50, policy: 'lru' }), memory({ maxEntries: 400, policy: 'lru' })],
      advice: { memory: 2 ** 22 },
      world,
    })
    await read(cache, world, skewed(10_000, 2000, world))
    const [first, second] = cache.advice().levels
    const { levels } = cache.stats()
    expect(second!.reads / first!.reads).toBeCloseTo(1 - levels[0]!.hitRatio, 1)
    expect(Math.abs(ratioAt(cache, 0, 'lru', 50) - levels[0]!.hitRatio)).toBeLessThan(0.02)
    expect(Math.abs(ratioAt(cache, 1, 'lru', 400) - levels[1]!.hitRatio)).toBeLessThan(0.02)
    expect(first!.advice.join()).toContain('spare L2 about')
    expect(second!.advice.join()).toContain('spare the source about')
    await cache.close()
  })

  it('tells of a level that keeps its size to itself how much room its reads want', async () => {
    const world = new FakeWorld(4)
    const held = new Map<string, unknown>()
    const store = fromAsync({
      get: async (key) => held.get(key) as never,
      set: async (key, value) => void held.set(key, value),
      delete: async (key) => held.delete(key),
    })
    const cache = createCache<unknown>({ levels: [memory({ maxEntries: 20 }), store], advice: true, world })
    await read(cache, world, loop(12_000, 300))
    const second = cache.advice().levels[1]!
    expect(second).toMatchObject({ size: undefined, policy: undefined, unit: 'entries' })
    expect(second.curves.map(({ policy }) => policy)).toEqual(['lru'])
    expect(second.advice[0]).toMatch(
      /^Room for about [23]\d\d entries, those read last, would let .* answer 9\d % of this process's reads/,
    )
    await cache.close()
  })

  it('measures bytes where bytes are bounded', async () => {
    const world = new FakeWorld(6)
    const mebibyte = 2 ** 20
    const cache = createCache<unknown>({
      levels: [memory({ maxBytes: mebibyte, policy: 'lru', sizeOf: (_, key) => 500 + 100 * (key.length % 7) })],
      advice: { memory: 2 ** 22 },
      world,
    })
    await read(cache, world, skewed(15_000, 4000, world))
    const [level] = cache.advice().levels
    expect(level).toMatchObject({ unit: 'bytes', size: mebibyte })
    expect(Math.abs(ratioAt(cache, 0, 'lru', mebibyte) - level!.hitRatio)).toBeLessThan(0.02)
    expect(level!.advice[0]).toContain('(+1 MB)')
    await cache.close()
  })

  it('does not take for want of room what expired or was invalidated', async () => {
    const world = new FakeWorld(6)
    const cache = createCache<unknown>({
      levels: [memory({ maxEntries: 100, policy: 'lru' })],
      advice: { memory: 2 ** 22 },
      world,
    })
    for (let round = 0; round < 100; round++) {
      for (let key = 0; key < 10; key++) {
        await cache.getOrFetch(`brief:${key}`, async () => key, { ttl: 1000 })
        await cache.getOrFetch(`tagged:${key}`, async () => key, { tags: ['all'] })
        await cache.getOrFetch(`deleted:${key}`, async () => key)
      }
      world.advance(1500)
      await cache.invalidateTags(['all'])
      await cache.deleteMany(Array.from({ length: 10 }, (_, key) => `deleted:${key}`))
    }
    const [level] = cache.advice().levels
    expect(level!.hitRatio).toBe(0)
    for (const { policy, ratios } of level!.curves) expect(Math.max(...ratios), policy).toBeLessThan(0.01)
    expect(level!.advice).toEqual(['A quarter of the entries (25 entries) would lose next to nothing.'])
    await cache.close()
  })

  it('tells of namespaces', async () => {
    const world = new FakeWorld(6)
    const cache = createCache<unknown>({ levels: [memory({ maxEntries: 200 })], advice: true, world })
    const small = cache.namespace('small')
    const large = cache.namespace('large')
    for (let turn = 0; turn < 100; turn++) {
      await read(small as Made, world, loop(30, 10))
      await read(large as Made, world, loop(30, 1000, `${turn % 7}:`))
    }
    const { namespaces } = cache.advice().levels[0]!
    expect(namespaces.map(({ namespace }) => namespace)).toEqual(['small', 'large'])
    expect(namespaces[0]!.curve.ratios.at(-1)).toBeGreaterThan(0.95)
    expect(namespaces[0]!.curve.sizes.at(-1)).toBeLessThan(50)
    expect(namespaces[0]!.readsPerMinute / namespaces[1]!.readsPerMinute).toBeCloseTo(1, 0)
    await cache.close()
  })

  it('says whether there are namespaces beyond those that are measured', async () => {
    const levels = [memory({ maxEntries: 200 }), memory({ maxEntries: 400 })]
    const cache = createCache<unknown>({ levels, advice: true })
    const more = () =>
      cache.advice().levels.map(({ namespaces, moreNamespaces }) => [namespaces.length, moreNamespaces])
    for (const name of ['a', 'b', 'c', 'd', 'e', 'a', 'e']) cache.namespace(name)
    expect(more()).toEqual([
      [5, false],
      [0, false],
    ])
    cache.namespace('f')
    expect(more()).toEqual([
      [5, true],
      [0, false],
    ])
    await cache.close()
  })

  it('follows the traffic: after three hours it tells of what is read now', async () => {
    const world = new FakeWorld(6)
    const cache = createCache<unknown>({ levels: [memory({ maxEntries: 100, policy: 'lru' })], advice: true, world })
    await read(cache, world, loop(6000, 20))
    expect(ratioAt(cache, 0, 'lru', 100)).toBeGreaterThan(0.95)
    world.advance(3 * 3_600_000)
    await read(cache, world, loop(6000, 300))
    expect(ratioAt(cache, 0, 'lru', 100)).toBeLessThan(0.05)
    expect(ratioAt(cache, 0, 'lru', 400)).toBeGreaterThan(0.9)
    await cache.close()
  })
})

describe('The pace of the sampling', () => {
  it('takes fewer keys when there are too many reads, and more again later; the curve stays true', async () => {
    const world = new FakeWorld(8)
    const cache = createCache<unknown>({ levels: [memory({ maxEntries: 2000, policy: 'lru' })], advice: true, world })
    await read(cache, world, skewed(2000, 20_000, world), 50)
    const before = cache.advice().levels[0]!.sampled
    await read(cache, world, skewed(60_000, 20_000, world), 400_000)
    const busy = cache.advice().levels[0]!
    expect(busy.sampled).toBeLessThan(before)
    expect(Math.abs(ratioAt(cache, 0, 'lru', 2000) - busy.hitRatio)).toBeLessThan(0.05)
    world.advance(10 * 60_000)
    await read(cache, world, skewed(2000, 20_000, world), 50)
    expect(cache.advice().levels[0]!.sampled).toBeGreaterThan(busy.sampled)
    await cache.close()
  })

  it('is the same on every run', async () => {
    const told = async () => {
      const world = new FakeWorld(8)
      const cache = createCache<unknown>({ levels: [memory({ maxEntries: 300 })], advice: true, world })
      await read(cache, world, skewed(8000, 3000, world), 20_000)
      const advice = cache.advice()
      await cache.close()
      return advice
    }
    expect(await told()).toEqual(await told())
  })
})

describe('An advisor', () => {
  it('keeps its invariants under all that can happen to a cache', async () => {
    const world = new FakeWorld(9)
    const advisors: Advisor[] = []
    const spied: LevelFactory = (context) => {
      const level = memory({ maxEntries: 60, idle: 5000 })(context)
      const settings = { begins: 'at once', memory: 2 ** 20, policies: ['sieve', 'wTinyLfu'] } as const
      const tally = { hits: 0, misses: 0 }
      advisors.push(
        new MakesAdvice(settings, [{ name: 'L1', traits: level.traits, tally, witnessedBy: () => {} }], world),
      )
      return level
    }
    const cache = createCache<unknown>({ levels: [spied], advice: false, world })
    for (let step = 0; step < 2000; step++) {
      const key = `key:${Math.floor(world.random() ** 2 * 300)}`
      const dice = world.random()
      if (dice < 0.7)
        await cache.getOrFetch(key, async () => step, { ttl: dice < 0.2 ? 2000 : '1h', tags: [`t${step % 5}`] })
      else if (dice < 0.8) await cache.set(key, step)
      else if (dice < 0.9) await cache.delete(key)
      else if (dice < 0.95) await cache.invalidateTags([`t${step % 5}`])
      else if (dice < 0.955) await cache.clear()
      else await cache.get(key)
      world.advance(50)
      if (step % 100 === 0) {
        advisors[0]!.advice()
        advisors[0]!.check()
      }
    }
    advisors[0]!.close()
    await cache.close()
    expect(world.failures).toEqual([])
  })
})
