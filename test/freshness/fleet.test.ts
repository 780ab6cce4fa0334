import { describe, expect, it } from 'vitest'
import { type CacheOptions, createCache, found, type LevelFactory, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const down = new Error('down')

/** Two caches over one store, in virtual time. */
function fleet(
  options: Omit<CacheOptions, 'world' | 'levels'> = {},
  fate?: (call: LedgerCall) => CallFate,
  near: LevelFactory = memory(),
) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { leaseTime: 300 })
  const far = ledgerLevel(() => server.connect({ fate }), { name: 'far' })
  const caches = [1, 2].map(() => createCache<string>({ levels: [near, far], ttl: 1000, ...options, world }))
  const { pass, later, within } = virtualTime(world)
  const during = <T>(work: Promise<T>, ms = 50): Promise<T> => within(ms, work)
  return { world, a: caches[0]!, b: caches[1]!, later, pass, during }
}

describe('a fleet over one store', () => {
  it('serves the stale copy that another process has left there', async () => {
    const { a, b, pass, during } = fleet({ staleFor: 5000 })
    await during(a.getOrFetch('k', () => found('one', { etag: 'v1' })))
    await pass(1100)
    expect(await during(b.get('k'))).toBeUndefined()
    const seen: unknown[] = []
    const failing = during(
      b.getOrFetch('k', (_, { stale, fail }) => {
        seen.push(stale)
        return fail(down)
      }),
    )
    expect((await failing).data).toBe('one')
    expect(seen).toMatchObject([{ value: 'one', etag: 'v1' }])
    expect((seen[0] as { age: number }).age).toBeGreaterThan(1000)
    expect((await b.getOrFetch('k', () => Promise.reject(down))).data).toBe('one')
    expect(b.stats()).toMatchObject({ fetches: 1, stale: 2 })
  })

  it('fetches what is stale once: others wait, or have a stale copy if they are in a hurry', async () => {
    const { a, b, pass, later, during } = fleet({ staleFor: 5000 })
    await during(a.getOrFetch('k', () => 'one'))
    await during(b.get('k'))
    await pass(1000)
    const first = a.getOrFetch('k', () => later(100, 'two'))
    await pass(20)
    const patient = b.getOrFetch('k', () => later(1, 'from b'))
    const hasty = b.getOrFetch('k', () => later(1, 'from b'), { softTimeout: 10 })
    await pass(20)
    expect((await hasty).data).toBe('one')
    await pass(200)
    expect([(await first).data, (await patient).data]).toEqual(['two', 'two'])
    expect([a.stats().fetches, b.stats().fetches]).toEqual([2, 0])
    expect(await b.get('k')).toBe('two')
  })

  it('refreshes ahead once, whoever reads: the others find the new value in the store', async () => {
    const { a, b, pass, later, during } = fleet({ refreshAfter: 0.5 })
    await during(a.getOrFetch('k', () => 'one'))
    await during(b.getOrFetch('k', () => 'not asked'))
    await pass(500)
    let fetches = 0
    const fetch = () => {
      fetches++
      return later(60, 'two')
    }
    const seen: unknown[] = []
    for (let round = 0; round < 60; round++) {
      for (const cache of [a, b]) seen.push((await cache.getOrFetch('k', fetch)).data)
      await pass(5)
    }
    expect(fetches).toBe(1)
    expect(seen.slice(0, 10)).toEqual(new Array(10).fill('one'))
    await during(b.getOrFetch('k', fetch))
    expect([await a.get('k'), await b.get('k')]).toEqual(['two', 'two'])
    expect(fetches).toBe(1)
    expect(a.stats().fetches + b.stats().fetches).toBe(2)
  })

  for (const took of [5, 40, 600]) {
    it(`refreshes by the clock once a round, and soon has the value everywhere: a fetch of ${took} ms`, async () => {
      const { a, b, pass, later, world } = fleet({ ttl: 100_000, refreshEvery: 2000 })
      let fetches = 0
      let oldest = 0
      const fetch = async () => {
        fetches++
        await later(took, undefined)
        return `${world.mono()}`
      }
      for (let passed = 0; passed < 20_000; passed += 50) {
        for (const cache of [a, b]) {
          const read = cache.getOrFetch('k', fetch)
          void read.then(({ data }) => {
            if (passed > 1000) oldest = Math.max(oldest, world.mono() - Number(data))
          })
        }
        await pass(50)
      }
      expect(fetches).toBeGreaterThanOrEqual(took < 100 ? 9 : 7)
      expect(fetches).toBeLessThanOrEqual(10)
      expect(oldest).toBeLessThan(2000 + took + 300)
    })
  }

  it('refreshes once, however much longer than its lease that takes', async () => {
    const { a, b, pass, later, during } = fleet({ ttl: 10_000, refreshAfter: 0.1 })
    await during(
      a.getOrFetch('k', () => later(1500, 'one')),
      1600,
    )
    await during(b.getOrFetch('k', () => 'not asked'))
    await pass(1000)
    let fetches = 0
    const fetch = () => {
      fetches++
      return later(1500, 'two')
    }
    for (let passed = 0; passed < 2000; passed += 50) {
      for (const cache of [a, b]) await cache.getOrFetch('k', fetch)
      await pass(50)
    }
    expect([fetches, await a.get('k'), await b.get('k')]).toEqual([1, 'two', 'two'])
  })

  it('does not make who has patience content with what grows stale while another process refreshes it', async () => {
    const { a, b, pass, later, during } = fleet({ staleFor: 5000, refreshAfter: 0.5 })
    await during(a.getOrFetch('k', () => 'one'))
    await during(b.get('k'))
    await pass(820)
    const fetch = () => later(250, 'two')
    await during(a.getOrFetch('k', fetch), 10)
    await during(b.getOrFetch('k', fetch), 10)
    await pass(100)
    expect((await during(b.getOrFetch('k', fetch), 400)).data).toBe('two')
    expect(b.stats().stale).toBe(0)
  })

  it('gives a refresh to another process where the first one dies with the right to it', async () => {
    const { a, b, pass, later, during } = fleet({ refreshAfter: 0.2, ttl: 10_000 })
    await during(a.getOrFetch('k', () => 'one'))
    await during(b.getOrFetch('k', () => 'not asked'))
    await pass(2000)
    await a.getOrFetch('k', () => new Promise<string>(() => undefined))
    await pass(30)
    for (let round = 0; round < 60; round++) {
      await b.getOrFetch('k', () => later(5, 'two'))
      await pass(20)
    }
    expect(await b.get('k')).toBe('two')
  })

  it('leaves what is counted in the store its priority in level 1', async () => {
    const { a, during } = fleet({ ttl: '1h' }, undefined, memory({ maxEntries: 6 }))
    const counts = a.namespace<number>('counts')
    await during(counts.set('said', 1, { priority: 'pinned' }))
    await during(counts.increment('said'))
    const pinned = a.namespace<number>('pinned', { priority: 'pinned' })
    await during(pinned.increment('new'))
    await during(a.setMany(Array.from({ length: 50 }, (_, n): [string, string] => [`other ${n}`, 'x'])))
    expect([counts.peek('said'), pinned.peek('new')]).toEqual([2, 1])
  })

  it('rejects at once who leaves while the store is asked for proof', async () => {
    const { a, pass } = fleet()
    const leaving = new AbortController()
    const asked = a.getOrFetch('k', () => new Promise<string>(() => undefined), {
      maxStaleness: 0,
      signal: leaving.signal,
    })
    let reason: unknown
    asked.catch((error: unknown) => {
      reason = error
    })
    leaving.abort('left')
    await pass(50)
    expect(reason).toBe('left')
  })

  it('asks only the levels named, however recent the answer has to be', async () => {
    const { a, during } = fleet()
    await during(a.set('k', 'one'))
    const fetch = () => 'not asked'
    const nowhere = { onlyIfCached: true, levels: { L1: false, far: false } }
    for (const maxStaleness of [0, '1m'] as const) {
      const options = { ...nowhere, maxStaleness }
      expect(await during(a.getOrFetch('k', fetch, options))).toMatchObject({ found: false })
      expect(await during(a.getOrFetchMany(['k'], () => ['not asked'], options))).toMatchObject([{ found: false }])
    }
    expect(await during(a.getOrFetch('k', fetch, { onlyIfCached: true, maxStaleness: 0 }))).toMatchObject({
      data: 'one',
    })
  })

  it('invalidated by one process, is no stale copy in the other', async () => {
    const { a, b, pass, during } = fleet({ staleFor: 5000 })
    await during(a.getOrFetch('k', () => 'one'))
    await during(b.get('k'))
    await pass(1000)
    await during(a.delete('k'))
    await expect(during(b.getOrFetch('k', () => Promise.reject(down)))).rejects.toBe(down)
  })

  it('reaches no store and no source: what is stale in level 1 is served in time', async () => {
    let isCut = false
    const never = { effect: Number.POSITIVE_INFINITY, answer: Number.POSITIVE_INFINITY }
    const { a, pass, during } = fleet({ staleFor: 60_000, hardTimeout: 100 }, () => (isCut ? never : {}))
    await during(a.getOrFetch('k', () => 'one'))
    await pass(1000)
    isCut = true
    const asked = a.getOrFetch('k', () => new Promise<string>(() => undefined))
    await pass(100)
    expect((await asked).data).toBe('one')
  })
})
