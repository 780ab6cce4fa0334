import { auto } from '../../src/codecs/index.ts'
import { FedStore } from '../../src/coherence/fed-store.ts'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import type { Feed } from '../../src/feeds/feed.ts'
import { createCache, type LevelFactory, type MultiLevelCache, memory } from '../../src/index.ts'
import { StoreLevel } from '../../src/remote/store-level.ts'
import type { Store } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { fateOf } from '../universe/climate.ts'
import { History } from '../universe/history.ts'
import { type End, LossyHub } from './lossy-hub.ts'
import { SharedMemory, sharedMemoryStore, type Way } from './shared-memory-store.ts'

const KEYS = ['a', 'b', 'ab']
const CODEC = auto()
const LENGTH = 2000
const TIMEOUT = 60
const MAX_STALENESS = 250
/** The longest way through the store or the feed. */
const LATENCY = 6
/** A notice is on its way, and so is the sign of life that shows that it is missing. */
const MARGIN = 4 * LATENCY
/** How long what was invalidated widely may be unknown in a process. */
const LAG = MAX_STALENESS / 5
/** What a level missed is told to it again within this time, milliseconds. */
const CATCHING_UP = 60_000

/** How a test takes a part of the protocol away, where spying on a prototype does not. */
export interface Spoil {
  /** Stands between a process and the feed. */
  readonly feed?: (feed: Feed, world: FakeWorld) => Feed
  /** Stands between a process and the store. */
  readonly store?: (store: Store) => Store
}

interface Node {
  readonly index: number
  readonly cache: MultiLevelCache<number>
  readonly end: End
  /** Make known changes that were not handed over: before the last text, and since. */
  readonly sending: (() => void)[]
  readonly unsent: (() => void)[]
  /** It has died without a word, or was closed. */
  isGone: boolean
}

/**
 * Three processes, a memory each over one store and one feed that can be trusted in nothing: everything
 * from one seed. It is not asked for what nobody can do: no process ends with something that the store has
 * not taken yet, or while it is cut off; then nobody ever tells the others what it has changed.
 */
export class FedUniverse {
  readonly #world: FakeWorld
  readonly #dice: FakeWorld
  readonly #hub: LossyHub
  readonly #memory = new SharedMemory()
  readonly #history = new History()
  readonly #nodes: readonly Node[]
  /** Others, which came and died. */
  readonly #gone: Node[] = []
  readonly #spoil: Spoil
  /** What lies above the store, shared as well, with dice of its own. */
  readonly #ledger: SimulatedLedgerServer | undefined
  readonly #fates: FakeWorld
  /** Says when the feed is out for all. */
  readonly #outages: FakeWorld
  /** The store always answers when it is asked, so it makes no difference to anybody. */
  readonly #whenCutOff: 'fetch' | 'serve'
  #way: Way = { latency: LATENCY, failure: 0, lag: 0 }
  #cutAt = Number.NEGATIVE_INFINITY
  #broken: string | undefined

  /** @param isBelow whether a ledger lies above the store */
  constructor(seed: number, isBelow: boolean, spoil: Spoil = {}) {
    this.#spoil = spoil
    this.#world = new FakeWorld(seed)
    this.#dice = new FakeWorld(seed ^ 0x5bd1e995)
    this.#hub = new LossyHub(this.#world)
    this.#fates = new FakeWorld(seed ^ 0x165667b1)
    this.#outages = new FakeWorld(seed ^ 0x27d4eb2f)
    this.#whenCutOff = seed % 2 === 0 ? 'fetch' : 'serve'
    if (isBelow) this.#ledger = new SimulatedLedgerServer(this.#world)
    this.#nodes = [0, 1, 2].map((index) => this.#node(index))
  }

  /** Lives through the universe. @returns what went wrong, or `undefined` */
  async run(): Promise<string | undefined> {
    // All have heard of each other before anything is lost: who was never heard is not missed.
    await this.#pass(MAX_STALENESS)
    const hub = this.#hub
    hub.latency = this.#die(2) === 0 ? 1 : LATENCY
    hub.loss = [0, 0.05, 0.3][this.#die(3)]!
    hub.repetition = [0, 0.3][this.#die(2)]!
    hub.failure = [0, 0.3][this.#die(2)]!
    this.#way = { latency: LATENCY, failure: [0, 0, 0.2][this.#die(3)]!, lag: [0, LAG][this.#die(2)]! }
    for (let n = 0; n < 120; n++) this.#world.after(this.#die(LENGTH), () => void this.#act())
    for (let n = this.#die(6); n > 0; n--) this.#world.after(this.#die(LENGTH), () => this.#cut())
    for (let n = this.#die(4); n > 0; n--) this.#world.after(this.#die(LENGTH), () => this.#stall())
    if (this.#die(2) === 0) this.#world.after(this.#die(LENGTH), () => this.#leave())
    if (this.#die(3) === 0) this.#world.after(this.#die(LENGTH), () => this.#flicker())
    if (this.#outages.random() < 0.5) this.#world.after(this.#outages.random() * LENGTH, () => this.#hush())
    await this.#pass(LENGTH + 1000)
    Object.assign(hub, { loss: 0, repetition: 0, failure: 0 })
    this.#way = { ...this.#way, failure: 0 }
    const end = this.#world.mono() + CATCHING_UP
    while (this.#nodes.some(isBehind) && this.#world.mono() < end) await this.#pass(1000)
    if (this.#nodes.some(isBehind)) this.#break('the store was never told what it had missed')
    await this.#pass(4 * MAX_STALENESS)
    for (const node of this.#nodes) if (!node.isGone) await this.#checkRest(node)
    const closings = [...this.#nodes, ...this.#gone].map(({ cache }) => cache.close())
    await this.#pass(5000)
    await Promise.all(closings)
    const failure = this.#world.failures[0]
    if (failure !== undefined) this.#break(`${failure.why}: ${(failure.cause as Error).stack}`)
    if (this.#world.timers > 0) this.#break(`${this.#world.timers} timers are left`)
    return this.#broken
  }

  #node(index: number): Node {
    const world = this.#world
    const end = this.#hub.end()
    const far: LevelFactory = (context) => {
      const plan = { timeout: TIMEOUT, maxStaleness: MAX_STALENESS }
      const own = sharedMemoryStore(this.#memory, world, () => this.#way, MAX_STALENESS - LAG)
      const { feed, store: spoiled } = this.#spoil
      const store = new FedStore(spoiled?.(own) ?? own, feed?.(end, world) ?? end, plan, world)
      const settings = { name: context.name, timeout: TIMEOUT, ttl: Number.POSITIVE_INFINITY, codec: CODEC }
      return new StoreLevel(store, settings, context)
    }
    const above = this.#ledger === undefined ? [] : [this.#above(this.#ledger)]
    const cache = createCache<number>({ levels: [memory(), ...above, far], world, whenCutOff: this.#whenCutOff })
    const node: Node = { index, cache, end, sending: [], unsent: [], isGone: false }
    end.onSent = () => this.#sent(node)
    return node
  }

  #above(ledger: SimulatedLedgerServer): LevelFactory {
    return (context) => {
      const way = ledger.connect({
        fate: (call) => {
          const failing = this.#way.failure * 50
          return fateOf(call, { latency: LATENCY, lateness: 3, timeout: TIMEOUT, failing }, this.#fates)
        },
        arrivals: () => (this.#fates.random() < this.#hub.loss ? [] : [this.#fates.random() * LATENCY]),
      })
      const store = new LedgerStore(way, { timeout: TIMEOUT, maxStaleness: MAX_STALENESS }, this.#world)
      const settings = { name: context.name, timeout: TIMEOUT, ttl: Number.POSITIVE_INFINITY, codec: CODEC }
      return new StoreLevel(store, settings, context)
    }
  }

  async #act(): Promise<void> {
    const node = this.#nodes[this.#die(this.#nodes.length)]!
    if (node.isGone) return
    const { cache } = node
    const key = KEYS[this.#die(KEYS.length)]!
    const kind = this.#die(100)
    if (kind < 45) {
      const ask = cache.getOrFetch(key, this.#fetch, { tags: [`t${key}`] })
      await this.#read(node, key, async () => (await ask).data)
    } else if (kind < 75) await this.#read(node, key, () => cache.get(key))
    else if (kind < 85) await this.#set(node, key)
    else if (kind < 92) await this.#change(node, [key], () => cache.delete(key))
    else if (kind < 95) await this.#change(node, [key], () => cache.invalidateTags([`t${key}`]))
    else if (kind < 98)
      await this.#change(
        node,
        KEYS.filter((other) => other.startsWith(key)),
        () => cache.clearPrefix(key),
      )
    else await this.#change(node, KEYS, () => cache.clear())
  }

  readonly #fetch = async (key: string): Promise<number> => {
    const value = this.#history.value(key)
    await new Promise<void>((resolve) => {
      this.#world.after(this.#die(30), resolve)
    })
    return value
  }

  async #read({ index }: Node, key: string, ask: () => Promise<number | undefined>): Promise<void> {
    const began = this.#history.now()
    const time = this.#world.mono()
    const value = await ask()
    if (value === undefined) return
    const why = this.#history.whyStale(key, value, index, began, time - MAX_STALENESS - MARGIN)
    if (why !== undefined) this.#break(`node ${index}, who asked at ${time}, read ${key}=${value}. ${why}`)
  }

  #set(node: Node, key: string): Promise<void> {
    return this.#change(node, [key], async (value) => {
      const given = this.#history.give(key, value)
      const { ok } = await node.cache.set(key, value, { tags: [`t${key}`] })
      if (ok) given.over = this.#history.now()
      return { ok }
    })
  }

  async #change(node: Node, keys: readonly string[], tell: (value: number) => Promise<{ ok: boolean }>): Promise<void> {
    const changes = keys.map((key) => this.#history.change(key, node.index))
    const { ok } = await tell(changes[0]!.value)
    const confirmed = this.#history.now()
    for (const change of changes) change.confirmed = confirmed
    if (!ok) return
    const land = () => {
      for (const change of changes) this.#history.land(change, this.#world.mono())
    }
    // Where nobody hears anything, all have to follow without.
    if (this.#hub.outage !== 'none' || (node.end.isWell && !node.end.isCut)) land()
    else node.unsent.push(land)
  }

  /** Who cannot reach the feed is told of later: others are bound to follow once two more texts went out. */
  #sent(node: Node): void {
    for (const land of node.sending.splice(0)) land()
    node.sending.push(...node.unsent.splice(0))
  }

  #cut(): void {
    this.#cutAt = this.#world.mono()
    const { end } = this.#nodes[this.#die(this.#nodes.length)]!
    end.isCut = true
    end.isRefused = this.#die(2) === 0
    const isTold = this.#die(2) === 0
    this.#world.after(20 + this.#die(800), () => {
      end.isCut = false
      this.#cutAt = this.#world.mono()
      if (isTold) end.tellInterrupted()
    })
  }

  /** The feed is out, for all, for a while. */
  #hush(): void {
    const hub = this.#hub
    this.#cutAt = this.#world.mono()
    hub.outage = this.#outages.random() < 0.5 ? 'refusing' : 'silent'
    this.#world.after(20 + this.#outages.random() * 1500, () => {
      hub.outage = 'none'
      this.#cutAt = this.#world.mono()
    })
  }

  #stall(): void {
    this.#nodes[this.#die(this.#nodes.length)]!.end.stall(100 + this.#die(900))
  }

  /** One process ends: in order, or it dies after a change before it has told anybody. All others know of it. */
  #leave(): void {
    const node = this.#nodes[0]!
    if (this.#isUnheard || this.#hub.loss > 0.1 || this.#way.failure > 0) return
    node.isGone = true
    if (this.#die(2) === 0) {
      void node.cache.close()
      return
    }
    node.end.publish = async () => undefined
    const key = KEYS[this.#die(KEYS.length)]!
    void this.#change(node, [key], () => node.cache.delete(key))
  }

  /** A process comes, says that it is there, makes one change, and dies before it has told anybody. */
  #flicker(): void {
    const { loss, failure } = this.#hub
    if (this.#isUnheard || loss > 0 || failure > 0 || this.#way.failure > 0) return
    const node = this.#node(this.#nodes.length)
    const { publish } = node.end
    node.end.publish = async (text) => {
      if (JSON.parse(text).x.length > 0) node.isGone = true
      if (!node.isGone) await publish(text)
    }
    this.#gone.push(node)
    const key = KEYS[this.#die(KEYS.length)]!
    void this.#change(node, [key], () => node.cache.delete(key))
  }

  get #isUnheard(): boolean {
    if (this.#hub.outage !== 'none') return true
    return this.#nodes.some(({ end }) => end.isCut) || this.#world.mono() - this.#cutAt < MAX_STALENESS
  }

  async #checkRest({ index, cache }: Node): Promise<void> {
    for (const key of KEYS) {
      const asked = cache.get(key)
      await this.#pass(4 * TIMEOUT)
      for (const value of [cache.peek(key), await asked]) {
        const why = value === undefined ? undefined : this.#history.whyWrong(key, value)
        if (why !== undefined) this.#break(`at rest: node ${index} holds ${key}=${value}: ${why}`)
      }
    }
  }

  async #pass(ms: number): Promise<void> {
    const end = this.#world.mono() + ms
    await this.#world.settle()
    while (this.#world.next(end)) await this.#world.settle()
    this.#world.advance(end - this.#world.mono())
  }

  #break(why: string): void {
    this.#broken ??= why
  }

  #die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }
}

function isBehind({ cache, isGone }: Node): boolean {
  return !isGone && cache.stats().levels.some(({ pending }) => pending > 0)
}
