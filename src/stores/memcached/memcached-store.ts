import { outranks } from '../../entry/entry.ts'
import { type Era, UNCHECKED } from '../../entry/era.ts'
import { ReadingOf } from '../../entry/reading-of.ts'
import type { Scope } from '../../entry/scope.ts'
import { TerraceError } from '../../errors.ts'
import type { Follower, Hearing, Keeping, Shares } from '../../level.ts'
import { IN_TIME } from '../../level-spread.ts'
import type { World } from '../../world/world.ts'
import type { Sealed, Store, StoreReading, StoreTraits } from '../store.ts'
import type { openSocket } from './address.ts'
import { Amendments } from './amendments.ts'
import { MemcachedClient } from './client.ts'
import { Items, type Place } from './items.ts'
import { LeaseItems } from './lease-items.ts'
import { NodeSpread } from './node-spread.ts'
import type { MemcachedSettings } from './options.ts'
import type { Reply } from './reply.ts'
import { ServerStatistics } from './server-statistics.ts'
import { WireKeys } from './wire-key.ts'

/**
 * Memcached as a store that several processes share.
 *
 * **Keys.** Every item has a version of the server's (`cas`), which changes with whatever happens to its
 * key. A read hands it out as the key's era; a miss leaves an empty placeholder, so that there is one.
 * A fill is a compare and swap: it fails if anything happened to the key since, also if the item was
 * evicted or the server restarted. An invalidation puts an empty item in the place of the value.
 *
 * **Tags, prefixes, everything.** Each node keeps one small state item with floors, and its own reign;
 * `WideMirror` is this process's copy. Frames carry the reign and era that the process knew when it
 * handed out the ticket they were filled with.
 *
 * **Late effects.** A call that was given up on may reach the server later. Nothing is written without a
 * condition but tombstones, and those do no harm: so a rejected call is over as far as anybody can tell.
 */
class MemcachedStore implements Store, Shares {
  readonly traits: StoreTraits
  readonly hearing: Hearing = 'nothing'
  readonly checksBirths: boolean = true
  readonly maxStaleness: number
  readonly provenUntil: number = Number.POSITIVE_INFINITY
  readonly #world: World
  readonly #client: MemcachedClient
  readonly #items: Items
  readonly #leases: LeaseItems
  readonly #refused: MemcachedContext['refused']

  constructor(settings: MemcachedSettings, { world, open, refused }: MemcachedContext) {
    // What is held above may have been judged by a copy of the state that was a fifth old.
    const maxAge = settings.maxStaleness / 5
    this.maxStaleness = settings.maxStaleness - maxAge
    this.#world = world
    this.#refused = refused
    const isSpread = settings.addresses.length > 1
    const timeout = settings.timeout * (isSpread ? IN_TIME : 1)
    this.#client = new MemcachedClient(world, { ...settings, timeout }, open)
    const { nodes } = this.#client
    this.#items = new Items(world, this.#client, new WireKeys(settings.prefix), { ...settings, maxAge })
    this.#leases = new LeaseItems(this.#items)
    this.traits = {
      scans: undefined,
      shares: this,
      leases: this.#leases,
      amends: new Amendments(this.#items),
      informs: new ServerStatistics(nodes),
      spreads: isSpread ? new NodeSpread(nodes, (key) => this.#items.placeOf(key).node) : undefined,
      explains: { explain: (key) => this.#items.find(this.#items.placeOf(key)) },
      softens: true,
    }
  }

  /**
   * The era of a key whose node failed is `NaN`: nothing is known about it. Rejected only if that is so
   * for all keys.
   */
  async read(keys: readonly string[]): Promise<StoreReading> {
    const looks = await this.#items.looks(keys.map((key) => this.#items.placeOf(key)))
    if (looks.length > 0 && looks.every((look) => look instanceof Error)) throw looks[0]
    const eras = looks.map((look) => (look instanceof Error ? Number.NaN : look.era))
    const entries = looks.map((look) => (look instanceof Error ? undefined : look.entry))
    return new ReadingOf(eras, entries)
  }

  /** A node that fails refuses, unless all do: what the others have superseded must be told. */
  async write(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    const outcomes = await Promise.allSettled(entries.map((entry) => this.#fill(entry, this.#items.placeOf(entry.key))))
    throwIfAllFailed(outcomes)
    return outcomes.map((one) => (one.status === 'rejected' ? 'refused' : asKeeping(one.value)))
  }

  async replace(entries: readonly Sealed[]): Promise<readonly Keeping[]> {
    const outcomes = await Promise.allSettled(entries.map((entry) => this.#replace(entry)))
    throwIfAnyFailed(outcomes)
    return outcomes.map((one) => (one.status === 'rejected' ? 'refused' : one.value))
  }

  /** The era is a ticket for the key where the scope is one key; otherwise keys have to be read first. */
  async raise(scopes: readonly Scope[]): Promise<Era> {
    const wide = scopes.filter(({ kind }) => kind !== 'key')
    const tombs: Promise<Era>[] = []
    for (const scope of scopes) if (scope.kind === 'key') tombs.push(this.#items.entomb(this.#items.placeOf(scope.key)))
    const raises = wide.length === 0 ? [] : this.#items.mirrors.map((mirror) => mirror.raise(wide))
    throwIfAnyFailed(await Promise.allSettled([...tombs, ...raises]))
    return tombs.length === 1 && wide.length === 0 ? tombs[0]! : this.#items.noTicket()
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  /** Asks the key's node for its state anew; for the empty key every node. */
  async prove(key: string): Promise<boolean> {
    const mirrors = key === '' ? this.#items.mirrors : [this.#items.placeOf(key).mirror]
    const outcomes = await Promise.allSettled(mirrors.map((mirror) => mirror.renew()))
    return outcomes.every(({ status }) => status === 'fulfilled')
  }

  eraOf(): Era | undefined {
    return undefined
  }

  follow({ carriesOn }: Follower): void {
    this.#items.carriesOn = carriesOn
  }

  /** Keeps an entry if nothing happened to its key since its birth, and nothing newer is there. */
  async #fill(entry: Sealed, place: Place): Promise<Keeping | 'outranked'> {
    const { node } = place
    // A dead node does not know of anything newer. Its tickets are void only when it is back.
    if (!node.isUp) await node.ask('mn\r\n')
    const ticket = this.#items.redeem(place, entry.born, entry.tags)
    if (ticket === undefined) return 'superseded'
    if (entry.deadline <= this.#world.mono()) return 'refused'
    if (entry.version !== undefined) {
      const look = await this.#items.look(place)
      if (outranks(look.entry, entry)) return 'outranked'
      if (look.cas !== ticket.cas) return 'superseded'
      if (this.#items.redeem(place, entry.born, entry.tags) === undefined) return 'superseded'
    }
    const reply = await this.#items.put(place, entry, ticket)
    if (reply.code === 'HD') this.#endLease(place)
    return this.#keepingOf(place, reply)
  }

  async #replace(entry: Sealed): Promise<Keeping> {
    const place = this.#items.placeOf(entry.key)
    const outcome = entry.born === UNCHECKED ? await this.#overwrite(entry, place) : await this.#fill(entry, place)
    if (outcome !== 'kept' && outcome !== 'outranked') await this.#items.entomb(place)
    return asKeeping(outcome)
  }

  /**
   * Keeps an entry whatever is there, but by compare and swap: a plain write that reaches a frozen server
   * before another one and is executed after it would bring an old value back.
   */
  #overwrite(entry: Sealed, place: Place): Promise<Keeping | 'outranked'> {
    const { mirror, node } = place
    const isRanked = entry.version !== undefined
    return node.untilWon(async () => {
      // What others invalidated before this call does not cover what it keeps.
      const [standing] = await Promise.all([
        isRanked ? this.#items.look(place) : this.#items.version(place),
        mirror.renew(),
      ])
      if (outranks(standing.entry, entry)) return 'outranked'
      if (entry.deadline <= this.#world.mono()) return 'refused'
      const reply = await this.#items.put(place, entry, standing)
      if (reply.code === 'EX' || reply.code === 'NF') return 'lost'
      if (reply.code === 'HD') this.#endLease(place)
      return this.#keepingOf(place, reply)
    })
  }

  /** What the server made of a compare and swap. What it does not take is too large, or it has no memory: it says which. */
  #keepingOf({ key, node }: Place, { code, text }: Reply): Keeping {
    if (code === 'HD') return 'kept'
    if (code === 'EX' || code === 'NF') return 'superseded'
    const reason = `memcached ${node.name} does not take it: ${text === '' ? code : text}`
    this.#refused?.(key, new TerraceError('ERR_VALUE_UNSUPPORTED', reason))
    return 'refused'
  }

  /** Nobody waits for it: a lease that cannot be ended ends by itself. */
  #endLease(place: Place): void {
    this.#leases.end(place).catch(() => {})
  }
}

/** What a store over Memcached stands in. */
export interface MemcachedContext {
  readonly world: World
  /** Begins to connect. Default: over the network. */
  readonly open?: typeof openSocket | undefined
  /** Told of each value that a server does not take. Must not throw. */
  readonly refused?: ((key: string, reason: TerraceError) => void) | undefined
}

/** The store behind `memcached(…)`. */
export function memcachedStore(settings: MemcachedSettings, context: MemcachedContext): Store {
  return new MemcachedStore(settings, context)
}

function asKeeping(outcome: Keeping | 'outranked'): Keeping {
  return outcome === 'outranked' ? 'superseded' : outcome
}

function throwIfAllFailed(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  if (outcomes.length > 0 && outcomes.every(({ status }) => status === 'rejected')) throwIfAnyFailed(outcomes)
}

function throwIfAnyFailed(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
