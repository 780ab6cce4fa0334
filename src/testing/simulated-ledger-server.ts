import type { Invalidation } from '../stores/ledger.ts'
import { LedgerCore } from '../stores/ledger-core.ts'
import { MemoryTables } from '../stores/ledger-core-memory.ts'
import type { LedgerBounds } from '../stores/ledger-core-tables.ts'
import type { World } from '../world/world.ts'
import {
  type LedgerNotice,
  type SimulatedConnection,
  type SimulatedHost,
  SimulatedLedger,
  type SimulatedReach,
} from './simulated-ledger.ts'

/** Options of {@link SimulatedLedgerServer}. */
export interface SimulatedLedgerServerOptions {
  /** Default: 2. */
  readonly shards?: number | undefined
  /** Milliseconds. Default: 5,000. */
  readonly leaseTime?: number | undefined
  /** By how many milliseconds the server's clock is ahead of `World.mono()`. Default: 0. */
  readonly ahead?: number | undefined
  /** How much of its history a shard remembers; small numbers bring out what happens when it forgets. */
  readonly bounds?: LedgerBounds | undefined
}

/** A copy of everything a server held at one moment: what a replica has that lags behind. */
export interface LedgerSnapshot {
  readonly tables: readonly MemoryTables[]
}

/**
 * A server that several simulated processes share: the steps of real ledgers over tables in memory,
 * with a clock of its own, and with everything that goes wrong with servers. All time is the world's.
 *
 * ```js
 * const server = new SimulatedLedgerServer(world, { ahead: 5000 })
 * const ledger = server.connect({ fate: () => ({ effect: 3, answer: 5 }), arrivals: () => [random() * 50] })
 * ```
 */
export class SimulatedLedgerServer implements SimulatedHost {
  readonly shards: number
  readonly leaseTime: number
  readonly #world: World
  readonly #bounds: LedgerBounds | undefined
  readonly #clients = new Set<SimulatedLedger>()
  #tables: readonly MemoryTables[]
  #cores: readonly LedgerCore[]
  #ahead: number
  #frozenUntil = 0
  /** The server before the last fail-over, for as long as it takes itself for the one that is. */
  #former: { readonly reach: SimulatedReach; readonly until: number } | undefined

  constructor(world: World, options: SimulatedLedgerServerOptions = {}) {
    this.shards = options.shards ?? 2
    this.leaseTime = options.leaseTime ?? 5000
    this.#world = world
    this.#bounds = options.bounds
    this.#ahead = options.ahead ?? 0
    this.#tables = []
    this.#cores = []
    this.flush()
  }

  /** The server's clock, in milliseconds. */
  get time(): number {
    return this.#world.mono() + this.#ahead
  }

  /** Until which moment of `World.mono()` the server does nothing. */
  get frozenUntil(): number {
    return this.#frozenUntil
  }

  /** The ledger as one more process sees it. */
  connect(connection: SimulatedConnection = {}): SimulatedLedger {
    const client = new SimulatedLedger(this, this.#world, connection)
    this.#clients.add(client)
    return client
  }

  disconnect(client: SimulatedLedger): void {
    this.#clients.delete(client)
  }

  core(shard: number): LedgerCore {
    return this.#cores[shard]!
  }

  /** The frame under a key, if it has not vanished. */
  frame(key: string): Uint8Array | undefined {
    return this.#frameIn(this.#tables, key)
  }

  /** Whether the server before the last fail-over still answers calls that stray. */
  get isSplit(): boolean {
    return this.#former !== undefined && this.#world.mono() < this.#former.until
  }

  /** What a call reaches that arrives now: this server, or while it lingers, and for one that strays, the one before. */
  reached(strays: boolean): SimulatedReach {
    return strays && this.isSplit ? this.#former!.reach : this
  }

  /** All keys with data that has not vanished. */
  keys(): string[] {
    return this.#tables.flatMap((tables) => {
      tables.expire(this.time)
      return [...tables.keys()]
    })
  }

  /** FNV-1a over the characters. */
  shardOf(key: string): number {
    let hash = 0x811c9dc5
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
    return (hash >>> 0) % this.shards
  }

  /** Loses everything, as `FLUSHALL` or a restart without data does. */
  flush(): void {
    this.#holds(Array.from({ length: this.shards }, () => new MemoryTables()))
  }

  /** Evicts the state of one shard, or of all, and leaves the data. */
  loseState(shard?: number): void {
    for (const [n, tables] of this.#tables.entries()) if (shard === undefined || n === shard) tables.forgetState()
  }

  /** Evicts what lies under a key. */
  evict(key: string): void {
    this.#tables[this.shardOf(key)]!.remove(key)
  }

  snapshot(): LedgerSnapshot {
    return { tables: this.#tables.map((tables) => tables.copy()) }
  }

  /**
   * Puts a replica in the place of this server: what happened since the snapshot is lost, and the eras
   * that were made since are made anew, by other steps. Nobody is told.
   *
   * @param lingers for how many milliseconds the server that was still takes itself for the one that is, and answers
   *   calls that stray to it: what those change is lost
   * @param frozen for how many of them it does nothing first; what strays to it meanwhile is done then
   */
  failOver(snapshot: LedgerSnapshot, lingers = 0, frozen = 0): void {
    const cores = this.#cores
    const tables = this.#tables
    const now = this.#world.mono()
    const reach = {
      frozenUntil: Math.max(this.#frozenUntil, now + frozen),
      core: (shard: number) => cores[shard]!,
      frame: (key: string) => this.#frameIn(tables, key),
    }
    this.#former = { reach, until: now + lingers }
    this.#holds(snapshot.tables.map((each) => each.copy()))
  }

  /** Does nothing for so many milliseconds; what arrives meanwhile is done afterwards, in that order. Its clock goes on. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.mono() + ms)
  }

  /** Sets the server's clock forward, or back. */
  jumpClock(ms: number): void {
    this.#ahead += ms
  }

  #holds(tables: readonly MemoryTables[]): void {
    this.#tables = tables
    this.#cores = tables.map((each, shard) => {
      const feed = {
        invalidated: (step: Invalidation) => this.#publish({ kind: 'invalidated', shard, step }),
        settled: (keys: readonly string[]) => this.#publish({ kind: 'settled', shard, keys }),
      }
      const nameReign = () => this.#nameReign()
      return new LedgerCore(each, { leaseTime: this.leaseTime, nameReign, feed, bounds: this.#bounds })
    })
  }

  #frameIn(all: readonly MemoryTables[], key: string): Uint8Array | undefined {
    const tables = all[this.shardOf(key)]!
    tables.expire(this.time)
    return tables.frame(key)
  }

  #publish(notice: LedgerNotice): void {
    for (const client of this.#clients) client.notify(notice)
  }

  #nameReign(): string {
    const half = () => Math.floor(this.#world.random() * 2 ** 32)
    return [half(), half()].map((number) => number.toString(16).padStart(8, '0')).join('')
  }
}
