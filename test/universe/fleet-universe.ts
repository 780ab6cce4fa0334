import type { CacheEvent } from '../../src/index.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import type { Store } from '../../src/stores/store.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { Callers } from './callers.ts'
import { arrivalsOf, type Climate, fateOf } from './climate.ts'
import { Comings } from './comings.ts'
import { FleetNode } from './fleet-node.ts'
import { memcachedLevel, memcachedOf } from './memcached-wiring.ts'
import { NodeWorld } from './node-world.ts'
import { Rest } from './rest.ts'
import { Scene } from './scene.ts'
import { Source } from './source.ts'
import { Strikes } from './strikes.ts'
import { wired } from './wire.ts'

/** How a test takes a part of the protocol away, where spying on a prototype does not. */
export interface Spoil {
  /** Stands between a process and a server. */
  readonly ledger?: ((ledger: Ledger, server: SimulatedLedgerServer) => Ledger) | undefined
  /** Stands between a process and Memcached. */
  readonly store?: ((store: Store) => Store) | undefined
  /** Stands between a process and its timers. */
  readonly world?: ((world: NodeWorld, climate: Climate) => void) | undefined
}

/** What a universe is run with. */
export interface UniverseOptions {
  readonly spoil?: Spoil | undefined
  /** Whether Memcached is the deepest level, below 0 to 2 ledgers. Default: `false`. */
  readonly isOverMemcached?: boolean | undefined
  /** Whether most that is rare elsewhere meets in it: faults are found sooner. Default: `false`. */
  readonly isHarsh?: boolean | undefined
  /** Whether processes come late, close or are killed in the midst of it. Default: `false`. */
  readonly isLively?: boolean | undefined
  /** Told everything that happens. */
  readonly trace?: ((line: string) => void) | undefined
}

/** A fleet of processes with whole caches over shared stores, in one virtual time: everything from one seed. */
export class FleetUniverse {
  readonly #scene: Scene
  readonly #callers: Callers
  readonly #strikes: Strikes
  readonly #rest: Rest
  readonly #comings: Comings

  constructor(
    seed: number,
    { spoil, isOverMemcached = false, isHarsh = false, isLively = false, trace }: UniverseOptions = {},
  ) {
    this.#scene = new Scene(seed, trace, { isOverMemcached, isHarsh, isLively })
    const source = new Source(this.#scene)
    this.#callers = new Callers(this.#scene, source)
    this.#strikes = new Strikes(this.#scene, this.#callers)
    this.#rest = new Rest(this.#scene, this.#callers, source)
    this.#comings = new Comings(this.#scene, this.#callers, seed, () => this.#node(spoil))
    const { climate, servers } = this.#scene
    for (let n = 0; n < climate.ledgers; n++) servers.push(this.#server(n))
    for (let n = 0; n < climate.memcacheds; n++) this.#scene.memcacheds.push(memcachedOf(this.#scene))
    this.#comings.begin()
  }

  /** Lives through the universe. @returns what went wrong, or `undefined` */
  async run(): Promise<string | undefined> {
    try {
      await this.#live()
    } catch (error) {
      this.#scene.break(`something threw: ${(error as Error).stack}`)
    }
    return this.#scene.broken
  }

  async #live(): Promise<void> {
    const { climate, everyone, nodes, world } = this.#scene
    const { acts, isNoisy, length, mood, startsCut, timeout } = climate
    for (let n = 0; n < acts * climate.nodes; n++) this.#sometime(() => this.#callers.act())
    if (mood === 'storm') for (let n = this.#scene.die(12); n > 0; n--) this.#sometime(() => this.#strikes.strike())
    if (startsCut) this.#strikes.cut(nodes[0]!)
    if (mood === 'deaf') for (let n = 4; n > 0; n--) this.#sometime(() => this.#strikes.interrupt())
    if (isNoisy) this.#callers.noise()
    this.#watch()
    await this.#scene.pass(length + 6 * timeout)
    if (this.#scene.broken !== undefined) return
    this.#scene.isHealthy = true
    await this.#rest.come()
    if (this.#scene.broken === undefined) await this.#rest.checkCopies()
    if (this.#scene.broken === undefined) await this.#rest.checkColdKeys()
    const closings = [this.#comings.over(), ...nodes.map(({ cache }) => cache.close())]
    // Fetches that never end are waited for, for a while.
    await this.#scene.pass(5000 + 4 * timeout)
    await Promise.all(closings)
    await this.#scene.pass(10 * timeout)
    if (world.failures.length > 0) {
      const { why, cause } = world.failures[0]!
      this.#scene.break(`background work failed: ${why}: ${(cause as Error).stack}`)
    }
    if (world.timers > 0 && !everyone.some(({ isKilled }) => isKilled))
      this.#scene.break(`${world.timers} timers are left`)
  }

  #sometime(run: () => void): void {
    this.#scene.world.after(this.#scene.die(this.#scene.climate.length), run)
  }

  /** Notes when what was pending has been told, now and then. */
  #watch(): void {
    if (this.#scene.isHealthy) return
    this.#scene.world.after(7, () => {
      this.#callers.note()
      this.#watch()
    })
  }

  #server(n: number): SimulatedLedgerServer {
    const { shards, leaseTime, isForgetful } = this.#scene.climate
    const bounds = isForgetful ? { keys: 3, prefixes: 2, tags: 2, steps: 4, names: 1024 } : undefined
    const world = new NodeWorld(this.#scene.world, n + 77, {
      mono: 0,
      wall: 0,
      rate: 1 + (this.#scene.die(9) - 4) / 10_000,
    })
    return new SimulatedLedgerServer(world, { shards, leaseTime, ahead: this.#scene.die(1e6), bounds })
  }

  /** Whether a call goes where the server was: a process finds the way, and loses it again. */
  #stray(): () => boolean {
    const { straying } = this.#scene
    let isLost = true
    return () => {
      if (straying.random() < 0.2) isLost = !isLost
      return isLost
    }
  }

  #node(spoil: Spoil | undefined): FleetNode {
    const scene = this.#scene
    const { climate, everyone, fates } = scene
    const index = everyone.length
    const world = new NodeWorld(scene.world, scene.die(2 ** 31), {
      mono: scene.die(100_000),
      wall: skewOf(scene.die(10_000) - 5000, climate),
      rate: 1 + (scene.die(3) - 1) / 10_000,
    })
    spoil?.world?.(world, climate)
    const ledgers = scene.servers.map((server) => {
      const strays = this.#stray()
      /** When its feed is heard for the first time. */
      let openAt = Number.POSITIVE_INFINITY
      const ledger = server.connect({
        feed: climate.hasFeed,
        isSpread: climate.isSpread,
        fate: (call) => {
          if (everyone[index]?.isCut === true && !scene.isHealthy)
            return { effect: Number.POSITIVE_INFINITY, answer: Number.POSITIVE_INFINITY }
          if (scene.isHealthy) return { effect: scene.die(5), answer: 5 + scene.die(5) }
          // With dice of its own: the rest is as it would be without that question.
          const isOpening = call === 'sync' && scene.world.mono() === openAt
          const fate = {
            ...fateOf(call, climate, isOpening ? scene.openings : fates),
            strays: server.isSplit && !isOpening && strays(),
          }
          if (call !== 'listen') return fate
          const opening = scene.opening()
          openAt = scene.world.mono() + (opening ?? fate.answer!)
          return opening === undefined ? fate : { effect: opening, answer: opening }
        },
        arrivals: () => {
          if (scene.isHealthy) return [scene.die(10)]
          return everyone[index]?.isCut === true ? [] : arrivalsOf(climate, fates)
        },
      })
      scene.wires.push(ledger)
      const wire = wired(ledger, world)
      return spoil?.ledger?.(wire, server) ?? wire
    })
    const middle = () => (scene.isHealthy ? {} : middleFate((sides) => scene.die(sides), climate))
    const observe = (event: CacheEvent) => {
      scene.trace?.(`node ${index}: ${JSON.stringify(event, shown)}`)
      // A process that finds its store to have lost data tells it again what it had changed: counts, too.
      if (event.type === 'lost') scene.world.after(3 * climate.timeout, scene.counter.suspend())
    }
    const deepest = scene.memcacheds.length === 0 ? [] : [memcachedLevel(scene, index, world, spoil?.store)]
    const node = new FleetNode(index, world, climate, ledgers, deepest, middle, observe)
    everyone.push(node)
    return node
  }
}

function middleFate(die: (sides: number) => number, { mood, timeout }: Climate) {
  if (mood !== 'storm') return { before: die(5), after: die(5) }
  const chance = die(100)
  if (chance < 10) return { before: die(3 * timeout) }
  const fault = chance < 20 ? (['reject', 'rejectAfter', 'garble'] as const)[die(3)]! : 'none'
  return { before: die(20), after: die(20), fault }
}

/** Ends of values in Memcached are in the clocks of those who wrote them: there these are set. */
function skewOf(ms: number, { memcacheds }: Climate): number {
  return memcacheds === 0 ? ms : 0
}

function shown(_: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value
}
