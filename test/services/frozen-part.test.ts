import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type CacheEvent, createCache, type LevelFactory, type MultiLevelCache } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { Fleet, until } from './fleet.ts'

/** Servers of one level, of which one stands still from time to time. */
interface Servers {
  readonly level: LevelFactory
  /** What the level calls its part, or parts, on the server that is frozen. */
  readonly silent: (names: readonly string[]) => boolean
  freeze(): Promise<unknown> | unknown
  thaw(): void
}

/** Milliseconds. A node is frozen for much longer than a process may go without proof that it has heard everything. */
const STALENESS = 1000
const FROZEN = 4 * STALENESS
/** Long enough for a busy machine: that the others answer in time is not what is tested. */
const DEADLINE = 1000
/** A deadline, and what a very busy machine takes besides. Who waited for each key of the frozen server would take several times as long. */
const SOON = 8 * DEADLINE

const KEYS = Array.from({ length: 90 }, (_, n) => `key:${n}`)

async function ofMemcached(fleet: Fleet): Promise<Servers> {
  const servers = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
  const [frozen] = servers
  return {
    level: memcached({ nodes: servers.map(({ address }) => address), timeout: DEADLINE, maxStaleness: STALENESS }),
    silent: (names) => names.length === 1 && names[0] === frozen!.address,
    freeze: () => frozen!.stop(),
    thaw: () => frozen!.cont(),
  }
}

async function ofCluster(fleet: Fleet): Promise<Servers> {
  // Nobody takes the frozen master's place.
  const cluster = await fleet.cluster({ nodeTimeout: 60_000 })
  const nodes = cluster.ports.map((port) => `127.0.0.1:${port}`)
  const [frozen] = cluster.masters
  return {
    level: redis({ nodes, timeout: DEADLINE, maxStaleness: STALENESS }),
    silent: (names) => names.length > 1 && names.length < 10 && names.every((name) => /^shard \d+$/.test(name)),
    freeze: () => frozen!.stop(),
    thaw: () => frozen!.cont(),
  }
}

const WAYS: Readonly<Record<string, (cache: MultiLevelCache<number>, keys: readonly string[]) => Promise<unknown[]>>> =
  {
    'in a batch': (cache, keys) => cache.getMany(keys),
    'all at once': (cache, keys) => Promise.all(keys.map((key) => cache.get(key))),
    'one by one': async (cache, keys) => {
      const values: unknown[] = []
      for (const key of keys) values.push(await cache.get(key))
      return values
    },
  }

describe.each(Object.entries({ 'Memcached nodes': ofMemcached, 'masters of a Redis Cluster': ofCluster }))(
  'one of three %s is frozen',
  (_, start) => {
    it('fails its own keys only, and those at once', async () => {
      await using fleet = new Fleet()
      const servers = await start(fleet)
      const cache = createCache<number>({ levels: [servers.level], ttl: '1h' })
      const states: CacheEvent[] = []
      cache.on('breaker', (event) => states.push(event))
      const level = () => cache.stats().levels[0]!
      const setAll = async (value: number) => (await cache.setMany(KEYS.map((key) => [key, value]))).ok
      try {
        await until(() => setAll(1), Boolean)
        await until(
          () => cache.getMany(KEYS),
          (values) => values.every((value) => value === 1),
        )
        await servers.freeze()

        // Whoever asks first has the answers of the others by the deadline.
        const began = performance.now()
        const first = await cache.getMany(KEYS)
        expect(performance.now() - began).toBeLessThan(SOON)
        const others = KEYS.filter((_, n) => first[n] === 1)
        const lost = KEYS.filter((key) => !others.includes(key))
        expect(others.length).toBeGreaterThan(40)
        expect(lost.length).toBeGreaterThan(10)

        await until(() => level().silent ?? [], servers.silent)
        const shortest: Record<string, number> = {}
        const end = performance.now() + FROZEN
        while (performance.now() < end) {
          for (const [way, ask] of Object.entries(WAYS)) {
            const asked = performance.now()
            const values = await ask(cache, KEYS)
            const took = performance.now() - asked
            const served = KEYS.filter((_, n) => values[n] === 1)
            expect({ way, served }).toEqual({ way, served: others })
            expect(took).toBeLessThan(SOON)
            shortest[way] = Math.min(shortest[way] ?? SOON, took)
          }
          await pause(50)
        }
        // Nobody waits for what is known not to answer.
        for (const way of Object.keys(WAYS))
          expect(shortest[way]).toBeLessThan(way === 'one by one' ? SOON / 2 : DEADLINE / 2)

        const asked = performance.now()
        expect(await cache.getOrFetch(lost[0]!, () => 2)).toEqual({ found: true, data: 2 })
        expect(performance.now() - asked).toBeLessThan(SOON)

        const outcomes = await Promise.all(KEYS.map(async (key) => (await cache.set(key, 3)).levels[0]!.outcome))
        expect(KEYS.filter((_, n) => outcomes[n] === 'done')).toEqual(others)
        expect(KEYS.filter((_, n) => outcomes[n] === 'pending')).toEqual(lost)
        expect(level().pending).toBe(lost.length)
        // What concerns both is done where it can be.
        expect(await setAll(4)).toBe(false)
        expect(await cache.getMany(others)).toEqual(others.map(() => 4))
        expect((await cache.deleteMany([others[0]!, lost[0]!])).ok).toBe(false)
        expect((await cache.set(others[0]!, 5)).ok).toBe(true)
        expect(await cache.get(others[0]!)).toBe(5)
        expect(level()).toMatchObject({ breaker: 'closed', pending: lost.length })
        const info = (await cache.info())[level().name]!
        expect(Object.values(info.nodes).filter(({ isUp }) => isUp === false)).toHaveLength(1)
      } finally {
        servers.thaw()
      }
      await until(level, ({ pending, silent }) => pending === 0 && silent?.length === 0)
      // Everything can be kept again.
      await until(() => setAll(6), Boolean)
      await until(
        () => cache.getMany(KEYS),
        (values) => values.every((value) => value === 6),
      )
      await cache.close()
      const whole = states.filter((state) => state.type === 'breaker' && state.part === undefined)
      expect(whole).toEqual([])
      expect(states.length).toBeGreaterThan(1)
    })
  },
)
