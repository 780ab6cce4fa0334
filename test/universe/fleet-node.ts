import { auto } from '../../src/codecs/index.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import type { Entry } from '../../src/entry/entry.ts'
import { createCache, type LevelFactory, type MultiLevelCache, memory, type Observer } from '../../src/index.ts'
import type { Level } from '../../src/level.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import type { Climate } from './climate.ts'
import type { NodeWorld } from './node-world.ts'

/** What one level of a process would serve. */
export interface Copy {
  readonly level: string
  /** In the process itself, in the deepest store, or in a store above that. */
  readonly place: 'private' | 'deepest' | 'above'
  readonly entry: Entry | undefined
}

/** One process of the fleet: a whole cache, and what it is made of. */
export class FleetNode {
  readonly index: number
  readonly world: NodeWorld
  readonly cache: MultiLevelCache<number>
  readonly #stores: LedgerStore[] = []
  readonly #levels: Level[] = []
  readonly #maxStaleness: number
  /** Its cache takes no more calls. */
  isClosed = false
  /** What it is fetching. */
  readonly loading: Set<string> = new Set()
  /** Told once when it sends something to Memcached. */
  onSent: (() => void) | undefined
  /** Nothing it sends arrives. */
  isCut = false
  /** Calls that were not answered yet. */
  #calls = 0
  #isKilled = false
  /** Its monotonic clock when a store last lost data. */
  lossAt: number = Number.NEGATIVE_INFINITY

  /** @param ledgers its way to each server, the nearest first. @param deepest shared levels below them */
  constructor(
    index: number,
    world: NodeWorld,
    climate: Climate,
    ledgers: readonly Ledger[],
    deepest: readonly LevelFactory[],
    middle: Parameters<typeof faulty>[1],
    observe: Observer,
  ) {
    this.index = index
    this.world = world
    this.#maxStaleness = climate.maxStaleness
    const { timeout, maxStaleness, maxEntries, whenCutOff } = climate
    const shared = ledgers.map(
      (ledger): LevelFactory =>
        (context) => {
          const store = new LedgerStore(ledger, { timeout, maxStaleness }, context.world)
          this.#stores.push(store)
          return new StoreLevel(
            store,
            { name: context.name, timeout, ttl: Number.POSITIVE_INFINITY, codec: CODEC },
            context,
          )
        },
    )
    const between = climate.hasMiddle ? [this.#watched(memory({ maxEntries: 3 }), middle, timeout)] : []
    this.cache = createCache<number>({
      levels: [
        this.#watched(memory({ maxEntries })),
        ...between,
        ...[...shared, ...deepest].map((make) => this.#watched(make)),
      ],
      world,
      whenCutOff,
      observe,
    })
  }

  /** Counts work that somebody waits for. */
  await(work: Promise<unknown>): void {
    this.#calls++
    void work.then(() => this.#calls--)
  }

  /** Calls that were not answered yet, and will be. */
  get waiting(): number {
    return this.#isKilled ? 0 : this.#calls
  }

  /** It does nothing any more, for good. */
  kill(): void {
    this.#isKilled = true
    this.world.pause()
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  /** Whether nothing is pending, and every store has been asked since one last lost data. */
  get hasTold(): boolean {
    return !this.isClosed && this.hasProven && this.cache.stats().levels.every(({ pending }) => pending === 0)
  }

  get hasProven(): boolean {
    return this.hasProvenSince(this.lossAt)
  }

  /** Whether every store has answered what it was asked after this moment of the process's monotonic clock. */
  hasProvenSince(at: number): boolean {
    return this.#stores.every((store) => store.provenUntil - this.#maxStaleness > at)
  }

  /** Whether level 1 may be believed now. */
  get isBelieved(): boolean {
    return !this.isClosed && this.cache.stats().levels.every(({ proven }) => proven !== false)
  }

  /** Whether level 1 may be believed now, and nothing is pending. */
  get isAtRest(): boolean {
    const { levels } = this.cache.stats()
    return levels.every(({ pending, proven }) => pending === 0 && proven !== false)
  }

  /** What each level would serve now. */
  async copies(key: string): Promise<readonly Copy[]> {
    const copies: Copy[] = []
    for (const level of this.#levels) {
      const { inspects, shares } = level.traits
      let entry: Entry | undefined
      if (inspects !== undefined) {
        const [seen] = await inspects.inspect([key])
        entry = seen!.barredBy === undefined ? seen!.entry : undefined
      } else {
        // What does not answer serves nothing.
        const reading = await level.read([key]).catch(() => undefined)
        entry = reading?.entries[0]
      }
      const isDeepest = level === this.#levels.at(-1)
      const place = shares === undefined ? 'private' : isDeepest ? 'deepest' : 'above'
      copies.push({ level: level.name, place, entry })
    }
    return copies
  }

  #watched(make: LevelFactory, behave?: Parameters<typeof faulty>[1], timeout?: number): LevelFactory {
    const watched: LevelFactory = (context) => {
      const level = make(context)
      this.#levels.push(level)
      return level
    }
    return behave === undefined ? watched : faulty(watched, behave, { timeout })
  }
}

const CODEC = auto()
