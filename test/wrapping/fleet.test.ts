import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCache, gathered, type MultiLevelCache, memory, type ThroughOptions } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'
import { UnsteadySource } from './unsteady-source.ts'

const KEYS = ['a', 'b', 'c']

/** Two caches over one shared level, and time that passes. */
function fleet(seed = 1) {
  const world = new FakeWorld(seed)
  const server = new SimulatedLedgerServer(world, { leaseTime: 300 })
  const far = ledgerLevel(() => server.connect({}), { name: 'far' })
  const caches: MultiLevelCache<number>[] = [1, 2].map(() => createCache<number>({ levels: [memory(), far], world }))
  return { world, caches, pass: virtualTime(world).pass }
}

describe('in a fleet', () => {
  it('gathered fetches ask for each key once, and for many at a time', async () => {
    const { world, caches, pass } = fleet()
    const batches: (readonly string[])[] = []
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`)
    const asked = caches.flatMap((cache) => {
      const fetch = gathered<number>(
        async (some) => {
          batches.push(some)
          await new Promise<void>((resolve) => world.after(50, resolve))
          return some.map((key) => Number(key.slice(1)))
        },
        { world },
      )
      return keys.map((key) => cache.getOrFetch(key, fetch))
    })
    await pass(500)
    const found = (await Promise.all(asked)).map(({ data }) => data)
    expect(found).toEqual([...keys.keys(), ...keys.keys()])
    expect(batches.flat().sort()).toEqual([...keys].sort())
    expect(batches.length).toBeLessThan(5)
  })

  it('a wrapped function is called by one process, and what one invalidates the other forgets', async () => {
    const { world, caches, pass } = fleet()
    let calls = 0
    const wrapped = caches.map((cache) =>
      cache.wrap(async function priceOf(id: number) {
        await new Promise<void>((resolve) => world.after(50, resolve))
        return id * 100 + ++calls
      }),
    )
    const asked = wrapped.map((priceOf) => priceOf(7))
    await pass(500)
    expect(await Promise.all(asked)).toEqual([701, 701])
    const told = wrapped[0]!.delete(7)
    await pass(100)
    await told
    const anew = wrapped[1]!(7)
    await pass(500)
    expect(await anew).toBe(702)
  })

  const step = fc.record({
    who: fc.constantFrom(0, 1),
    what: fc.constantFrom('set' as const, 'set' as const, 'delete' as const, 'get' as const),
    key: fc.constantFrom(...KEYS),
    pause: fc.constantFrom(0, 0, 5, 20, 60),
  })

  it.each<[string, ThroughOptions<number>]>([
    ['through', {}],
    ['behind', { behind: { delay: 30, maxBatch: 2 } }],
  ])('no level keeps what another process has overwritten at the source, written %s', async (_, options) => {
    const run = async (seed: number, steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
      const { world, caches, pass } = fleet(seed)
      const source = new UnsteadySource(world)
      source.delay = 40
      const writers = caches.map((cache) => cache.through<number>(source, options))
      const open: Promise<unknown>[] = []
      for (const [n, { who, what, key, pause }] of steps.entries()) {
        const writer = writers[who]!
        if (what === 'set') open.push(writer.set(key, n))
        else if (what === 'delete') open.push(writer.delete(key))
        else open.push(writer.get(key))
        await pass(pause)
      }
      open.push(...writers.map((writer) => writer.flush()))
      const all = Promise.all(open)
      await pass(2000)
      await all
      for (const cache of caches) {
        const kept = cache.getMany(KEYS)
        await pass(100)
        for (const [n, value] of (await kept).entries()) {
          expect([undefined, source.rows.get(KEYS[n]!)]).toContain(value)
        }
      }
    }
    await fc.assert(fc.asyncProperty(fc.integer(), fc.array(step, { minLength: 2, maxLength: 15 }), run), {
      numRuns: 60,
    })
  })
})
