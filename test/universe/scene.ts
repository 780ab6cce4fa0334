import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { SimulatedLedger } from '../../src/testing/simulated-ledger.ts'
import type { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import type { SimulatedMemcached } from '../memcached/simulated/simulated-memcached.ts'
import { type Climate, climateOf } from './climate.ts'
import { Counter } from './counter.ts'
import type { FleetNode } from './fleet-node.ts'
import { type Handed, History } from './history.ts'
import { Manners } from './manners.ts'
import { climateOverMemcached } from './memcached-climate.ts'

/** The keys of a universe. */
export const KEYS: readonly string[] = ['a', 'b', 'ab']
/** The key that holds a number. */
export const COUNTER = 'n'

/** Which kind of universe it is, whatever its seed. */
export interface Kind {
  /** Whether Memcached is the deepest level. */
  readonly isOverMemcached: boolean
  /** Whether everything goes wrong, servers answer that have been replaced, and tokens are handed about: in all of them. */
  readonly isHarsh: boolean
  /** Whether processes come and go. */
  readonly isLively: boolean
}

/** What all parts of one universe have in common. */
export class Scene {
  readonly world: FakeWorld
  readonly climate: Climate
  /** What becomes of calls and notices: dice of their own, so that faults do not depend on what callers do. */
  readonly fates: FakeWorld
  readonly servers: SimulatedLedgerServer[] = []
  readonly wires: SimulatedLedger[] = []
  /** Those that are there now. */
  readonly nodes: FleetNode[] = []
  /** All that ever were, by their index. */
  readonly everyone: FleetNode[] = []
  readonly isLively: boolean
  readonly history: History = new History()
  readonly counter: Counter = new Counter()
  readonly trace: ((line: string) => void) | undefined
  /** Tokens that nodes have made, for others to read after: the last few. */
  readonly handed: Handed[] = []
  /** Whether nodes hand each other tokens: dice of their own, so that universes without are what they were. */
  readonly handing: FakeWorld
  readonly hasTokens: boolean
  /** How callers want values to be kept fresh: dice of their own, too. */
  readonly manners: Manners
  /** Who finds a server that a replica has replaced: dice of their own, too. */
  readonly straying: FakeWorld
  readonly hasSplits: boolean
  /** How long feeds take to open, where that shows, and what is asked then: dice of their own, too. */
  readonly openings: FakeWorld
  readonly #hasSlowFeeds: boolean
  readonly memcacheds: SimulatedMemcached[] = []
  /** What Memcached and the way to it are like: dice of their own. */
  readonly cellar: FakeWorld
  /** Nothing goes wrong from now on. */
  isHealthy = false
  losses = 0
  lastLoss: number = Number.NEGATIVE_INFINITY
  /** Until when some feed is interrupted. */
  deafUntil = 0
  /** What went wrong first. */
  broken: string | undefined
  readonly #dice: FakeWorld

  constructor(seed: number, trace: ((line: string) => void) | undefined, { isOverMemcached, isHarsh, isLively }: Kind) {
    this.isLively = isLively
    this.world = new FakeWorld(seed)
    this.#dice = new FakeWorld(seed ^ 0x5bd1e995)
    this.fates = new FakeWorld(seed ^ 0x2545f491)
    this.handing = new FakeWorld(seed ^ 0x1b873593)
    this.hasTokens = this.handing.random() < 0.4 || isHarsh
    this.manners = new Manners(seed)
    this.straying = new FakeWorld(seed ^ 0x165667b1)
    this.hasSplits = this.straying.random() < 0.5 || isHarsh
    this.openings = new FakeWorld(seed ^ 0x3c6ef372)
    this.#hasSlowFeeds = this.openings.random() < 0.5
    this.trace = trace && ((line) => trace(`${this.world.mono()} ${line}`))
    this.cellar = new FakeWorld(seed ^ 0x7f4a7c15)
    const climate = climateOf((sides) => this.die(sides), isHarsh)
    this.climate = isOverMemcached ? climateOverMemcached(climate, this.cellar) : climate
    this.trace?.(JSON.stringify(this.climate))
  }

  break(what: string): void {
    this.trace?.(`BROKEN: ${what}`)
    this.broken ??= what
  }

  die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }

  /** A feed is being opened, which takes so many milliseconds; `undefined`: as long as any call. */
  opening(): number | undefined {
    // Elsewhere pulses do its work.
    if (this.climate.mood !== 'deaf' || !this.#hasSlowFeeds) return undefined
    const ms = Math.floor(this.openings.random() * 400)
    this.trace?.(`a feed is opened within ${ms}`)
    this.deafUntil = Math.max(this.deafUntil, this.world.mono() + ms)
    return ms
  }

  /** Whether some store loses what it is being told. */
  get isLosing(): boolean {
    return this.servers.some((server) => server.isSplit)
  }

  /** One of them. */
  pick<T>(all: readonly T[]): T {
    return all[this.die(all.length)]!
  }

  /** Calls that were not answered yet, and will be. */
  get waiting(): number {
    return this.everyone.reduce((sum, { waiting }) => sum + waiting, 0)
  }

  /** Lets time pass from event to event; whatever follows from one has happened before the next. */
  async pass(ms: number): Promise<void> {
    const end = this.world.mono() + ms
    await turn()
    while (this.broken === undefined && this.world.next(end)) await turn()
    this.world.advance(Math.max(0, end - this.world.mono()))
  }

  /** @throws Error if it takes more than three seconds of the universe */
  async during<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const done = work.finally(() => {
      isOver = true
    })
    done.catch(() => undefined)
    for (let passed = 0; !isOver && passed < 3000; passed += 5) await this.pass(5)
    if (!isOver) throw new Error('a call was never answered at rest')
    return done
  }
}

/** Until all promise reactions have run: a tick's turn comes when there is none left. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}
