import { createCache, type LevelFactory, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { SimulatedConnection } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'

/** A memory level that does not forget what is invalidated: it says so, and goes on serving it. */
export function stubborn(make: LevelFactory): LevelFactory {
  return (context) => {
    const level = make(context)
    return {
      name: level.name,
      timeout: level.timeout,
      traits: level.traits,
      read: level.read.bind(level),
      write: level.write.bind(level),
      replace: level.replace.bind(level),
      raise: async () => level.traits.near!.era,
      close: level.close.bind(level),
    }
  }
}

interface ProcessOptions {
  readonly first?: LevelFactory
  readonly connection?: SimulatedConnection
  readonly maxStaleness?: number
}

/** Processes that share one simulated ledger. */
export class Fleet {
  readonly world: FakeWorld
  readonly server: SimulatedLedgerServer
  readonly caches: MultiLevelCache<unknown>[] = []

  constructor(seed = 1) {
    this.world = new FakeWorld(seed)
    this.server = new SimulatedLedgerServer(this.world, { shards: 2, ahead: 777 })
  }

  join({ first = memory(), connection = {}, maxStaleness = 5000 }: ProcessOptions = {}): MultiLevelCache<unknown> {
    const settings = { name: 'ledger', timeout: 500, maxStaleness }
    const ledger = ledgerLevel(() => this.server.connect(connection), settings)
    const cache = createCache<unknown>({ world: this.world, levels: [first, ledger] })
    this.caches.push(cache)
    return cache
  }

  /** Lets time pass, `each` every ten milliseconds. */
  async pass(ms: number, each: () => unknown = () => undefined): Promise<void> {
    for (let at = 0; at < ms; at += 10) {
      each()
      await this.world.settle()
      this.world.advance(10)
      await this.world.settle()
    }
  }

  /** Waits for something, and lets time pass meanwhile. */
  async wait<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const over = work.finally(() => {
      isOver = true
    })
    for (let n = 0; n < 10_000 && !isOver; n++) await this.pass(10)
    return over
  }

  async close(): Promise<void> {
    for (const cache of this.caches) await this.wait(cache.close())
  }
}
