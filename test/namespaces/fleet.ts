import { type CacheOptions, createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

/** What the feed takes, in milliseconds. */
export const LATENCY = 20

interface Fleet {
  readonly world: FakeWorld
  readonly caches: [MultiLevelCache, MultiLevelCache, ...MultiLevelCache[]]
  pass(ms: number): Promise<void>
  /** What a call comes to, while time passes. */
  during<T>(work: Promise<T>): Promise<T>
  /** Until each shard was asked once, level 1 is believed by nobody. */
  believe(): Promise<void>
}

/** Processes over one simulated store, in virtual time. */
export function fleet(processes: number, options: Omit<CacheOptions, 'world' | 'levels'> = {}, seed = 1): Fleet {
  const world = new FakeWorld(seed)
  const server = new SimulatedLedgerServer(world, { shards: 4 })
  const far = ledgerLevel(() => server.connect({ arrivals: () => [LATENCY] }), { name: 'far' })
  const caches = Array.from({ length: processes }, () =>
    createCache<unknown>({ levels: [memory(), far], ttl: '1h', ...options, world }),
  )
  const { pass, during } = virtualTime(world)
  const believe = async (): Promise<void> => {
    const some = Array.from({ length: 20 }, (_, n) => `some ${n}`)
    await during(Promise.all(caches.map((cache) => cache.getMany(some))))
  }
  return { world, caches: caches as Fleet['caches'], pass, during, believe }
}
