import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, type MultiLevelCache, memory, type Observer } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { type Behaviour, type Fault, type FaultyOperation, faulty } from '../../src/testing/faulty-level.ts'

const FAULTS: readonly Fault[] = ['throw', 'reject', 'rejectAfter', 'hang', 'hangAfter', 'garble']

/** Two memory levels around one whose behaviour can be set. */
function around(behaviour: { now: Behaviour; only?: FaultyOperation }, observe?: Observer) {
  const world = new FakeWorld()
  let calls = 0
  const middle = faulty(memory({ name: 'middle' }), (operation) => {
    calls++
    return behaviour.only === undefined || behaviour.only === operation ? behaviour.now : {}
  })
  const options = { levels: [memory({ maxEntries: 2, policy: 'lru' }), middle, memory()], world }
  const cache = createCache<unknown>(observe === undefined ? options : { ...options, observe })
  return { world, cache, calls: () => calls }
}

/** What the promise resolves to, with time passing while it waits. */
async function withTime<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let done = false
  const end = () => {
    done = true
  }
  work.then(end, end)
  for (let n = 0; n < 1000 && !done; n++) {
    await world.settle()
    if (!done) world.advance(100)
  }
  return work
}

describe('a level that fails', () => {
  for (const fault of FAULTS) {
    it(`(${fault}) fails no caller of any method`, async () => {
      const { world, cache } = around({ now: { fault } })
      const calls: Record<string, () => Promise<unknown>> = {
        getOrFetch: () => cache.getOrFetch('k', () => 'fetched'),
        get: () => cache.get('k'),
        getMany: () => cache.getMany(['k', 'j']),
        getOrFetchMany: () => cache.getOrFetchMany(['k', 'j'], (keys) => keys.map(() => 1)),
        has: () => cache.has('k'),
        put: () => cache.put('k', 1),
        set: () => cache.set('k', 1),
        setMany: () => cache.setMany([['k', 1]]),
        delete: () => cache.delete('k'),
        deleteMany: () => cache.deleteMany(['k', 'j']),
        invalidateTags: () => cache.invalidateTags(['t']),
        clear: () => cache.clear(),
        clearPrefix: () => cache.clearPrefix('k'),
        increment: () => cache.increment('n'),
        expire: () => cache.expire('k', '1s'),
        ttl: () => cache.ttl('k'),
        explain: () => cache.explain('k'),
        close: () => cache.close(),
      }
      for (const [name, call] of Object.entries(calls)) {
        await expect(withTime(world, call()), name).resolves.not.toBe('garbled')
      }
      expect(world.failures).toEqual([])
    })

    it(`(${fault}) is never taken for one that is empty: what is below is found, what failed is reported`, async () => {
      const events: CacheEvent[] = []
      const behaviour: { now: Behaviour } = { now: {} }
      const { world, cache } = around(behaviour, (event) => events.push(event))
      await cache.set('k', 'value')
      await cache.put('x', 1)
      await cache.put('y', 1)
      behaviour.now = { fault }
      expect(
        await withTime(
          world,
          cache.getOrFetch('k', () => expect.unreachable()),
        ),
      ).toEqual({ found: true, data: 'value' })
      expect(events.find(({ type }) => type === 'levelFailed')).toMatchObject({ level: 'middle', operation: 'read' })
      expect(cache.stats().levels[1]!.failures).toBe(1)
    })
  }

  it('costs a cold read its deadline once: what failed on the way down is not written on the way up', async () => {
    const { world, cache } = around({ now: { fault: 'hang' } })
    const began = world.mono()
    const asked = cache.getOrFetch('k', () => 'fetched')
    await withTime(world, asked)
    expect(world.mono() - began).toBeLessThanOrEqual(1000)
    expect((await withTime(world, cache.explain('k'))).levels.map(({ state }) => state)).toEqual([
      'served',
      'unknown',
      'served',
    ])
    world.advance(1000)
    const { levels } = await withTime(world, cache.explain('k'))
    expect(levels[1]!.state).toBe('absent')
  })

  it('says pending in the result of a write, and by name', async () => {
    const { world, cache } = around({ now: { fault: 'reject' } })
    expect(await withTime(world, cache.set('k', 1))).toEqual({
      ok: false,
      levels: [
        { name: 'L1', outcome: 'done' },
        { name: 'middle', outcome: 'pending' },
        { name: 'L3', outcome: 'done' },
      ],
    })
  })

  for (const fault of FAULTS) {
    it(`(${fault}) serves nothing older than a write it missed, and is believed again once told`, async () => {
      const behaviour: { now: Behaviour; only?: FaultyOperation } = { now: {} }
      const caughtUp: CacheEvent[] = []
      const { world, cache } = around(behaviour, (event) => event.type === 'levelCaughtUp' && caughtUp.push(event))
      const hold = async () => {
        await cache.put('x', 1)
        await cache.put('y', 1)
      }
      await cache.set('k', 'old')
      behaviour.now = { fault }
      const { ok } = await withTime(world, cache.delete('k'))
      expect(ok).toBe(false)
      behaviour.now = {}
      await hold()
      expect(await withTime(world, cache.get('k'))).toBeUndefined()
      expect((await cache.explain('k')).levels[1]!.state).toBe('unknown')
      for (let n = 0; n < 20; n++) {
        world.advance(1000)
        await world.settle()
      }
      const hangs = fault === 'hang' || fault === 'hangAfter'
      // A call that never settles may still take effect one day: the key stays unknown there, and only it.
      expect((await cache.explain('k')).levels[1]!.state).toBe(hangs ? 'unknown' : 'absent')
      expect(cache.stats().levels[1]!.pending).toBe(hangs ? 1 : 0)
      expect(caughtUp).toHaveLength(hangs ? 0 : 1)
      expect(await cache.set('other', 1)).toMatchObject({ ok: true })
    })
  }

  it('is not believed when it read before a missed invalidation of a tag landed, and answered after', async () => {
    const behaviour: { now: Behaviour; only?: FaultyOperation } = { now: {} }
    const { world, cache } = around(behaviour)
    await cache.set('k', 'old', { tags: ['t'] })
    behaviour.now = { fault: 'reject' }
    behaviour.only = 'raise'
    await cache.invalidateTags(['t'])
    behaviour.now = { after: 500 }
    behaviour.only = 'read'
    const asked = cache.get('k')
    const stillThere = cache.has('k')
    await world.settle()
    for (let n = 0; n < 5; n++) {
      world.advance(100)
      await world.settle()
    }
    expect(cache.stats().levels[1]!.pending).toBe(0)
    expect([await asked, await stillThere]).toEqual([undefined, false])
  })

  it('is told again with growing pauses, and not after the cache has closed', async () => {
    const behaviour: { now: Behaviour; only?: FaultyOperation } = { now: { fault: 'reject' }, only: 'raise' }
    const { world, cache, calls } = around(behaviour)
    await cache.delete('k')
    const before = calls()
    for (let n = 0; n < 600; n++) {
      world.advance(100)
      await world.settle()
    }
    const retries = calls() - before
    expect(retries).toBeGreaterThan(5)
    expect(retries).toBeLessThan(15)
    await cache.close()
    expect(world.timers).toBe(0)
  })

  it('that misses more than the journal holds is not believed at all until it has been cleared', async () => {
    const behaviour: { now: Behaviour; only?: FaultyOperation } = { now: {} }
    const { world, cache } = around(behaviour)
    await cache.set('kept', 1)
    behaviour.now = { fault: 'reject' }
    await cache.deleteMany(Array.from({ length: 100_001 }, (_, n) => `k${n}`))
    behaviour.now = {}
    expect(cache.stats().levels[1]!.pending).toBe(1)
    expect((await cache.explain('kept')).levels[1]!.state).toBe('unknown')
    world.advance(1000)
    await world.settle()
    expect((await cache.explain('kept')).levels[1]!.state).toBe('absent')
  })

  it('for a while, when much is handed in at once, keeps everything else', async () => {
    const behaviour: { now: Behaviour; only?: FaultyOperation } = { now: {} }
    const { world, cache } = around(behaviour)
    await cache.set('kept', 1)
    behaviour.now = { fault: 'reject' }
    await cache.deleteMany(Array.from({ length: 20_000 }, (_, n) => `k${n}`))
    behaviour.now = {}
    for (let n = 0; n < 100 && cache.stats().levels[1]!.pending > 0; n++) {
      world.advance(1000)
      await world.settle()
    }
    expect(cache.stats().levels[1]!.pending).toBe(0)
    expect((await cache.explain('kept')).levels[1]!.state).toBe('served')
  })

  it('that never answers is asked no more than now and then, and is heard when it answers again', async () => {
    const behaviour: { now: Behaviour } = { now: { fault: 'hang' } }
    const { world, cache, calls } = around(behaviour)
    const asked = Array.from({ length: 1000 }, (_, n) => cache.get(`k${n}`))
    await withTime(world, Promise.all(asked))
    const before = calls()
    await withTime(world, Promise.all(Array.from({ length: 500 }, (_, n) => cache.get(`j${n}`))))
    expect(calls() - before).toBeLessThanOrEqual(1)
    behaviour.now = {}
    world.advance(1000)
    await withTime(world, cache.get('probe'))
    const healthy = calls()
    await Promise.all([cache.get('one'), cache.get('two')])
    expect(calls() - healthy).toBe(2)
  })
})

describe('levels that disagree', () => {
  it('leave the last of concurrent sets in every level, whatever each level takes for it', async () => {
    const world = new FakeWorld()
    let turn = 0
    const far = faulty(memory(), (operation) => ({ before: operation === 'replace' ? [50, 10, 30][turn++ % 3]! : 0 }))
    const cache = createCache<number>({ levels: [memory(), far], world })
    const sets = [1, 2, 3].map((value) => cache.set('k', value))
    await withTime(world, Promise.all(sets))
    expect(cache.peek('k')).toBe(3)
    expect((await cache.explain('k')).levels.map(({ state }) => state)).toEqual(['served', 'served'])
    await cache.put('k', 0)
    expect(await farValue(world, cache)).toBe(3)
  })

  /** What L2 has, once L1 has forgotten. */
  async function farValue(world: FakeWorld, cache: MultiLevelCache<number>): Promise<number | undefined> {
    await cache.put('k', 0, { ttl: 1 })
    world.advance(1)
    return withTime(world, cache.get('k'))
  }
})
