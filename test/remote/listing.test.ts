import { describe, expect, it } from 'vitest'
import { type Box, type CacheEvent, createCache, fromAsync, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { LedgerCall } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

/** Lets time pass until `work` has settled, at most a minute. */
async function passing<T>(world: FakeWorld, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work.then(over, over)
  const end = world.mono() + 60_000
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  await settled()
  while (!isOver && world.next(end)) await settled()
  return work
}

/** A cache over a store of 20 keys whose `keys` is given, and that takes `takes` milliseconds to get one. */
async function over(keys: (known: Iterable<string>, wait: (ms: number) => Promise<void>) => AsyncIterable<string>) {
  const world = new FakeWorld()
  const boxes = new Map<string, Box>()
  const events: CacheEvent[] = []
  const wait = (ms: number) => new Promise<void>((resolve) => void world.after(ms, resolve))
  const store = {
    get: async (key: string) => boxes.get(key),
    set: async (key: string, box: Box) => void boxes.set(key, box),
    delete: async (key: string) => boxes.delete(key),
  }
  const levels = [
    memory({ maxEntries: 2, policy: 'lru' }),
    fromAsync(store, { name: 'store', timeout: 100, keys: () => keys(boxes.keys(), wait) }),
  ]
  const cache = createCache<number>({ levels, world, observe: (event) => void events.push(event) })
  const pairs = Array.from({ length: 20 }, (_, n) => [`key${n}`, n] as const)
  await passing(world, cache.setMany(pairs))
  const failures = () => events.flatMap((event) => (event.type === 'levelFailed' ? [event.operation] : []))
  return { world, cache, failures, list: (prefix?: string) => passing(world, listed(cache.keys(prefix))) }
}

async function listed(keys: AsyncIterable<string>): Promise<string[]> {
  const told: string[] = []
  for await (const key of keys) told.push(key)
  return told.sort()
}

describe('keys', () => {
  it('of a level that hangs on the way end after its deadline, with those of the other levels and what it told before', async () => {
    const { world, list, failures } = await over(async function* (known) {
      let told = 0
      for (const key of known) {
        if (told++ === 3) await new Promise(() => undefined)
        yield key
      }
    })
    const began = world.mono()
    expect(await list()).toEqual(['key0', 'key1', 'key18', 'key19', 'key2'])
    expect(world.mono() - began).toBe(100)
    expect(failures()).toEqual(['keys'])
  })

  it('have a deadline for each step, not for all: a store may take as long as it has keys', async () => {
    const { world, list, failures } = await over(async function* (known, wait) {
      for (const key of known) {
        await wait(60)
        yield key
      }
    })
    expect(await list()).toHaveLength(20)
    // Also where most of the steps lead to a key that was not asked for.
    expect(await list('key19')).toEqual(['key19'])
    expect(failures()).toEqual([])
    expect(world.mono()).toBe(2 * 20 * 60)
  })

  it('of a level that does not answer at all cost its deadline once', async () => {
    let asked = 0
    const { world, cache, list } = await over(async function* () {
      asked++
      await new Promise(() => undefined)
    })
    world.advance(1)
    await list()
    expect(world.mono()).toBe(101)
    expect(cache.stats().levels[1]!.breaker).toBe('open')
    for (let n = 0; n < 10; n++) expect(await list()).toEqual(['key18', 'key19'])
    expect(world.mono()).toBe(101)
    expect(asked).toBe(1)
  })

  it('end the listing of a level when their caller wants no more', async () => {
    let isEnded = false
    const { world, cache } = await over(async function* (known) {
      try {
        yield* known
      } finally {
        isEnded = true
      }
    })
    for await (const key of cache.keys()) if (key === 'key3') break
    await world.settle()
    expect(isEnded).toBe(true)
  })

  it('come from a shared store however many of its keys may not be served', async () => {
    const world = new FakeWorld()
    const takes: Partial<Record<LedgerCall, number>> = { get: 60, sweep: Number.POSITIVE_INFINITY }
    const ledger = new SimulatedLedgerServer(world, { shards: 1 }).connect({
      fate: (call) => ({ effect: takes[call] ?? 0 }),
    })
    const cache = createCache<number>({
      world,
      levels: [ledgerLevel(ledger, { name: 'shared', timeout: 100 })],
    })
    await passing(world, cache.setMany(Array.from({ length: 20 }, (_, n) => [`old${n}`, n] as const)))
    await passing(world, cache.clear())
    await passing(world, cache.set('new', 1))
    expect(await passing(world, listed(cache.keys()))).toEqual(['new'])
    expect(cache.stats().levels[0]!.failures).toBe(0)
  })
})
