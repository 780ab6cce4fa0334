import { describe, expect, it } from 'vitest'
import { type CacheOptions, createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall, SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

/** Two caches over one store, the first with calls that go as `fate` says, and time that passes. */
function fleet(
  leaseTime = 300,
  fate?: (call: LedgerCall) => CallFate,
  second: SimulatedConnection = {},
  options: Pick<CacheOptions, 'ttl' | 'staleFor'> = {},
) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { leaseTime })
  const connections: SimulatedConnection[] = [{ fate }, second]
  const far = ledgerLevel(() => server.connect(connections.shift()), { name: 'far' })
  const [a, b] = [1, 2].map(() => createCache<string>({ levels: [memory(), far], world, ...options }))
  const time = virtualTime(world)
  /** How long a call takes that is made now, in milliseconds, and what it comes to. */
  const timed = async (call: () => Promise<{ data: string | undefined }>) => {
    const began = world.mono()
    const { data } = await time.during(call())
    return { data, waited: world.mono() - began }
  }
  const hang = async (key: string) => {
    a!.getOrFetch(key, () => new Promise<string>(() => undefined)).catch(() => undefined)
    await time.pass(20)
  }
  return { world, a: a!, b: b!, ...time, timed, hang }
}

describe('the lease of a key', () => {
  it('lets one process fetch, and the others take what it brought', async () => {
    const { a, b, later, pass } = fleet()
    const first = a.getOrFetch('k', () => later(100, 'from a'))
    await pass(20)
    const second = b.getOrFetch('k', () => later(1, 'from b'))
    await pass(200)
    expect([(await first).data, (await second).data]).toEqual(['from a', 'from a'])
    expect(b.stats()).toMatchObject({ fetches: 0, leases: { held: 0, awaited: 1 } })
  })

  it('takes what was brought also while a look is under way that was answered before it came', async () => {
    let answer = 0
    const fate = (call: LedgerCall): CallFate => (call === 'get' ? { effect: 0, answer } : {})
    const { a, b, later, pass, during } = fleet(300, undefined, { fate })
    const first = a.getOrFetch('k', () => later(100, 'from a'))
    await pass(20)
    const second = b.getOrFetch('k', () => later(1, 'from b'))
    await pass(70)
    answer = 40
    const look = b.get('k')
    await pass(5)
    answer = 0
    expect(await during(look)).toBeUndefined()
    await pass(200)
    expect([(await first).data, (await second).data]).toEqual(['from a', 'from a'])
    expect(b.stats()).toMatchObject({ fetches: 0 })
  })

  it('keeps nobody waiting much longer than his own fetches of that kind take, where its holder hangs', async () => {
    const { b, later, during, timed, hang } = fleet()
    await during(b.getOrFetch('item:other', () => later(5, 'usual')))
    await during(b.getOrFetch('slow:other', () => later(1000, 'usual')))
    await hang('item:k')
    await hang('slow:k')
    const quick = await timed(() => b.getOrFetch('item:k', () => later(5, 'from b')))
    expect(quick.data).toBe('from b')
    expect(quick.waited).toBeLessThan(150)
    const slow = await timed(() => b.getOrFetch('slow:k', () => later(1000, 'from b')))
    expect(slow.waited).toBeGreaterThan(2000)
    expect(slow.waited).toBeLessThan(3200)
  })

  it('keeps nobody waiting for more than two seconds who has fetched nothing of that kind yet', async () => {
    const { b, later, during, timed, hang } = fleet()
    await during(b.getOrFetch('other:k', () => later(5000, 'usual')))
    await hang('item:k')
    const { data, waited } = await timed(() => b.getOrFetch('item:k', () => later(5, 'from b')))
    expect(data).toBe('from b')
    expect(waited).toBeGreaterThan(1900)
    expect(waited).toBeLessThanOrEqual(2010)
  })

  it('keeps nobody waiting for more than ten seconds, however long his own fetches take and where the store falls silent', async () => {
    let isSilent = false
    const second = { fate: () => (isSilent ? { effect: Number.POSITIVE_INFINITY } : {}) }
    const { world, b, later, during, timed, hang } = fleet(300, undefined, second)
    await during(b.getOrFetch('other', () => later(9000, 'usual')))
    await hang('k')
    const began = world.mono()
    world.after(9700, () => {
      isSilent = true
    })
    const { waited } = await timed(() => b.getOrFetch('k', () => 'from b'))
    expect(waited).toBeGreaterThan(9000)
    expect(world.mono() - began).toBeLessThanOrEqual(10_000)
  })

  it('forgets a fetch that took long by chance, once others took less', async () => {
    const { b, later, during, timed, hang } = fleet()
    await during(b.getOrFetch('item:0', () => later(4000, 'by chance')))
    for (let n = 1; n < 20; n++) await during(b.getOrFetch(`item:${n}`, () => later(5, 'usual')))
    await hang('item:k')
    expect((await timed(() => b.getOrFetch('item:k', () => 'from b'))).waited).toBeLessThan(150)
  })

  it('has those who hear of nothing find soon what was fetched', async () => {
    const { a, b, later, during, pass, timed } = fleet(300, undefined, { feed: false })
    await during(b.getOrFetch('other', () => later(2000, 'usual')))
    const first = a.getOrFetch('k', () => later(3000, 'from a'))
    await pass(20)
    const { data, waited } = await timed(() => b.getOrFetch('k', () => 'from b'))
    expect(data).toBe('from a')
    expect(waited).toBeLessThan(3110)
    await first
  })

  it('is given up when the fetch fails, so that the others fetch at once', async () => {
    const { a, b, later, pass } = fleet()
    const failing = a.getOrFetch('k', () => later(50, 'no').then(() => Promise.reject(new Error('no source'))))
    failing.catch(() => undefined)
    await pass(20)
    const second = b.getOrFetch('k', () => later(5, 'from b'))
    await pass(120)
    await expect(failing).rejects.toThrow('no source')
    expect((await second).data).toBe('from b')
  })

  it('is given up when it was granted too late for whoever asked', async () => {
    const { world, a, b, later, pass } = fleet(5000, (call) => (call === 'lease' ? { answer: 400 } : {}))
    const failing = a.getOrFetch('k', () => Promise.reject(new Error('no source')))
    failing.catch(() => undefined)
    await pass(300)
    await expect(failing).rejects.toThrow('no source')
    // The answer is here, and nobody fetches for it.
    await pass(150)
    const began = world.mono()
    let waited = Number.POSITIVE_INFINITY
    const second = b
      .getOrFetch('k', () => later(5, 'from b'))
      .then(({ data }) => {
        waited = world.mono() - began
        return data
      })
    await pass(200)
    expect(waited).toBeLessThan(200)
    expect(await second).toBe('from b')
  })

  it('is not given up with a fetch that was overtaken, while the one that took its place goes on under it', async () => {
    const { a, b, later, during, pass } = fleet(1000)
    const old = a.getOrFetch('k', () => later(100, 'old'))
    await pass(20)
    await during(a.delete('k'))
    const next = a.getOrFetch('k', () => later(200, 'new'))
    await pass(20)
    const other = b.getOrFetch('k', () => later(200, 'from b'))
    await pass(600)
    expect([(await old).data, (await next).data, (await other).data]).toEqual(['old', 'new', 'new'])
    expect(b.stats().fetches).toBe(0)
  })

  it('is given up when the last of several fetches under it has failed', async () => {
    const { world, a, b, later, during, pass, timed } = fleet(1000)
    const fail = () => Promise.reject(new Error('no source'))
    a.getOrFetch('k', () => later(100, 'old').then(fail)).catch(() => undefined)
    await pass(20)
    await during(a.delete('k'))
    a.getOrFetch('k', () => later(200, 'new').then(fail)).catch(() => undefined)
    await pass(20)
    const began = world.mono()
    expect((await timed(() => b.getOrFetch('k', () => 'from b'))).data).toBe('from b')
    expect(world.mono() - began).toBeGreaterThan(150)
    expect(world.mono() - began).toBeLessThan(230)
  })

  it('is not given up for a renewal that was answered late, while the fetch goes on', async () => {
    let asked = 0
    const { a, b, later, pass } = fleet(3000, (call) => (call === 'lease' && ++asked === 2 ? { answer: 400 } : {}))
    const first = a.getOrFetch('k', () => later(1800, 'from a'))
    await pass(20)
    const second = b.getOrFetch('k', () => later(5, 'from b'))
    await pass(1900)
    expect([(await first).data, (await second).data]).toEqual(['from a', 'from a'])
    expect([asked, b.stats().fetches]).toEqual([2, 0])
  })

  it('is not taken again by a closing cache that has given it up, and waits for a write', async () => {
    let isSlow = false
    const { a, b, later, during, pass, timed } = fleet(150, (call) =>
      isSlow && call === 'replace' ? { answer: 240 } : {},
    )
    a.getOrFetch('k', () => later(100_000, 'too late')).catch(() => undefined)
    await pass(20)
    isSlow = true
    const write = a.set('other', 'x')
    const closed = a.close({ within: 0 })
    // Longer than a lease is renewed after.
    await pass(200)
    const { data, waited } = await timed(() => b.getOrFetch('k', () => 'from b'))
    expect([data, waited]).toEqual(['from b', 0])
    await during(Promise.all([write, closed]))
  })

  it('does not have a stale copy from before the wait kept, whose tag was invalidated meanwhile', async () => {
    let isSlow = false
    const slow = (call: LedgerCall): CallFate => (isSlow && call === 'lease' ? { effect: 0, answer: 50 } : {})
    const { a, b, later, during, pass } = fleet(1000, slow, {}, { ttl: 100, staleFor: 60_000 })
    const tags = ['t']
    await during(b.getOrFetch('k', () => 'old', { tags }))
    await pass(200)
    const anew = b.getOrFetch('k', () => later(100, 'new'), { tags })
    await pass(20)
    const failing = a.getOrFetch('k', () => Promise.reject(new Error('no source')), { tags })
    failing.catch(() => undefined)
    await pass(20)
    isSlow = true
    await during(anew)
    await pass(5)
    // The store has told a that there is a value, and a does not know it yet.
    await during(b.invalidateTags(tags))
    await pass(100)
    await expect(failing).rejects.toThrow('no source')
    isSlow = false
    expect((await during(a.getOrFetch('k', () => 'latest', { tags }))).data).toBe('latest')
  })
})
