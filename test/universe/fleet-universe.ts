import type { WriteResult } from '../../src/cache/write.ts'
import { keyScope } from '../../src/entry/scope.ts'
import { type CacheEvent, found, type Result } from '../../src/index.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { SimulatedLedger } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { arrivalsOf, type Climate, climateOf, fateOf, type Theme } from './climate.ts'
import { Counter } from './counter.ts'
import { FleetNode } from './fleet-node.ts'
import { History } from './history.ts'
import { NodeWorld } from './node-world.ts'
import { wired } from './wire.ts'

/** How a test takes a part of the protocol away, where spying on a prototype does not. */
export interface Spoil {
  /** Stands between a process and a server. */
  readonly ledger?: ((ledger: Ledger, server: SimulatedLedgerServer) => Ledger) | undefined
  /** Stands between a process and its timers. */
  readonly world?: ((world: NodeWorld, climate: Climate) => void) | undefined
}

/** What a universe is run with. */
export interface UniverseOptions {
  readonly spoil?: Spoil | undefined
  /** Told everything that happens. */
  readonly trace?: ((line: string) => void) | undefined
}

const KEYS = ['a', 'b', 'ab']
const COUNTER = 'n'
const LENGTH = 1200
/** What a value may gain on its way: a call under way, and the error of a clock, for each of three steps. */
const AGEING = 300
const SETTLING = 60_000

type Strike = 'pause' | 'cut' | 'freeze' | 'flush' | 'forget' | 'evict' | 'failOver' | 'interrupt'

/** So many of each in 16. */
const MIXED = strikes({ pause: 3, cut: 2, freeze: 2, flush: 1, forget: 1, evict: 2, failOver: 3, interrupt: 2 })
const THEMES: Readonly<Record<Theme, readonly Strike[]>> = {
  anything: MIXED,
  failOver: strikes({ failOver: 12, pause: 1, evict: 1, interrupt: 2 }),
  cut: strikes({ cut: 8, pause: 4, freeze: 4 }),
}

/** A fleet of processes with whole caches over shared stores, in one virtual time: everything from one seed. */
export class FleetUniverse {
  readonly world: FakeWorld
  readonly climate: Climate
  readonly #dice: FakeWorld
  readonly #fates: FakeWorld
  readonly #servers: SimulatedLedgerServer[] = []
  readonly #wires: { readonly node: number; readonly ledger: SimulatedLedger }[] = []
  readonly #nodes: FleetNode[] = []
  readonly #history = new History()
  readonly #counter = new Counter()
  readonly #fetched = new Map<string, number>()
  readonly #trace: ((line: string) => void) | undefined
  #healthy = false
  #waiting = 0
  #losses = 0
  #lastLoss = Number.NEGATIVE_INFINITY
  #deafUntil = 0
  broken: string | undefined

  constructor(seed: number, { spoil, trace }: UniverseOptions = {}) {
    this.world = new FakeWorld(seed)
    this.#dice = new FakeWorld(seed ^ 0x5bd1e995)
    this.#fates = new FakeWorld(seed ^ 0x2545f491)
    this.#trace = trace && ((line) => trace(`${this.world.mono()} ${line}`))
    this.climate = climateOf((sides) => this.#die(sides))
    this.#trace?.(JSON.stringify(this.climate))
    for (let n = 0; n < this.climate.ledgers; n++) this.#servers.push(this.#server(n))
    for (let n = 0; n < this.climate.nodes; n++) this.#nodes.push(this.#node(n, spoil))
  }

  /** Lives through the universe. @returns what went wrong, or `undefined` */
  async run(): Promise<string | undefined> {
    try {
      await this.#live()
    } catch (error) {
      this.#break(`something threw: ${(error as Error).stack}`)
    }
    return this.broken
  }

  async #live(): Promise<void> {
    const { acts, mood, nodes, timeout } = this.climate
    for (let n = 0; n < acts * nodes; n++) this.world.after(this.#die(LENGTH), () => void this.#act())
    if (mood === 'storm')
      for (let n = this.#die(12); n > 0; n--) this.world.after(this.#die(LENGTH), () => this.#strike())
    if (this.climate.startsCut) this.#cut(this.#nodes[0]!)
    if (mood === 'deaf') for (let n = 4; n > 0; n--) this.world.after(this.#die(LENGTH), () => this.#interrupt())
    if (this.climate.isNoisy) this.#noise()
    this.#watch()
    await this.#pass(LENGTH + 6 * timeout)
    if (this.broken !== undefined) return
    this.#healthy = true
    await this.#rest()
    if (this.broken === undefined) await this.#checkRest()
    if (this.broken === undefined) await this.#checkColdKeys()
    const closings = this.#nodes.map(({ cache }) => cache.close())
    await this.#pass(4 * timeout)
    await Promise.all(closings)
    await this.#pass(10 * timeout)
    if (this.world.failures.length > 0) {
      const { why, cause } = this.world.failures[0]!
      this.#break(`background work failed: ${why}: ${(cause as Error).stack}`)
    }
    if (this.world.timers > 0) this.#break(`${this.world.timers} timers are left`)
  }

  // What callers do

  async #act(): Promise<void> {
    const node = this.#nodes[this.#die(this.#nodes.length)]!
    if (node.world.isPaused) return
    this.#waiting++
    await this.#actOn(node)
    this.#waiting--
  }

  async #actOn(node: FleetNode): Promise<void> {
    const { cache, index } = node
    const key = KEYS[this.#die(KEYS.length)]!
    const kind = this.#die(100)
    this.#trace?.(`node ${index} acts: ${kind} ${key}`)
    if (kind < 30) await this.#read(node, key, () => cache.getOrFetch(key, this.#fetching(node)))
    else if (kind < 45) await this.#read(node, key, async () => resultOf(await cache.get(key)))
    else if (kind < 48) await this.#readMany(node, () => cache.getMany(KEYS).then((values) => values.map(resultOf)))
    else if (kind < 52) {
      const fetchMany = async (keys: readonly string[]) => {
        const values = await Promise.all(keys.map((each) => this.#load(node, each)))
        return keys.map((each, n) => this.#kept(node, each, values[n]!))
      }
      await this.#readMany(node, () => cache.getOrFetchMany(KEYS, fetchMany))
    } else if (kind < 53) await this.#read(node, key, async () => resultOf(cache.peek(key)))
    else if (kind < 68) await this.#set(node, key)
    else if (kind < 78) await this.#change(node, [key], () => cache.delete(key))
    else if (kind < 81) await this.#change(node, ['a', 'b'], () => cache.deleteMany(['b', 'a']))
    else if (kind < 86) await this.#change(node, [key], () => cache.invalidateTags([`t${key}`]))
    else if (kind < 88 && !this.climate.counts) await this.#change(node, KEYS, () => cache.clear())
    else if (kind < 91) {
      const covered = KEYS.filter((other) => other.startsWith(key))
      await this.#change(node, covered, () => cache.clearPrefix(key))
    } else if (kind < 94) await this.#expire(node, key)
    else if (this.climate.counts) await this.#count(node)
  }

  /** Changes that concern nobody, but keep one node in touch with its stores. */
  #noise(): void {
    if (this.#healthy) return
    this.world.after(15 + this.#die(20), () => {
      if (!this.#nodes[0]!.world.isPaused) {
        this.#waiting++
        void this.#nodes[0]!.cache.delete('noise').then(() => this.#waiting--)
      }
      this.#noise()
    })
  }

  #fetching(node: FleetNode) {
    return async (key: string) => this.#kept(node, key, await this.#load(node, key))
  }

  async #load(node: FleetNode, key: string): Promise<number> {
    node.loading.add(key)
    try {
      await this.#elapse(node, this.#die(40))
      const value = this.#history.value(key)
      await this.#elapse(node, this.#die(this.#die(6) === 0 ? 300 : 40))
      if (!this.#healthy && this.#die(12) === 0) throw new Error('the source failed')
      return value
    } finally {
      node.loading.delete(key)
    }
  }

  /** The source has answered. */
  #kept(node: FleetNode, key: string, value: number) {
    const ttl = this.#ttl()
    this.#trace?.(`node ${node.index} fetched ${key}=${value} for ${ttl}`)
    this.#history.lives(key, value, this.world.mono() + ttl)
    return found(value, { ttl, tags: [`t${key}`] })
  }

  async #read(node: FleetNode, key: string, ask: () => Promise<Result<number>>): Promise<void> {
    const { index, cache } = node
    const began = this.#history.now()
    const time = this.world.mono()
    const { unproven } = cache.stats()
    // Who finds a fetch under way waits for it, and is cut off if the stores cannot tell whether it is too old.
    const joinsUnproven = node.loading.has(key) && !node.isBelieved
    const mustFollow = joinsUnproven ? Number.NEGATIVE_INFINITY : time - this.#staleness()
    try {
      const { data } = await ask()
      this.#trace?.(`node ${index} read ${key}=${data} (asked at ${time})`)
      if (data === undefined) return
      const isProven = cache.stats().unproven === unproven
      const bound = isProven ? mustFollow : Number.NEGATIVE_INFINITY
      const why = this.#history.whyStale(key, data, index, began, bound)
      if (why !== undefined) this.#break(`node ${index}, who asked at ${time}, read ${key}=${data}. ${why}`)
      if (this.#history.endOf(key, data) + AGEING < time)
        this.#break(
          `P8: node ${index} read ${key}=${data} at ${time}, which ended at ${this.#history.endOf(key, data)}`,
        )
    } catch (error) {
      if ((error as Error).message !== 'the source failed')
        this.#break(`a reader of node ${index} got ${(error as Error).stack}`)
    }
  }

  async #readMany(node: FleetNode, ask: () => Promise<readonly Result<number>[]>): Promise<void> {
    const answers = ask()
    await Promise.all(KEYS.map((key, n) => this.#read(node, key, async () => (await answers)[n]!)))
  }

  /** How long after a change others may still read what was before, in milliseconds. */
  #staleness(): number {
    const { mood, hasFeed, latency, losing, noticing, maxStaleness, timeout } = this.climate
    const slow = maxStaleness + timeout
    if (mood === 'storm' || !hasFeed) return slow
    // What the feed has missed it asks for when it is interrupted.
    const prompt = 3 * noticing + 4 * latency + 10
    const sinceDeaf = this.world.mono() - this.#deafUntil
    if (mood === 'calm') return prompt
    return losing === 0 && sinceDeaf > prompt ? prompt : slow
  }

  async #set(node: FleetNode, key: string): Promise<void> {
    const { cache } = node
    const ttl = this.#ttl()
    const isVersioned = this.#die(3) === 0
    await this.#change(node, [key], (value) => {
      const given = this.#history.give(key, value)
      this.#history.lives(key, value, this.world.mono() + ttl)
      const version = isVersioned ? value : undefined
      const result = cache.set(key, value, { ttl, version, tags: [`t${key}`] })
      const over = () => {
        given.over = this.#history.now()
      }
      return { result, over }
    })
  }

  /** Changes the source and tells the node's cache in the same turn. */
  async #change(
    node: FleetNode,
    keys: readonly string[],
    tell: (
      value: number,
    ) => Promise<WriteResult> | { readonly result: Promise<WriteResult>; readonly over: () => void },
  ): Promise<void> {
    const changes = keys.map((key) => this.#history.change(key, node.index))
    const told = tell(changes[0]!.value)
    const { result, over } = 'over' in told ? told : { result: told, over: undefined }
    const called = this.world.mono()
    try {
      const { ok } = await result
      const now = this.#history.now()
      this.#trace?.(
        `node ${node.index} changed ${keys.map((key, n) => `${key}=${changes[n]!.value}`)}: ${ok ? 'done' : 'pending'}`,
      )
      for (const change of changes) change.confirmed = now
      if (ok && this.#lastLoss < called) for (const change of changes) this.#history.land(change, this.world.mono())
      if (over !== undefined) {
        if (ok) over()
        else this.#overs.push({ node, over })
      }
    } catch (error) {
      this.#break(`a writer of node ${node.index} got ${(error as Error).stack}`)
    }
  }

  readonly #overs: { readonly node: FleetNode; readonly over: () => void }[] = []

  async #expire(node: FleetNode, key: string): Promise<void> {
    const ttl = 20 + this.#die(800)
    this.#history.prolong(key, this.world.mono() + ttl)
    await node.cache.expire(key, ttl)
    this.#history.prolong(key, this.world.mono() + ttl)
  }

  async #count(node: FleetNode): Promise<void> {
    const count = this.#counter.begin()
    try {
      const sum = await node.cache.increment(COUNTER)
      this.#trace?.(`node ${node.index} counted ${sum}`)
      const why = count.counted(sum)
      if (why !== undefined && !this.climate.isForgetful) this.#break(`node ${node.index} counts: ${why}`)
    } catch (error) {
      this.#trace?.(`node ${node.index} failed to count: ${String(error)}`)
      count.failed()
    }
  }

  // What goes wrong

  #strike(): void {
    const server = this.#servers[this.#die(this.#servers.length)]!
    const node = this.#nodes[this.#die(this.#nodes.length)]!
    const kind = THEMES[this.climate.theme][this.#die(16)]!
    this.#trace?.(`strike ${kind} on server ${this.#servers.indexOf(server)} or node ${node.index}`)
    if (kind === 'pause') this.#pause(node)
    else if (kind === 'cut') this.#cut(node)
    else if (kind === 'freeze') server.freeze(20 + this.#die(300))
    else if (kind === 'flush') this.#loses(() => server.flush())
    else if (kind === 'forget') this.#loses(() => server.loseState(this.#die(this.climate.shards)))
    else if (kind === 'evict') this.#evict(server)
    else if (kind === 'failOver') this.#failOver(server)
    else this.#interrupt()
  }

  #pause(node: FleetNode): void {
    if (node.world.isPaused) return
    node.world.pause()
    this.world.after(20 + this.#die(700), () => {
      this.#trace?.(`node ${node.index} goes on`)
      node.world.resume(() => {
        if (this.#die(2) === 0) return
        this.#waiting++
        void this.#actOn(node).then(() => this.#waiting--)
      })
    })
  }

  #cut(node: FleetNode): void {
    node.isCut = true
    this.world.after(50 + this.#die(800), () => {
      node.isCut = false
    })
  }

  #interrupt(): void {
    const { ledger } = this.#wires[this.#die(this.#wires.length)]!
    const ms = 10 + this.#die(300)
    this.#trace?.(`a feed is interrupted for ${ms}`)
    this.#deafUntil = Math.max(this.#deafUntil, this.world.mono() + ms)
    ledger.interrupt(ms)
  }

  #evict(server: SimulatedLedgerServer): void {
    for (const key of server.keys()) {
      if (key === COUNTER || this.#die(2) === 0) continue
      this.#trace?.(`${key} is evicted`)
      server.evict(key)
    }
  }

  /** A replica that lags behind takes the server's place, and others may work on it before anybody here does. */
  #failOver(server: SimulatedLedgerServer): void {
    const snapshot = server.snapshot()
    const losses = this.#losses
    const others = this.#die(2) === 0 ? this.#die(24) : 0
    this.world.after(5 + this.#die(250), () => {
      // A replica follows the server that is, not one that was before another fail-over.
      if (losses !== this.#losses) return
      this.#loses(() => server.failOver(snapshot))
      for (let n = 0; n < others; n++) this.world.after(this.#die(2) * this.#die(150), () => this.#stranger(server, n))
    })
  }

  /** Somebody who is not of this fleet works on a server. */
  #stranger(server: SimulatedLedgerServer, n: number): void {
    const link = `${n}`.padStart(12, 'e')
    const terms = { notAfter: Number.POSITIVE_INFINITY, origin: 'e'.repeat(16), link, reign: '' }
    server.core(this.#die(this.climate.shards)).raise(server.time, [keyScope('other')], terms)
  }

  #loses(lose: () => void): void {
    this.#trace?.('a server loses data')
    this.#counter.disturb()
    this.#losses++
    lose()
    this.#lastLoss = this.world.mono()
    this.#history.lose()
    for (const node of this.#nodes) node.lossAt = node.world.mono()
  }

  // How time passes

  /** Notes when what was pending has been told, now and then. */
  #watch(): void {
    if (this.#healthy) return
    this.world.after(7, () => {
      this.#note()
      this.#watch()
    })
  }

  #note(): void {
    for (const node of this.#nodes) {
      const open = [...this.#history.openOf(node.index)]
      const overs = this.#overs.some((each) => each.node === node)
      if ((open.length === 0 && !overs) || !node.hasTold) {
        // What others tell again late may cost counts.
        if (!node.hasProven) this.#counter.disturb()
        continue
      }
      for (const change of open) this.#history.land(change, this.world.mono())
      for (const each of this.#overs.splice(0)) {
        if (each.node === node) each.over()
        else this.#overs.push(each)
      }
    }
  }

  async #rest(): Promise<void> {
    const end = this.world.mono() + SETTLING
    const isAtRest = () => this.#waiting === 0 && this.#nodes.every((node) => node.isAtRest)
    while (!isAtRest() && this.world.mono() < end) await this.#pass(50)
    if (this.#waiting > 0) return this.#break(`${this.#waiting} calls were never answered`)
    if (!isAtRest()) {
      const states = this.#nodes.flatMap(({ cache, index }) =>
        cache
          .stats()
          .levels.map(({ name, pending, proven }) => `node ${index} ${name}: ${pending} pending, proven ${proven}`),
      )
      return this.#break(`the fleet does not come to rest: ${states.join('; ')}`)
    }
    // Until the last notice has arrived, and the last hole has been asked for.
    await this.#pass(this.climate.maxStaleness + 4 * this.climate.timeout)
    this.#note()
  }

  /** P3 and P4: whatever any level would serve now is the last accepted write, the same everywhere. */
  async #checkRest(): Promise<void> {
    for (const key of this.climate.counts ? [...KEYS, COUNTER] : KEYS) {
      const held: string[] = []
      const values = new Set<number>()
      for (const node of this.#nodes) {
        const copies = await this.#during(node.copies(key))
        for (const [level, entry] of copies) {
          if (entry === undefined || entry.deadline <= node.world.tick()) continue
          held.push(`node ${node.index} ${level}: ${entry.value}`)
          values.add(entry.value as number)
        }
      }
      const mayDiffer = key !== COUNTER && this.#history.mayDiffer(key, values)
      if (values.size > 1 && !mayDiffer) this.#break(`P4: at rest copies of ${key} differ: ${held.join(', ')}`)
      for (const value of values) {
        const why = key === COUNTER ? this.#counter.whyWrong(value) : this.#history.whyWrong(key, value)
        if (why !== undefined && !(key === COUNTER && this.climate.isForgetful))
          this.#break(`P4: at rest ${key} is ${value}: ${why}. ${held.join(', ')}`)
      }
      if (key === COUNTER) continue
      for (const node of this.#nodes) {
        const reading = node.cache.getOrFetch(key, this.#fetching(node))
        const { data } = await this.#during(reading)
        const why = this.#history.whyWrong(key, data!)
        if (why !== undefined) this.#break(`P4: at rest node ${node.index} reads ${key}=${data}: ${why}`)
      }
    }
  }

  /** P5: a key nobody has is fetched once in the fleet, however many ask, and has its callers answered. */
  async #checkColdKeys(): Promise<void> {
    if (this.climate.mood === 'storm') return
    const key = 'cold'
    const fetchCold = async (): Promise<number> => {
      this.#fetched.set(key, (this.#fetched.get(key) ?? 0) + 1)
      await this.#elapse(this.#nodes[0]!, 30)
      return 1
    }
    const asking = this.#nodes.flatMap(({ cache }) => [
      cache.getOrFetch(key, fetchCold),
      cache.getOrFetch(key, fetchCold),
    ])
    await this.#during(Promise.all(asking))
    if (this.#fetched.get(key) !== 1) this.#break(`P5: a cold key was fetched ${this.#fetched.get(key)} times`)
  }

  async #during<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const done = work.finally(() => {
      isOver = true
    })
    done.catch(() => undefined)
    for (let passed = 0; !isOver && passed < 3000; passed += 5) await this.#pass(5)
    if (!isOver) throw new Error('a call was never answered at rest')
    return done
  }

  /** Lets time pass from event to event; whatever follows from one has happened before the next. */
  async #pass(ms: number): Promise<void> {
    const end = this.world.mono() + ms
    await turn()
    while (this.broken === undefined && this.world.next(end)) await turn()
    this.world.advance(Math.max(0, end - this.world.mono()))
  }

  #elapse(node: FleetNode, ms: number): Promise<void> {
    return new Promise((resolve) => {
      node.world.after(ms, resolve)
    })
  }

  // What it is made of

  #server(n: number): SimulatedLedgerServer {
    const { shards, leaseTime, isForgetful } = this.climate
    const bounds = isForgetful ? { keys: 3, prefixes: 2, tags: 2, steps: 4, names: 1024 } : undefined
    const world = new NodeWorld(this.world, n + 77, { mono: 0, wall: 0, rate: 1 + (this.#die(9) - 4) / 10_000 })
    return new SimulatedLedgerServer(world, { shards, leaseTime, ahead: this.#die(1e6), bounds })
  }

  #node(index: number, spoil: Spoil | undefined): FleetNode {
    const { climate } = this
    const world = new NodeWorld(this.world, this.#die(2 ** 31), {
      mono: this.#die(100_000),
      wall: this.#die(10_000) - 5000,
      rate: 1 + (this.#die(3) - 1) / 10_000,
    })
    spoil?.world?.(world, climate)
    const ledgers = this.#servers.map((server) => {
      const ledger = server.connect({
        feed: climate.hasFeed,
        isSpread: climate.isSpread,
        fate: (call) => {
          if (this.#nodes[index]?.isCut === true && !this.#healthy)
            return { effect: Number.POSITIVE_INFINITY, answer: Number.POSITIVE_INFINITY }
          return this.#healthy ? { effect: this.#die(5), answer: 5 + this.#die(5) } : fateOf(call, climate, this.#fates)
        },
        arrivals: () => {
          if (this.#healthy) return [this.#die(10)]
          return this.#nodes[index]?.isCut === true ? [] : arrivalsOf(climate, this.#fates)
        },
      })
      this.#wires.push({ node: index, ledger })
      const wire = wired(ledger, world)
      return spoil?.ledger?.(wire, server) ?? wire
    })
    const middle = () => (this.#healthy ? {} : middleFate((sides) => this.#die(sides), climate))
    const observe = (event: CacheEvent) => {
      this.#trace?.(`node ${index}: ${JSON.stringify(event, shown)}`)
      // A process that finds its store to have lost data tells it again what it had changed: counts, too.
      if (event.type === 'lost') this.world.after(3 * climate.timeout, this.#counter.suspend())
    }
    return new FleetNode(index, world, climate, ledgers, middle, observe)
  }

  #break(what: string): void {
    this.#trace?.(`BROKEN: ${what}`)
    this.broken ??= what
  }

  #die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }

  /** Milliseconds. */
  #ttl(): number {
    return this.climate.isEternal ? Number.POSITIVE_INFINITY : 30 + this.#die(1500)
  }
}

function middleFate(die: (sides: number) => number, { mood, timeout }: Climate) {
  if (mood !== 'storm') return { before: die(5), after: die(5) }
  const chance = die(100)
  if (chance < 10) return { before: die(3 * timeout) }
  const fault = chance < 20 ? (['reject', 'rejectAfter', 'garble'] as const)[die(3)]! : 'none'
  return { before: die(20), after: die(20), fault }
}

function resultOf(value: number | undefined): Result<number> {
  return value === undefined ? { found: false, data: undefined } : { found: true, data: value }
}

/** Until all promise reactions have run: a tick's turn comes when there is none left. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

function shown(_: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value
}

function strikes(shares: Partial<Record<Strike, number>>): readonly Strike[] {
  return Object.entries(shares).flatMap(([strike, times]) => new Array<Strike>(times).fill(strike as Strike))
}
