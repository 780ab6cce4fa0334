import { describe, expect, it } from 'vitest'
import { type Box, createCache, fromAsync, type LevelFactory, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

/** A level of one's own that keeps texts, as most stores do. */
function texts(): { level: LevelFactory; boxes: Map<string, string> } {
  const boxes = new Map<string, string>()
  const level = fromAsync({
    get: async (key) => JSON.parse(boxes.get(key) ?? 'null'),
    set: async (key, box: Box) => void boxes.set(key, JSON.stringify(box)),
    delete: async (key) => void boxes.delete(key),
  })
  return { level, boxes }
}

const KINDS: Record<string, (world: FakeWorld) => LevelFactory> = {
  'memory alone': () => memory(),
  'a level of one’s own': () => texts().level,
  'a ledger': (world) =>
    ledgerLevel(() => new SimulatedLedgerServer(world, { shards: 2 }).connect({}), { name: 'far' }),
}

/** No call is given up on meanwhile. */
async function pass(world: FakeWorld, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    world.advance(50)
    await world.settle()
  }
}

/** What a call says, with time for it to pass. */
function passing<T>(world: FakeWorld, call: Promise<T>): Promise<T> {
  return virtualTime(world).during(call)
}

describe.each(Object.entries(KINDS))('what has a grace, in memory and %s', (_, below) => {
  function start(level1: LevelFactory = memory()) {
    const world = new FakeWorld()
    const levels = [level1, below(world)]
    const cache = createCache<number>({ levels, ttl: '1m', staleFor: '10s', refreshAfter: '45s', world })
    const wait = <T>(call: Promise<T>): Promise<T> => passing(world, call)
    const upkeeps = async () => {
      const { levels } = await wait(cache.explain('k'))
      return levels.map(({ ttl, upkeep }) => upkeep && [ttl, upkeep.freshFor, upkeep.dueIn].map((ms) => near(ms)))
    }
    return { world, cache, wait, upkeeps }
  }
  /** In seconds: a call of the ledger takes some milliseconds. */
  const near = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 1000))

  it('expires after another time, is stale for as long as it was to be, and due as long before', async () => {
    const { cache, wait, upkeeps } = start()
    await wait(cache.set('k', 1))
    expect(await upkeeps()).toEqual([
      [70, 60, 45],
      [70, 60, 45],
    ])
    expect(await wait(cache.expire('k', '5m'))).toBe(true)
    await wait(cache.get('k'))
    expect(await upkeeps()).toEqual([
      [310, 300, 285],
      [310, 300, 285],
    ])
    expect(await wait(cache.expire('k', 0))).toBe(true)
    expect(await upkeeps()).toEqual([undefined, undefined])
    await cache.close()
  })

  it('is no value when it is stale: it is not given another end, and counting begins anew', async () => {
    const { world, cache, wait, upkeeps } = start()
    await wait(cache.set('k', 41, { tags: ['t'] }))
    await pass(world, 61_000)
    expect(await wait(cache.expire('k', '5m'))).toBe(false)
    expect(await wait(cache.ttl('k'))).toBeUndefined()
    expect(await wait(cache.increment('k'))).toBe(1)
    expect((await wait(cache.explain('k'))).levels.map(({ tags, ttl }) => [tags, near(ttl)])).toEqual([
      [[], 60],
      [[], 60],
    ])
    expect(await upkeeps()).toEqual([undefined, undefined])
    await cache.close()
  })

  it('keeps its times when it is counted, or moves them where a ttl is given', async () => {
    const { world, cache, wait, upkeeps } = start(memory({ ttl: '30s' }))
    await wait(cache.set('k', 41, { tags: ['t'] }))
    await pass(world, 10_000)
    expect(await wait(cache.increment('k'))).toBe(42)
    expect((await upkeeps())[1]).toEqual([60, 50, 35])
    expect(await wait(cache.increment('k', 1, { ttl: '2m' }))).toBe(43)
    expect((await upkeeps())[1]).toEqual([130, 120, 105])
    expect((await wait(cache.explain('k'))).levels[1]).toMatchObject({ tags: ['t'] })
    expect(await wait(cache.increment('k', 1, { ttl: 0 }))).toBe(44)
    expect(await wait(cache.get('k'))).toBeUndefined()
    expect(await upkeeps()).toEqual([undefined, undefined])
    await cache.close()
  })
})

describe('boxes', () => {
  it('tell of upkeep in a format of their own, which another process reads by the wall clock', async () => {
    const { level, boxes } = texts()
    const world = new FakeWorld()
    const options = { ttl: '1m', staleFor: '10s', world } as const
    const one = createCache<number>({ levels: [level], ...options })
    await one.set('k', 1)
    await one.set('plain', 1, { staleFor: 0 })
    expect(JSON.parse(boxes.get('plain')!)).toMatchObject({ terrace: 1 })
    expect(JSON.parse(boxes.get('plain')!)).not.toHaveProperty('upkeep')
    expect(JSON.parse(boxes.get('k')!)).toMatchObject({ terrace: 2, upkeep: { since: expect.any(Number) } })
    world.advance(20_000)
    // A world that began later, where the same wall clock shows another monotonic time.
    const later = new FakeWorld()
    later.advance(5000)
    later.jumpWall(world.wall() - later.wall())
    const other = createCache<number>({ levels: [level], ...options, world: later })
    expect((await other.explain('k')).levels[0]).toMatchObject({
      state: 'served',
      ttl: 50_000,
      upkeep: { age: 20_000, freshFor: 40_000, staleFor: undefined, dueIn: undefined },
    })
    await one.close()
    await other.close()
  })

  it('whose upkeep is nonsense, or not in the format that has one, are none', async () => {
    const { level, boxes } = texts()
    const cache = createCache<number>({ levels: [level], ttl: '1m', staleFor: '10s', world: new FakeWorld() })
    await cache.set('k', 1)
    const box = JSON.parse(boxes.get('k')!)
    const { upkeep } = box
    const spoilt = [
      { ...box, terrace: 1 },
      { ...box, upkeep: undefined },
      { ...box, upkeep: null },
      { ...box, terrace: 3 },
      ...['ahead', 'since', 'due', 'freshUntil'].map((name) => ({ ...box, upkeep: { ...upkeep, [name]: 'soon' } })),
      ...['ahead', 'since'].map((name) => ({ ...box, upkeep: { ...upkeep, [name]: null } })),
      ...['etag', 'lastModified'].map((name) => ({ ...box, upkeep: { ...upkeep, [name]: 'x'.repeat(1001) } })),
    ]
    expect((await cache.explain('k')).levels[0]!.state).toBe('served')
    for (const each of spoilt) {
      boxes.set('k', JSON.stringify(each))
      expect((await cache.explain('k')).levels[0]).toMatchObject({
        state: 'absent',
        reason: 'what lies there is none of ours',
      })
    }
    boxes.set('k', JSON.stringify({ ...box, upkeep: { ...upkeep, due: 1e300, freshUntil: null } }))
    // Until it is dead.
    expect((await cache.explain('k')).levels[0]).toMatchObject({ ttl: 70_000, upkeep: { freshFor: 70_000 } })
    await cache.close()
  })
})
