import { expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

/** Resolves as the promise does, with time passing while it waits. */
async function withTime<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let done = false
  const end = () => {
    done = true
  }
  work.then(end, end)
  while (!done) {
    await world.settle()
    if (!done) world.advance(10)
  }
  return work
}

it('takes batches of any size in calls that each have the time of one', async () => {
  const world = new FakeWorld()
  const sizes: number[] = []
  const cache = createCache<number>({
    levels: [
      // A tenth of a millisecond for each of what one call brings.
      (context) => {
        const inner = memory()(context)
        const later = async <T>(count: number, work: () => Promise<T>): Promise<T> => {
          sizes.push(count)
          await new Promise<void>((go) => world.after(count / 10, go))
          return work()
        }
        return {
          name: 'slow',
          timeout: 250,
          traits: { ...inner.traits, near: undefined },
          read: (keys) => inner.read(keys),
          write: (entries) => later(entries.length, () => inner.write(entries)),
          replace: (entries) => later(entries.length, () => inner.replace(entries)),
          raise: (scopes) => later(scopes.length, () => inner.raise(scopes)),
          close: () => inner.close(),
        }
      },
    ],
    world,
  })
  const keys = Array.from({ length: 20_000 }, (_, n) => `k${n}`)
  expect(await withTime(world, cache.setMany(keys.map((key, n) => [key, n] as const)))).toMatchObject({ ok: true })
  expect(await withTime(world, cache.get('k19999'))).toBe(19_999)
  expect(await withTime(world, cache.deleteMany(keys))).toMatchObject({ ok: true })
  expect(await withTime(world, cache.get('k0'))).toBeUndefined()
  expect(Math.max(...sizes)).toBeLessThan(2500)
  await cache.close()
})

it('takes more entries at once than a call has room for arguments', async () => {
  const cache = createCache<number>({ levels: [memory()] })
  const pairs = Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n] as const)
  expect(await cache.setMany(pairs)).toMatchObject({ ok: true })
  expect(await cache.deleteMany(pairs.map(([key]) => key))).toMatchObject({ ok: true })
  await cache.close()
})

it('asks a far level for what is wanted in one turn in a few pieces, and for few keys in one', async () => {
  const world = new FakeWorld()
  const ledger = new SimulatedLedgerServer(world, { shards: 1 }).connect()
  const sizes: number[] = []
  const get = ledger.get.bind(ledger)
  ledger.get = (keys) => {
    sizes.push(keys.length)
    return get(keys)
  }
  const cache = createCache<number>({ levels: [ledgerLevel(ledger)], world })
  for (const [wanted, asked] of [
    [40, [40]],
    [120, [50, 50, 20]],
    [4000, Array.from({ length: 8 }, () => 500)],
  ] as const) {
    sizes.length = 0
    const keys = Array.from({ length: wanted }, (_, n) => `${wanted}:${n}`)
    await withTime(world, Promise.all(keys.map((key) => cache.get(key))))
    expect(sizes).toEqual(asked)
  }
  await withTime(world, cache.close())
})
