import { auto } from '../../src/codecs/index.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { type CacheOptions, createCache, type LevelFactory, type MultiLevelCache, memory } from '../../src/index.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'

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
  const far: LevelFactory = (context) => {
    const ledger = server.connect({ arrivals: () => [LATENCY] })
    const store = new LedgerStore(ledger, { timeout: 250, maxStaleness: 5000 }, context.world)
    return new StoreLevel(store, { name: 'far', timeout: 250, ttl: Number.POSITIVE_INFINITY, codec: auto() }, context)
  }
  const caches = Array.from({ length: processes }, () =>
    createCache<unknown>({ levels: [memory(), far], ttl: '1h', ...options, world }),
  )
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5) {
      world.advance(5)
      await world.settle()
    }
  }
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false
    const end = (): void => {
      isOver = true
    }
    work.then(end, end)
    for (let n = 0; !isOver && n < 100_000; n++) {
      await world.settle()
      if (!isOver) world.advance(1)
    }
    return work
  }
  const believe = async (): Promise<void> => {
    const some = Array.from({ length: 20 }, (_, n) => `some ${n}`)
    await during(Promise.all(caches.map((cache) => cache.getMany(some))))
  }
  return { world, caches: caches as Fleet['caches'], pass, during, believe }
}
