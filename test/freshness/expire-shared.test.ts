import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall, SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const DOWN = new Error('the source is down')

type Cache = MultiLevelCache<string>

/** Two caches over one ledger. */
function fleet(connections: SimulatedConnection[] = []) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { leaseTime: 5000 })
  const far = ledgerLevel(() => server.connect(connections.shift()), { name: 'far' })
  const events: CacheEvent[] = []
  const [a, b] = ['a', 'b'].map((name) =>
    createCache<string>({
      levels: [memory(), far],
      ttl: '10m',
      staleFor: '1h',
      world,
      name,
      observe: (event) => events.push(event),
    }),
  )
  return { world, a: a!, b: b!, events, ...virtualTime(world) }
}

const answers = (value: string) => () => value
const fails = () => Promise.reject(DOWN)

for (const [name, expire] of [
  ['expireTags', (cache: Cache) => cache.expireTags(['t'])],
  ['clear with keepStale', (cache: Cache) => cache.clear({ keepStale: true })],
  ['clearPrefix with keepStale', (cache: Cache) => cache.clearPrefix('k', { keepStale: true })],
] as const) {
  describe(`${name}, over a shared level`, () => {
    it('ends the freshness in every process, and one of them fetches anew', async () => {
      const { a, b, pass, within, events } = fleet()
      const tags = ['t']
      await within(50, a.getOrFetch('k', answers('old'), { tags }))
      expect((await within(50, b.getOrFetch('k', answers('?'), { tags }))).data).toBe('old')
      await within(50, expire(a))
      for (const cache of [a, b]) await expect(within(50, cache.get('k'))).resolves.toBeUndefined()
      // The source is down: both may serve the old copy, and say so.
      for (const cache of [a, b]) {
        expect((await within(500, cache.getOrFetch('k', fails, { tags }))).data).toBe('old')
        expect(cache.stats().stale).toBe(1)
      }
      expect(events.filter(({ type }) => type === 'stale')).toHaveLength(2)
      await pass(2000)
      let fetches = 0
      const slow = async () => {
        fetches++
        return 'new'
      }
      const both = Promise.all([a.getOrFetch('k', slow, { tags }), b.getOrFetch('k', slow, { tags })])
      expect((await within(1000, both)).map(({ data }) => data)).toEqual(['new', 'new'])
      expect(fetches).toBe(1)
      for (const cache of [a, b]) await expect(within(50, cache.get('k'))).resolves.toBe('new')
    })

    it('leaves nothing of what has no time to be stale, and nobody waits for a lease of it', async () => {
      const { a, b, within } = fleet()
      const own = { tags: ['t'], staleFor: 0 }
      await within(50, a.getOrFetch('k', answers('old'), own))
      await within(50, b.getOrFetch('k', answers('?'), own))
      await within(50, expire(b))
      for (const cache of [a, b]) await expect(within(500, cache.getOrFetch('k', fails, own))).rejects.toBe(DOWN)
      let fetches = 0
      const fetch = () => `new ${++fetches}`
      const both = Promise.all([a.getOrFetch('k', fetch, own), b.getOrFetch('k', fetch, own)])
      expect((await within(300, both)).map(({ data }) => data)).toEqual(['new 1', 'new 1'])
    })

    it('does not keep what another process was fetching', async () => {
      const { world, a, b, pass, within } = fleet()
      const slow = () => new Promise<string>((resolve) => world.after(200, () => resolve('old')))
      const early = a.getOrFetch('k', slow, { tags: ['t'] })
      await pass(100)
      await within(20, expire(b))
      expect((await within(300, early)).data).toBe('old')
      for (const cache of [a, b]) await expect(within(50, cache.get('k'))).resolves.toBeUndefined()
      const late = Promise.all([b, a].map((cache) => cache.getOrFetch('k', answers('new'), { tags: ['t'] })))
      expect((await within(300, late)).map(({ data }) => data)).toEqual(['new', 'new'])
    })

    it('is made up for by who has missed it', async () => {
      let isCut = false
      const fate = (_: LedgerCall): CallFate => (isCut ? { effect: Number.POSITIVE_INFINITY, fails: true } : {})
      const { a, b, pass, within } = fleet([{}, { fate, arrivals: () => (isCut ? [] : [0]) }])
      const tags = ['t']
      await within(50, a.getOrFetch('k', answers('old'), { tags }))
      await within(50, b.getOrFetch('k', answers('?'), { tags }))
      isCut = true
      await within(50, expire(a))
      await pass(6000)
      isCut = false
      await pass(6000)
      await expect(within(300, b.get('k'))).resolves.toBeUndefined()
      expect((await within(500, b.getOrFetch('k', fails, { tags }))).data).toBe('old')
    })

    it('reaches the level below when that answers again, and until then what it holds is unknown', async () => {
      let isCut = false
      const fate = (_: LedgerCall): CallFate => (isCut ? { effect: Number.POSITIVE_INFINITY, fails: true } : {})
      const { a, b, pass, within } = fleet([{ fate }])
      const tags = ['t']
      await within(50, a.getOrFetch('k', answers('old'), { tags }))
      isCut = true
      expect(await within(1000, expire(a))).toMatchObject({ ok: false })
      await expect(within(1000, a.get('k'))).resolves.toBeUndefined()
      isCut = false
      await pass(40_000)
      for (const cache of [a, b]) {
        await expect(within(50, cache.get('k'))).resolves.toBeUndefined()
        expect((await within(500, cache.getOrFetch('k', fails, { tags }))).data).toBe('old')
      }
    })
  })
}
