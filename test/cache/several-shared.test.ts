import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { auto, encrypted } from '../../src/codecs/index.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { createCache, type LevelFactory, type MultiLevelCache } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import type { Sealed } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

const FOREVER = Number.POSITIVE_INFINITY
const folder = mkdtempSync(join(tmpdir(), 'terrace-several-'))
const [memcachedServer, redisServer] = await Promise.all([startMemcached(), startRedis()])
const open: MultiLevelCache<unknown>[] = []
let places = 0

afterEach(async () => {
  await Promise.all(open.splice(0).map((cache) => cache.close()))
})

afterAll(async () => {
  await Promise.all([memcachedServer.kill(), redisServer.close()])
  rmSync(folder, { recursive: true })
})

function cacheOf(levels: readonly LevelFactory[], world?: FakeWorld): MultiLevelCache<unknown> {
  const cache = createCache<unknown>({ levels: [...levels], ttl: '1h', ...(world && { world }) })
  open.push(cache)
  return cache
}

/** A level whose changes wait at a gate, and whose reads may fail. */
function gated(make: LevelFactory) {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const gate = { isShut: true, reached: reached.promise, open: () => opened.resolve(), failsToRead: false, level }
  function level(context: Parameters<LevelFactory>[0]): ReturnType<LevelFactory> {
    const inner = make(context)
    const wait = async () => {
      if (!gate.isShut) return
      reached.resolve()
      await opened.promise
    }
    return {
      name: inner.name,
      timeout: inner.timeout,
      traits: inner.traits,
      read: async (keys) => {
        if (gate.failsToRead) throw new Error('it fails to read')
        return inner.read(keys)
      },
      write: (entries) => inner.write(entries),
      replace: async (entries) => {
        await wait()
        return inner.replace(entries)
      },
      raise: async (scopes) => {
        await wait()
        return inner.raise(scopes)
      },
      close: () => inner.close(),
    }
  }
  return gate
}

async function passing<T>(world: FakeWorld, ms: number, work: Promise<T>): Promise<T> {
  let isOver = false
  const done = work.finally(() => {
    isOver = true
  })
  await world.settle()
  for (let passed = 0; passed < ms && !isOver; passed += 10) {
    world.advance(10)
    await world.settle()
  }
  if (!isOver) throw new Error(`not over after ${ms} ms`)
  return done
}

const TIMEOUT = '20s'
const uppers: Record<string, () => () => LevelFactory> = {
  memcached: () => {
    const prefix = `p${places++}`
    return () => memcached({ nodes: [memcachedServer.address], prefix, timeout: TIMEOUT })
  },
  keyv: () => {
    const map = new Map<string, unknown>()
    return () => keyv(map, { timeout: TIMEOUT })
  },
}
const lowers: Record<string, () => () => LevelFactory> = {
  redis: () => {
    const prefix = `p${places++}:`
    return () => redis({ url: redisServer.url, prefix, timeout: TIMEOUT })
  },
  disk: () => {
    const path = join(folder, `${places++}.db`)
    return () => disk({ path, timeout: TIMEOUT })
  },
}

describe.each(Object.keys(uppers))('%s above', (upperName) => {
  describe.each(Object.keys(lowers))('%s', (lowerName) => {
    function fleet() {
      const [upper, lower] = [uppers[upperName]!(), lowers[lowerName]!()]
      const gate = gated(upper())
      const slow = cacheOf([gate.level, lower()])
      return { gate, slow, quick: cacheOf([upper(), lower()]), above: cacheOf([upper()]), below: cacheOf([lower()]) }
    }

    it('never keeps a value that was replaced below before it arrived', async () => {
      const { gate, slow, quick, above, below } = fleet()
      const first = slow.set('k', 'first')
      await gate.reached
      await quick.set('k', 'second')
      gate.open()
      await first
      expect(await below.get('k')).toBe('second')
      expect([undefined, 'second']).toContain(await above.get('k'))
      expect(await quick.get('k')).toBe('second')
      expect(await slow.get('k')).toBe('second')
    })

    it('never keeps a value that was deleted below before it arrived', async () => {
      const { gate, slow, quick, above } = fleet()
      const first = slow.set('k', 'first')
      await gate.reached
      await quick.delete('k')
      gate.open()
      await first
      expect(await above.get('k')).toBe(undefined)
      expect(await slow.get('k')).toBe(undefined)
    })

    it('never keeps a value of many that was replaced below before it arrived', async () => {
      const { gate, slow, quick, above } = fleet()
      const first = slow.setMany([
        ['k', 'first'],
        ['l', 'first'],
      ])
      await gate.reached
      await quick.set('k', 'second')
      gate.open()
      await first
      expect([undefined, 'second']).toContain(await above.get('k'))
      expect(await slow.getMany(['k', 'l'])).toEqual(['second', 'first'])
    })

    it('does not go on serving what it held when it cannot say whether it was overtaken', async () => {
      const { gate, slow, quick, above } = fleet()
      gate.isShut = false
      await quick.set('k', 'old')
      gate.failsToRead = true
      await slow.set('k', 'new')
      expect(await above.get('k')).toBe(undefined)
      expect(await quick.get('k')).toBe('new')
    })
  })
})

it('Memcached above another level keeps what nobody else has changed meanwhile', async () => {
  const [upper, lower] = [uppers.memcached!(), lowers.disk!()]
  const cache = cacheOf([upper(), lower()])
  const first = await cache.set('k', 1)
  const second = await cache.set('k', 2)
  expect([first.ok, second.ok]).toEqual([true, true])
  expect(second.levels.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
  expect(await cacheOf([upper()]).get('k')).toBe(2)
})

it('Memcached alone is not asked before it is written', async () => {
  const gate = gated(uppers.memcached!()())
  gate.isShut = false
  gate.failsToRead = true
  const cache = cacheOf([gate.level])
  expect((await cache.set('k', 1)).ok).toBe(true)
  gate.failsToRead = false
  expect(await cache.get('k')).toBe(1)
})

it('a Keyv level above another one keeps what it was brought no longer than maxStaleness', async () => {
  const world = new FakeWorld()
  const map = new Map<string, unknown>()
  const server = new SimulatedLedgerServer(world)
  const cache = cacheOf([keyv(map, { maxStaleness: 5000 }), ledgerLevel(server.connect())], world)
  const above = cacheOf([keyv(map, { maxStaleness: 5000 })], world)
  await passing(world, 1000, cache.set('k', 1))
  expect(await passing(world, 1000, above.get('k'))).toBe(undefined)
  await passing(world, 1000, cache.get('k'))
  expect(await passing(world, 1000, above.get('k'))).toBe(1)
  world.advance(4000)
  expect(await passing(world, 1000, above.get('k'))).toBe(undefined)
})

it('a write waits one deadline for a level above that was never reached, however many shards it touches', async () => {
  const world = new FakeWorld()
  const frozen = new SimulatedLedgerServer(world, { shards: 16 })
  const server = new SimulatedLedgerServer(world)
  const never = frozen.connect({ fate: () => ({ effect: FOREVER, answer: FOREVER }) })
  const cache = cacheOf([ledgerLevel(never), ledgerLevel(server.connect())], world)
  const keys = Array.from({ length: 100 }, (_, n) => `key${n}`)
  expect(new Set(keys.map((key) => frozen.shardOf(key))).size).toBe(16)
  const written = await passing(world, 400, cache.setMany(keys.map((key) => [key, 1])))
  expect(written.levels.map(({ outcome }) => outcome)).toEqual(['pending', 'done'])
})

it('two counts at once leave no level that disagrees, where the deepest cannot count', async () => {
  const world = new FakeWorld()
  const [counting, deaf] = [new SimulatedLedgerServer(world), new SimulatedLedgerServer(world)]
  const guarded = () => encrypted(auto(), { keys: { a: new Uint8Array(32) }, current: 'a' })
  const gate = gated(ledgerLevel(deaf.connect(), { codec: guarded() }))
  const slow = cacheOf([ledgerLevel(counting.connect()), gate.level], world)
  const quick = cacheOf([ledgerLevel(counting.connect()), ledgerLevel(deaf.connect(), { codec: guarded() })], world)
  gate.isShut = false
  await passing(world, 1000, slow.set('n', 5))
  gate.isShut = true
  const first = slow.increment('n')
  await passing(world, 1000, gate.reached)
  expect(await passing(world, 1000, quick.increment('n'))).toBe(7)
  gate.open()
  expect(await passing(world, 1000, first)).toBe(6)
  const below = cacheOf([ledgerLevel(deaf.connect(), { codec: guarded() })], world)
  expect([undefined, 7]).toContain(await passing(world, 1000, below.get('n')))
  expect(await passing(world, 1000, slow.get('n'))).toBe(7)
  expect(await passing(world, 1000, quick.get('n'))).toBe(7)
})

it('two fills of one key in one turn get an answer each', async () => {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const [store, other] = [0, 1].map(
    () => new LedgerStore(server.connect(), { timeout: 250, maxStaleness: 5000 }, world),
  )
  const eraNow = async () => (await passing(world, 1000, store!.read(['k']))).eras[0]!
  const fill = (born: number): Sealed => ({
    key: 'k',
    found: true,
    codec: 7,
    payload: Buffer.from('x'),
    born,
    deadline: FOREVER,
    tags: [],
    version: undefined,
    upkeep: undefined,
  })
  const before = await eraNow()
  await passing(world, 1000, other!.raise([{ kind: 'key', key: 'k' }]))
  await passing(world, 1000, store!.raise([{ kind: 'key', key: 'other' }]))
  const after = await eraNow()
  expect(after).toBeGreaterThan(before)
  const both = Promise.all([store!.write([fill(before)]), store!.write([fill(after)])])
  expect(await passing(world, 1000, both)).toEqual([['superseded'], ['kept']])
  const [other1, other2] = [store!.write([fill(after)]), store!.write([fill(before)])]
  expect(await passing(world, 1000, Promise.all([other1, other2]))).toEqual([['kept'], ['superseded']])
  await Promise.all([store!.close(), other!.close()])
})

it('a store above is not believed on what the one below has lost and was not told again', async () => {
  const world = new FakeWorld()
  const [upper, lower] = [1, 2].map(() => new SimulatedLedgerServer(world, { shards: 1 }))
  let isDeaf = false
  const raises = () => (isDeaf ? { effect: FOREVER, answer: FOREVER } : { effect: 0, answer: 0 })
  const deafLedger = lower!.connect({
    feed: false,
    fate: (call) => (call === 'raise' ? raises() : { effect: 0, answer: 0 }),
  })
  const writer = cacheOf([ledgerLevel(upper!.connect({ feed: false })), ledgerLevel(deafLedger)], world)
  const [otherUpper, otherLower] = [upper!, lower!].map((server) => ledgerLevel(server.connect({ feed: false })))
  const other = cacheOf([otherUpper!, otherLower!], world)
  await passing(world, 100, writer.set('key', 'old'))
  const replica = lower!.snapshot()
  await passing(world, 100, writer.delete('key'))
  lower!.failOver(replica)
  isDeaf = true
  expect(await passing(world, 100, other.get('key'))).toBe('old')
  // It finds out what was lost, and cannot tell it again.
  await passing(world, 2000, writer.set('another', 1))
  const later = Promise.withResolvers<void>()
  world.after(100, later.resolve)
  await passing(world, 200, later.promise)
  expect(await passing(world, 2000, writer.get('key'))).toBe(undefined)
  isDeaf = false
  await passing(world, 60_000, writer.set('another', 2))
  world.advance(30_000)
  await world.settle()
  expect(await passing(world, 100, other.get('key'))).toBe(undefined)
})
