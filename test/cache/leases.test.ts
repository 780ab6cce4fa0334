import { describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, LedgerCall, SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

/** Two caches over one store, the first with calls that go as `fate` says, and time that passes. */
function fleet(leaseTime = 300, fate?: (call: LedgerCall) => CallFate) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { leaseTime })
  const connections: SimulatedConnection[] = [{ fate }, {}]
  const far = ledgerLevel(() => server.connect(connections.shift()), { name: 'far' })
  const [a, b] = [1, 2].map(() => createCache<string>({ levels: [memory(), far], world }))
  return { world, a: a!, b: b!, ...virtualTime(world) }
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

  it('keeps nobody waiting much longer than his own fetches take, where its holder hangs', async () => {
    const { world, a, b, later, pass } = fleet()
    const usual = b.getOrFetch('other', () => later(5, 'usual'))
    await pass(50)
    await usual
    const hanging = new AbortController()
    a.getOrFetch('k', () => new Promise<string>(() => undefined), { signal: hanging.signal }).catch(() => undefined)
    await pass(20)
    const began = world.mono()
    let waited = 0
    const second = b
      .getOrFetch('k', () => later(5, 'from b'))
      .then((result) => {
        waited = world.mono() - began
        return result
      })
    await pass(2000)
    expect((await second).data).toBe('from b')
    expect(waited).toBeLessThan(1000)
    hanging.abort()
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
})
