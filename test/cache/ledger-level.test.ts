import { describe, expect, it } from 'vitest'
import { auto, encrypted } from '../../src/codecs/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import type { SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

const kinds: Record<string, SimulatedConnection & { readonly shards: number }> = {
  'of one shard, with a feed': { shards: 1 },
  'of one shard, without a feed': { shards: 1, feed: false },
  'of three shards, with a feed': { shards: 3 },
  'of three shards on servers of their own': { shards: 3, isSpread: true },
}

for (const [name, { shards, ...connection }] of Object.entries(kinds)) {
  levelConformance({ describe, it }, `a ledger ${name}`, () =>
    ledgerLevel((world) => new SimulatedLedgerServer(world, { shards, ahead: 7777 }).connect(connection)),
  )
}

describe('a ledger on several servers, one of which does not answer', () => {
  /** Four keys, two in each of two shards, and the ledger whose shard 1 hangs when it is told to. */
  async function half() {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world, { shards: 2 })
    let isHanging = false
    let asked = 0
    const cache = createCache<string>({
      levels: [
        memory({ maxEntries: 1 }),
        ledgerLevel((own) => {
          const ledger = new SimulatedLedgerServer(own, { shards: 2 }).connect({ isSpread: true })
          const get = ledger.get.bind(ledger)
          ledger.get = (keys) => {
            if (!isHanging || ledger.shardOf(keys[0]!) === 0) return get(keys)
            asked++
            return new Promise(() => undefined)
          }
          return ledger
        }),
      ],
      world,
    })
    const keys = Array.from({ length: 40 }, (_, n) => `key${n}`)
    const well = keys.filter((key) => server.shardOf(key) === 0)
    const ill = keys.filter((key) => server.shardOf(key) === 1)
    const set = cache.setMany(keys.map((key) => [key, 'kept']))
    await world.settle()
    await set
    return { world, cache, well, ill, hang: () => (isHanging = true), asked: () => asked }
  }

  async function passing<T>(world: FakeWorld, ms: number, work: Promise<T>): Promise<T> {
    for (let passed = 0; passed < ms; passed += 10) {
      world.advance(10)
      await world.settle()
    }
    return work
  }

  it('answers for the keys of the others, also where they were asked for together', async () => {
    const { world, cache, well, ill, hang } = await half()
    hang()
    const told = await passing(world, 300, cache.getMany([well[0]!, ill[0]!, well[1]!]))
    expect(told).toEqual(['kept', undefined, 'kept'])
  })

  it('is not asked for a while after it was late, so that nobody waits again', async () => {
    const { world, cache, well, ill, hang, asked } = await half()
    hang()
    await passing(world, 300, cache.get(ill[0]!))
    const before = asked()
    const answers = Promise.all([...ill.slice(1, 5), ...well.slice(1, 5)].map((key) => cache.get(key)))
    await world.settle()
    expect(await answers).toEqual([undefined, undefined, undefined, undefined, 'kept', 'kept', 'kept', 'kept'])
    expect(asked() - before).toBeLessThanOrEqual(1)
  })
})

describe('a level whose codec guards its values', () => {
  it('does not count in the store, where no number may lie open', async () => {
    const world = new FakeWorld()
    const codec = encrypted(auto(), { keys: { a: new Uint8Array(32) }, current: 'a' })
    const far = ledgerLevel((world) => new SimulatedLedgerServer(world).connect(), { name: 'far', codec })
    const cache = createCache<number>({ levels: [memory(), far], world })
    const counting = cache.increment('n', 2).then(() => cache.increment('n', 3))
    await world.settle()
    expect(await counting).toBe(5)
  })
})

it('a key too long for the log is forgotten by processes that hear of it from the log alone', async () => {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const connect = () =>
    createCache<number>({ levels: [memory(), ledgerLevel(() => server.connect({ feed: false }))], world })
  const [one, other] = [connect(), connect()]
  const long = 'x'.repeat(1025)
  const withTime = async <T>(work: Promise<T>): Promise<T> => {
    for (let n = 0; n < 20; n++) {
      await world.settle()
      world.advance(1)
    }
    return work
  }
  await withTime(one.set(long, 1))
  expect(await withTime(other.get(long))).toBe(1)
  await withTime(one.set(long, 2))
  // A pulse is a fifth of maxStaleness.
  for (let n = 0; n < 3; n++) {
    world.advance(1001)
    await world.settle()
  }
  expect(await withTime(other.get(long))).toBe(2)
  await Promise.all([one.close(), other.close()])
})

/** Over one server, without a feed: what the other does is not heard of at once. */
function twoProcesses() {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const process = () =>
    createCache<string>({ levels: [memory(), ledgerLevel(() => server.connect({ feed: false }))], world })
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    await world.settle()
    return work
  }
  return { world, server, writer: process(), other: process(), settled }
}

it('a value that a fail-over brought back does not look newer because somebody gave it another end', async () => {
  const { world, server, writer, other, settled } = twoProcesses()
  await settled(writer.set('key', 'old'))
  await settled(other.get('other'))
  const replica = server.snapshot()
  await settled(writer.set('key', 'new'))
  server.failOver(replica)
  // Others take the history that lost its tail further than the writer ever heard of.
  for (let n = 0; n < 3; n++) await settled(other.set(`other${n}`, 'x'))
  expect(await settled(other.expire('key', 60_000))).toBe(true)
  writer.put('key', 'gone', { ttl: 1 })
  world.advance(2)
  expect(await settled(writer.get('key'))).not.toBe('old')
})

it('a value older than one that was outranked does not come back with a fail-over, though nobody heard of the newer one', async () => {
  const { world, server, writer, other, settled } = twoProcesses()
  await settled(writer.set('key', 'old', { version: 1 }))
  const replica = server.snapshot()
  await settled(other.set('key', 'newest', { version: 3 }))
  expect(await settled(writer.set('key', 'new', { version: 2 }))).toMatchObject({ ok: true })
  server.failOver(replica)
  world.advance(2)
  expect(await settled(writer.get('key'))).toBeUndefined()
  // Nor when the loss was noticed: it is told again.
  world.advance(6000)
  await settled(writer.get('key'))
  world.advance(6000)
  expect(await settled(writer.get('key'))).toBeUndefined()
})
