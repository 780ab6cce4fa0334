import type { WriteResult } from '../../src/cache/write.ts'
import type { Result, TerraceError } from '../../src/index.ts'
import type { FleetNode } from './fleet-node.ts'
import type { Handed } from './history.ts'
import { invalidation } from './invalidation.ts'
import { lookedForAt, mustFollowAt } from './lag.ts'
import { COUNTER, KEYS, type Scene } from './scene.ts'
import type { Source } from './source.ts'

/** What a value may gain on its way: a call under way, and the error of a clock, for each of three steps. */
const AGEING = 300
/** Tokens that somebody may still read after. */
const MOST_HANDED = 6

/** How somebody reads after a token. */
interface Following {
  readonly handed: Handed | undefined
  readonly after: string | undefined
  readonly within: <T>(cache: FleetNode['cache'], read: () => Promise<T>) => Promise<T>
}

const ALONE: Following = { handed: undefined, after: undefined, within: (_, read) => read() }

/** Those who use the caches: they change the one source, tell their cache, and compare what they read with what they may. */
export class Callers {
  readonly #scene: Scene
  readonly #source: Source
  /** Writes that are pending somewhere. */
  readonly #overs: { readonly node: FleetNode; readonly over: () => void }[] = []

  constructor(scene: Scene, source: Source) {
    this.#scene = scene
    this.#source = source
  }

  /** Somebody does something on a node. */
  act(): void {
    const node = this.#scene.pick(this.#scene.nodes)
    if (!node.world.isPaused) this.actOn(node)
  }

  /** Somebody reads on a node that is being closed. */
  readOn(node: FleetNode): void {
    const key = this.#scene.pick(KEYS)
    node.await(
      this.#read(node, key, () =>
        node.cache.get(key).then(resultOf, (error: TerraceError) => {
          if (error.code === 'ERR_CLOSED') return { found: false, data: undefined }
          throw error
        }),
      ),
    )
  }

  actOn(node: FleetNode): void {
    node.await(this.#actOn(node))
  }

  async #actOn(node: FleetNode): Promise<void> {
    const { cache, index } = node
    const key = this.#scene.pick(KEYS)
    const kind = this.#scene.die(100)
    this.#scene.trace?.(`node ${index} acts: ${kind} ${key}`)
    const { handed, after, within } = this.#take()
    if (kind < 30)
      await this.#read(
        node,
        key,
        () =>
          within(cache, () =>
            cache.getOrFetch(key, this.#source.fetching(node), { ...this.#scene.manners.options(), after }),
          ),
        handed,
      )
    else if (kind < 45)
      await this.#read(node, key, async () => resultOf(await within(cache, () => cache.get(key, { after }))), handed)
    else if (kind < 48)
      await this.#readMany(
        node,
        () => within(cache, () => cache.getMany(KEYS, { after })).then((values) => values.map(resultOf)),
        handed,
      )
    else if (kind < 52) {
      const fetchMany = async (keys: readonly string[]) => {
        const values = await Promise.all(keys.map((each) => this.#source.load(node, each)))
        return keys.map((each, n) => this.#source.kept(node, each, values[n]!))
      }
      await this.#readMany(
        node,
        () => within(cache, () => cache.getOrFetchMany(KEYS, fetchMany, { ...this.#scene.manners.options(), after })),
        handed,
      )
    } else if (kind < 53) await this.#read(node, key, async () => resultOf(cache.peek(key)))
    else if (kind < 68) await this.#set(node, key)
    else if (kind < 78) await this.#change(node, [key], () => cache.delete(key))
    else if (kind < 81) await this.#change(node, ['a', 'b'], () => cache.deleteMany(['b', 'a']))
    else if (kind < 91) {
      const wide = kind < 86 ? 'tag' : kind < 88 && !this.#scene.climate.counts ? 'all' : 'prefix'
      const keepsStale = this.#scene.manners.keepsStale()
      const { keys, call } = invalidation(cache, wide, key, keepsStale)
      await this.#change(node, keys, call, keepsStale)
    } else if (kind < 94) await this.#expire(node, key)
    else if (this.#scene.climate.counts) await this.#count(node)
  }

  /** Changes that concern nobody, but keep one node in touch with its stores. */
  noise(): void {
    const { nodes, world } = this.#scene
    if (this.#scene.isHealthy) return
    world.after(15 + this.#scene.die(20), () => {
      if (!nodes[0]!.world.isPaused) nodes[0]!.await(nodes[0]!.cache.delete('noise'))
      this.noise()
    })
  }

  /** A token to read after, now and then: as an option, or in a session. */
  #take(): Following {
    const { hasTokens, handing, handed: all } = this.#scene
    if (!hasTokens || handing.random() < 0.4) return ALONE
    const handed = all[Math.floor(handing.random() * all.length)]
    if (handing.random() < 0.5) return { ...ALONE, handed, after: handed?.token }
    return { ...ALONE, handed, within: (cache, read) => cache.following(handed?.token, read) }
  }

  /** A node makes a token after a change, for whoever may read after it. */
  #hand({ cache, index, isClosed }: FleetNode): void {
    const { hasTokens, handed, history, trace } = this.#scene
    if (!hasTokens || isClosed) return
    const token = cache.token()
    trace?.(`node ${index} hands out ${token}`)
    handed.push({ token, node: index, moment: history.now() })
    if (handed.length > MOST_HANDED) handed.shift()
  }

  async #read(node: FleetNode, key: string, ask: () => Promise<Result<number>>, handed?: Handed): Promise<void> {
    const { index } = node
    const began = this.#scene.history.now()
    const time = this.#scene.world.mono()
    const asOf = lookedForAt(this.#scene, node)
    const before = countsOf(node)
    // Who finds a fetch under way waits for it, and is cut off if the stores cannot tell whether it is too old.
    const joinsUnproven = node.loading.has(key) && !node.isBelieved
    const mustFollow = joinsUnproven ? Number.NEGATIVE_INFINITY : mustFollowAt(this.#scene, node)
    // Of several stores the deepest is not asked where one above it answers.
    const mayBeCarried = () => this.#scene.climate.ledgers > 1 && !this.#hasTold(node)
    const mightBeCarried = mayBeCarried()
    try {
      const { data } = await ask()
      this.#scene.trace?.(`node ${index} read ${key}=${data} (asked at ${time})`)
      if (data === undefined) return
      const after = countsOf(node)
      const isProven = after?.unproven === before?.unproven
      const bound = isProven ? mustFollow : Number.NEGATIVE_INFINITY
      const mayBeStale = after?.stale !== before?.stale
      const isCarried = mightBeCarried || mayBeCarried()
      const why = this.#scene.history.whyStale(key, data, index, began, bound, mayBeStale, isCarried)
      const whyBehind = handed && this.#scene.history.whyBehind(key, data, handed, time, mayBeStale)
      const wrong = why ?? whyBehind
      if (wrong !== undefined) this.#scene.break(`node ${index}, who asked at ${time}, read ${key}=${data}. ${wrong}`)
      const end = this.#scene.history.endOf(key, data, mayBeStale)
      if (end + AGEING < asOf) {
        const what = mayBeStale ? 'ended' : 'was fresh until'
        this.#scene.break(`P8: node ${index} read ${key}=${data} at ${time}, which ${what} ${end}`)
      }
    } catch (error) {
      const isLate = this.#scene.manners.isGraceful && (error as TerraceError).code === 'ERR_FETCH_TIMEOUT'
      if ((error as Error).message !== 'the source failed' && !isLate)
        this.#scene.break(`a reader of node ${index} got ${(error as Error).stack}`)
    }
  }

  async #readMany(node: FleetNode, ask: () => Promise<readonly Result<number>[]>, handed?: Handed): Promise<void> {
    const answers = ask()
    await Promise.all(KEYS.map((key, n) => this.#read(node, key, async () => (await answers)[n]!, handed)))
  }

  async #set(node: FleetNode, key: string): Promise<void> {
    const { cache } = node
    const ttl = this.#source.ttl()
    const isVersioned = this.#scene.die(3) === 0
    await this.#change(node, [key], (value) => {
      const given = this.#scene.history.give(key, value)
      const staleFor = this.#scene.manners.staleFor()
      this.#scene.history.lives(key, value, this.#scene.world.mono() + ttl, staleFor)
      const version = isVersioned ? value : undefined
      const result = cache.set(key, value, { ttl, staleFor, version, tags: [`t${key}`] })
      const over = () => {
        given.over = this.#scene.history.now()
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
    keepsStale = false,
  ): Promise<void> {
    const changes = keys.map((key) => this.#scene.history.change(key, node.index, keepsStale))
    const told = tell(changes[0]!.value)
    const { result, over } = 'over' in told ? told : { result: told, over: undefined }
    const called = this.#scene.world.mono()
    try {
      const { ok } = await result
      const now = this.#scene.history.now()
      this.#scene.trace?.(
        `node ${node.index} changed ${keys.map((key, n) => `${key}=${changes[n]!.value}`)}: ${ok ? 'done' : 'pending'}`,
      )
      for (const change of changes) {
        change.confirmed = now
        change.confirmedAt = node.world.mono()
      }
      this.#hand(node)
      if (ok && !this.#scene.isLosing && this.#scene.lastLoss < called)
        for (const change of changes) this.#scene.history.land(change, this.#scene.world.mono())
      if (over !== undefined) {
        if (ok) over()
        else this.#overs.push({ node, over })
      }
    } catch (error) {
      this.#scene.break(`a writer of node ${node.index} got ${(error as Error).stack}`)
    }
  }

  async #expire(node: FleetNode, key: string): Promise<void> {
    const ttl = 20 + this.#scene.die(800)
    this.#scene.history.prolong(key, this.#scene.world.mono() + ttl)
    await node.cache.expire(key, ttl)
    this.#scene.history.prolong(key, this.#scene.world.mono() + ttl)
  }

  async #count(node: FleetNode): Promise<void> {
    const count = this.#scene.counter.begin()
    try {
      const sum = await node.cache.increment(COUNTER)
      this.#scene.trace?.(`node ${node.index} counted ${sum}`)
      // While the server that was still answers, both count.
      if (this.#scene.isLosing) this.#scene.counter.disturb()
      const why = count.counted(sum)
      if (why !== undefined && !this.#scene.climate.isForgetful) this.#scene.break(`node ${node.index} counts: ${why}`)
    } catch (error) {
      this.#scene.trace?.(`node ${node.index} failed to count: ${String(error)}`)
      count.failed()
    }
  }

  /** Notes when what was pending has been told. */
  note(): void {
    const { climate, counter, history, nodes, world } = this.#scene
    for (const node of nodes) {
      if (!this.#hasTold(node)) {
        // What others tell again late may cost counts. That of several stores is told again is not proven at once.
        if (!node.hasProven || this.#scene.isLosing || climate.ledgers > 1) counter.disturb()
        continue
      }
      // What a store was asked before it acknowledged a change tells nothing of whether that was lost: the server that
      // answers may be another one.
      const open = [...history.openOf(node.index)].filter(({ confirmedAt }) => node.hasProvenSince(confirmedAt))
      for (const change of open) history.land(change, world.mono())
      for (const each of this.#overs.splice(0)) {
        if (each.node === node) each.over()
        else this.#overs.push(each)
      }
    }
  }

  /** Whether every store knows what this node has told them, and keeps it. */
  #hasTold(node: FleetNode): boolean {
    return !this.#scene.isLosing && node.hasTold
  }
}

/** What it has served; of a cache that is closed nobody knows. */
function countsOf({ cache, isClosed }: FleetNode): { readonly unproven: number; readonly stale: number } | undefined {
  return isClosed ? undefined : cache.stats()
}

function resultOf(value: number | undefined): Result<number> {
  return value === undefined ? { found: false, data: undefined } : { found: true, data: value }
}
