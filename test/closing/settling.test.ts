import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, fromAsync, type LevelFactory, memory, type Shares } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { type Behaviour, faulty } from '../../src/testing/faulty-level.ts'

/** A cache over memory and a level that goes wrong as `behave` says. */
function over(behave: (operation: string) => Behaviour, options: object = {}) {
  const world = new FakeWorld()
  const events: CacheEvent[] = []
  const far = new Map<string, unknown>()
  const make = faulty(fromAsync(far), behave, { timeout: 100 })
  const cache = createCache<string>({
    levels: [memory(), make],
    world,
    observe: (event) => events.push(event),
    ...options,
  })
  const unfinished = () => events.filter(({ type }) => type === 'unfinished')
  return { cache, world, events, unfinished, far }
}

/** {@link over}, but others share the level: callers do not wait long for it to keep what they fetched. */
function overShared(behave: (operation: string) => Behaviour, options: object = {}) {
  const far = new Map<string, unknown>()
  const shares: Shares = {
    hearing: 'nothing',
    maxStaleness: 60_000,
    provenUntil: Number.POSITIVE_INFINITY,
    checksBirths: true,
    prove: async () => true,
    eraOf: () => undefined,
    follow: () => undefined,
  }
  const make = faulty(fromAsync(far), behave, { timeout: 100 })
  const shared: LevelFactory = (context) => {
    const level = make(context)
    Object.assign(level.traits, { shares })
    return level
  }
  const world = new FakeWorld()
  return { cache: createCache<string>({ levels: [memory(), shared], world, ...options }), world, far }
}

const well = (): Behaviour => ({})

/** Lets virtual time pass until the work is done. */
async function passing<T>(world: FakeWorld, work: Promise<T>, most = 10_000): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  for (let passed = 0; !isDone && passed < most; passed += 10) {
    await world.settle()
    if (!isDone) world.advance(10)
  }
  return done
}

describe('close', () => {
  it('waits for a fetch that goes on, and what it brings is kept', async () => {
    const { cache, world, unfinished, far } = over(well)
    const gate = Promise.withResolvers<string>()
    const asked = cache.getOrFetch('k', () => gate.promise)
    await world.settle()
    world.after(3000, () => gate.resolve('value'))
    await passing(world, cache.close())
    expect(world.mono()).toBe(3000)
    expect([...far.keys()]).toEqual(['k'])
    expect(await asked).toEqual({ found: true, data: 'value' })
    expect(unfinished()).toEqual([])
    expect(world.timers).toBe(0)
  })

  it('waits for a fetch no longer than it is told, and then keeps nothing', async () => {
    const { cache, world, unfinished, far } = over(well)
    const gate = Promise.withResolvers<string>()
    const asked = cache.getOrFetch('k', () => gate.promise)
    await world.settle()
    await passing(world, cache.close({ within: '2s' }))
    expect(world.mono()).toBe(2000)
    expect(unfinished()).toEqual([{ type: 'unfinished', ok: false, fetches: 1, work: 1, pending: [] }])
    gate.resolve('value')
    expect(await asked).toEqual({ found: true, data: 'value' })
    await world.settle()
    expect([...far.keys()]).toEqual([])
    expect(world.timers).toBe(0)
    expect(world.failures).toEqual([])
  })

  it('waits for nothing with 0', async () => {
    const { cache, world } = over(well)
    const asked = cache.getOrFetch('k', () => new Promise<string>(() => undefined))
    asked.catch(() => undefined)
    await world.settle()
    await cache.close({ within: 0 })
    expect(world.mono()).toBe(0)
  })

  it('takes no new calls while it waits', async () => {
    const { cache, world } = over(well)
    const gate = Promise.withResolvers<string>()
    const asked = cache.getOrFetch('k', () => gate.promise)
    await world.settle()
    const closing = cache.close()
    await expect(cache.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(cache.getOrFetch('k', () => 'other')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    gate.resolve('value')
    await asked
    await passing(world, closing)
  })

  it('refuses wrong options, and stays open', async () => {
    const { cache } = over(well)
    await expect(cache.close({ within: 'soon' as never })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.close({ withn: 1 } as never)).rejects.toMatchObject({ code: 'ERR_OPTION_UNKNOWN' })
    await cache.set('k', 'value')
    expect(await cache.get('k')).toBe('value')
    await cache.close()
  })

  it('tells a level once more what it has missed, though it has not answered of late', async () => {
    let isDown = false
    const { cache, world, unfinished, far } = over(() => ({ fault: isDown ? 'reject' : 'none' }))
    await cache.set('k', 'value')
    isDown = true
    for (let n = 0; n < 20; n++) {
      await cache.get(`k${n}`)
      world.advance(20)
    }
    expect((await cache.delete('k')).ok).toBe(false)
    expect(cache.stats().levels[1]).toMatchObject({ breaker: 'open', pending: 1 })
    isDown = false
    await passing(world, cache.close())
    expect(far.size).toBe(0)
    expect(unfinished()).toEqual([])
  })

  it('says what no level could be told, and does not wait for one that fails', async () => {
    let isDown = false
    const { cache, world, unfinished } = over(() => ({ fault: isDown ? 'reject' : 'none' }))
    await cache.set('k', 'value')
    isDown = true
    await cache.delete('k')
    await cache.invalidateTags(['t'])
    const before = world.mono()
    await passing(world, cache.close())
    expect(world.mono()).toBe(before)
    const pending = [{ level: 'L2', scopes: 2 }]
    expect(unfinished()).toEqual([{ type: 'unfinished', ok: false, fetches: 0, work: 0, pending }])
  })

  it('waits for writes under way', async () => {
    const { cache, world, far } = over((operation) => (operation === 'replace' ? { before: 50 } : {}))
    const set = cache.set('k', 'value')
    await passing(world, cache.close())
    expect((await set).ok).toBe(true)
    expect(far.size).toBe(1)
  })
})

describe('settled', () => {
  it('resolves at once when nothing is under way', async () => {
    const { cache, world } = over(well)
    expect(await cache.settled()).toEqual({ ok: true, fetches: 0, work: 0, pending: [] })
    expect(world.timers).toBe(0)
    await cache.close()
    await expect(cache.settled()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('waits for writes and fetches that nobody awaits', async () => {
    const { cache, world, far } = over(() => ({ before: 20 }))
    void cache.set('a', '1')
    void cache.getOrFetch('b', () => '2')
    expect(await passing(world, cache.settled())).toMatchObject({ ok: true })
    expect([...far.keys()].sort()).toEqual(['a', 'b'])
    await passing(world, cache.close())
  })

  it('waits for the levels to keep what callers were not kept for', async () => {
    const { cache, world, far } = overShared((operation) => (operation === 'write' ? { before: 80 } : {}))
    const asked = cache.getOrFetch('k', () => 'value')
    await world.settle()
    world.advance(20)
    await asked
    expect(far.size).toBe(0)
    await passing(world, cache.settled())
    expect([...far.keys()]).toEqual(['k'])
    await passing(world, cache.close())
  })

  it('says what is not done in time', async () => {
    const { cache, world } = over(well)
    const gate = Promise.withResolvers<string>()
    const asked = cache.getOrFetch('k', () => gate.promise)
    await world.settle()
    expect(await passing(world, cache.settled({ within: 100 }))).toEqual({
      ok: false,
      fetches: 1,
      work: 1,
      pending: [],
    })
    gate.resolve('value')
    await asked
    expect(await passing(world, cache.settled())).toMatchObject({ ok: true })
    expect(await cache.get('k')).toBe('value')
    await cache.close()
  })

  it('tells levels again what they have missed, and goes on trying afterwards', async () => {
    let isDown = true
    const { cache, world } = over(() => ({ fault: isDown ? 'reject' : 'none' }))
    await cache.delete('k')
    expect(await cache.settled()).toMatchObject({ ok: false, pending: [{ level: 'L2', scopes: 1 }] })
    isDown = false
    world.advance(60_000)
    await world.settle()
    expect(await cache.settled()).toMatchObject({ ok: true, pending: [] })
    await cache.close()
  })
})

describe('waitUntil', () => {
  it('is handed every piece of work that outlives its call', async () => {
    const handed: Promise<unknown>[] = []
    const slowly = (operation: string): Behaviour => (operation === 'write' ? { before: 80 } : {})
    const { cache, world, far } = overShared(slowly, { waitUntil: (work: Promise<unknown>) => handed.push(work) })
    const asked = cache.getOrFetch('k', () => 'value')
    await world.settle()
    world.advance(20)
    await asked
    expect(far.size).toBe(0)
    expect(handed.length).toBeGreaterThan(0)
    await passing(world, Promise.all(handed))
    expect(far.size).toBe(1)
    await cache.close()
  })

  it('is called where the work begins, in its asynchronous context', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks')
    const requests = new AsyncLocalStorage<string>()
    const seen = new Set<string | undefined>()
    const { cache } = over(well, { waitUntil: () => void seen.add(requests.getStore()) })
    await requests.run('first', () => cache.getOrFetch('a', () => '1'))
    await requests.run('second', () => cache.getOrFetch('b', () => '2'))
    expect([...seen]).toEqual(['first', 'second'])
    await cache.close()
  })

  it('gets promises that do not reject', async () => {
    const outcomes: Promise<string>[] = []
    const waitUntil = (work: Promise<unknown>) => {
      outcomes.push(
        work.then(
          () => 'done',
          () => 'failed',
        ),
      )
    }
    const { cache, world } = over(well, { waitUntil })
    await expect(cache.getOrFetch('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    await world.settle()
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['done']))
    await cache.close()
  })

  it('may fail in any way: nothing breaks, and it is said once', async () => {
    const failing = [
      () => {
        throw new Error('no request')
      },
      async () => {
        throw new Error('no request')
      },
    ]
    for (const waitUntil of failing) {
      const { cache, world, far } = over(well, { waitUntil })
      for (const key of ['a', 'b', 'c']) expect((await cache.getOrFetch(key, () => '1')).data).toBe('1')
      await cache.settled()
      expect(far.size).toBe(3)
      expect(world.failures).toMatchObject([{ why: 'waitUntil failed', cause: { message: 'no request' } }])
      await cache.close()
    }
  })

  it('must be a function', () => {
    expect(() => createCache({ waitUntil: 'later' as never })).toThrow(/waitUntil: expected a function/)
  })
})
