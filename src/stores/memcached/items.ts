import type { Era } from '../../entry/era.ts'
import { barring, expiring, judged } from '../../entry/finding.ts'
import { openFrame, packFrame, stampFrame } from '../../entry/frame.ts'
import { upkeepHere, upkeepThere } from '../../entry/upkeep.ts'
import type { World } from '../../world/world.ts'
import { expiredSealed, type Sealed, SealedFact, type SealedFinding } from '../store.ts'
import type { MemcachedClient } from './client.ts'
import type { Late } from './connection.ts'
import { itemTtl } from './item-time.ts'
import type { MemcachedNode } from './memcached-node.ts'
import { type Reply, unexpected } from './reply.ts'
import { type Ticket, Tickets } from './tickets.ts'
import { WideMirror } from './wide-mirror.ts'
import { floorsIn, isBarred, isExpired } from './wide-state.ts'
import type { WireKeys } from './wire-key.ts'

/**
 * Seconds an empty item stays: the placeholder that a miss leaves, whose version is the ticket for
 * filling it, and the tombstone of an invalidation. When it goes, the tickets for it are void.
 */
const PLACEHOLDER = 60

/** How items are treated. */
export interface ItemLimits {
  /** Milliseconds after which the copies of the nodes' states are asked for again. */
  readonly maxAge: number
  /** The largest frame. */
  readonly maxValueBytes: number
}

/** Where a key lies. */
export interface Place {
  readonly key: string
  /** The name of its item. */
  readonly name: string
  readonly node: MemcachedNode
  readonly mirror: WideMirror
}

/** What an item was when it was read: what is done on this condition is done only if nothing happened to it since. */
export interface Version {
  readonly cas: number
  /** The connection that told it: another one may be to another life of the server. */
  readonly generation: number
  /** What may be served, where that was asked for. */
  readonly entry?: Sealed | undefined
}

/** What lies under a key. */
export interface Look extends Version {
  /** What may be served; its `born` is `era`. */
  readonly entry: Sealed | undefined
  readonly era: Era
}

/** See `Fact` in `entry/entry.ts`. */
class Seen implements Look {
  readonly cas: number
  readonly generation: number
  readonly era: Era
  readonly entry: Sealed | undefined

  constructor(cas: number, generation: number, era: Era, entry: Sealed | undefined) {
    this.cas = cas
    this.generation = generation
    this.era = era
    this.entry = entry
  }
}

/** The items of a store on its nodes: frames under the names of keys, read and written with their versions. */
export class Items {
  readonly world: World
  readonly keys: WireKeys
  readonly #client: MemcachedClient
  readonly #mirrors: readonly WideMirror[]
  readonly #maxValueBytes: number
  readonly #tickets = new Tickets()
  /** See `Follower.carriesOn`. */
  carriesOn = false

  constructor(world: World, client: MemcachedClient, keys: WireKeys, { maxAge, maxValueBytes }: ItemLimits) {
    this.#maxValueBytes = maxValueBytes
    this.world = world
    this.keys = keys
    this.#client = client
    this.#mirrors = client.nodes.map((node) => new WideMirror(world, node, keys.state, maxAge))
  }

  get mirrors(): readonly WideMirror[] {
    return this.#mirrors
  }

  placeOf(key: string): Place {
    const name = this.keys.data(key)
    const node = this.#client.nodeOf(name)
    return { key, name, node, mirror: this.#mirrors[node.index]! }
  }

  /** Reads a key, and leaves a placeholder where nothing is. */
  async look(place: Place): Promise<Look> {
    const [look] = await this.looks([place])
    if (look instanceof Error) throw look
    return look!
  }

  /** Reads keys. A node that failed has left its error in the place of what it did not tell. */
  async looks(places: readonly Place[]): Promise<(Look | Error)[]> {
    const generations = places.map(({ node }) => node.generation)
    const told = this.#askFor(places)
    const now = this.world.mono()
    const failed = new Map<WideMirror, Error>()
    const fresh: Promise<unknown>[] = []
    for (const { mirror } of places) {
      const freshened = this.carriesOn ? mirror.renew() : mirror.freshen(now)
      if (freshened !== undefined) fresh.push(freshened.catch((error: Error) => failed.set(mirror, error)))
    }
    const replies = await told
    if (fresh.length > 0) await Promise.all(fresh)
    const clocks = { wall: this.world.wall(), mono: this.world.mono() }
    return replies.map((reply, n) => {
      if (reply instanceof Error) return reply
      const place = places[n]!
      return failed.get(place.mirror) ?? this.#lookIn(place, generations[n]!, reply, clocks)
    })
  }

  #askFor(places: readonly Place[]): Promise<(Reply | Error)[]> {
    return new Promise((resolve) => {
      const told = new Array<Reply | Error>(places.length)
      let left = places.length
      if (left === 0) resolve(told)
      for (let n = 0; n < places.length; n++) {
        const { name, node } = places[n]!
        const tell = (reply: Reply | Error) => {
          told[n] = reply
          if (--left === 0) resolve(told)
        }
        node.send(`mg ${name} v c N${PLACEHOLDER}\r\n`, undefined, tell, tell)
      }
    })
  }

  #lookIn(place: Place, generation: number, reply: Reply, clocks: Clocks): Look | Error {
    const { value, cas } = reply
    if (value === undefined) return unexpected(place.node.name, reply)
    const era = this.ticket(place, generation, cas)
    const entry = value.length === 0 ? undefined : this.#open(place, value, era, clocks)
    return new Seen(cas, generation, era, entry)
  }

  /** What lies under a key, without leaving a placeholder where nothing is. */
  async find(place: Place): Promise<SealedFinding> {
    const { node, name, key, mirror } = place
    const [reply] = await Promise.all([node.ask(`mg ${name} v\r\n`), mirror.freshen(this.world.mono())])
    if (reply.value === undefined && reply.code !== 'EN') throw unexpected(node.name, reply)
    const bytes = reply.value?.length || undefined
    const frame = bytes === undefined ? undefined : openFrame(reply.value!)
    const floors = mirror.state === undefined ? [] : floorsIn(mirror.state, key, frame?.tags ?? [])
    const told = { entry: undefined, barredBy: undefined, flaw: undefined, age: undefined, bytes, floors }
    if (bytes === undefined) return told
    if (frame === undefined) return { ...told, flaw: 'what lies there is damaged, or none of ours' }
    const { found, codec, payload, version, tags, deadAt, born, keyEcho, storedUpkeep } = frame
    const age = Math.max(0, this.world.wall() - frame.stamped)
    if (keyEcho === undefined ? this.keys.isHashed(name) : keyEcho !== key) {
      return { ...told, age, flaw: 'what lies there belongs to another key' }
    }
    if (frame.reign !== mirror.state?.reign) {
      return { ...told, age, flaw: 'it was written before the node lost its history: nothing of that is served' }
    }
    const ahead = this.world.wall() - this.world.mono()
    const upkeep = storedUpkeep && upkeepHere(storedUpkeep, ahead)
    const entry: Sealed = { key, found, codec, payload, born, deadline: deadAt - ahead, tags, version, upkeep }
    const expire = (each: Sealed) => expiredSealed(each, this.world.mono())
    return { ...told, age, ...judged(entry, barring(floors, born), expiring(floors, born), expire) }
  }

  /** The version of a key's item, which is made if there is none. */
  async version({ node, name }: Place): Promise<Version> {
    const { generation } = node
    const reply = await node.ask(`mg ${name} c N${PLACEHOLDER}\r\n`)
    if (reply.code !== 'HD') throw unexpected(node.name, reply)
    return { cas: reply.cas, generation }
  }

  /**
   * Puts an entry in the place of what has this version. No floor in the state of the node as it is known may
   * stand against it: it is born at that state's era. `late` is told when a call that was given up on is over.
   */
  async put(place: Place, entry: Sealed, { cas, generation }: Version, late?: Late): Promise<Reply> {
    const { node, name } = place
    if (generation !== node.generation) throw new Error(`memcached ${node.name}: connected anew meanwhile`)
    const { world } = this
    const { found, codec, payload, deadline, tags, version, upkeep } = entry
    const now = world.wall()
    const ahead = now - world.mono()
    const key = this.keys.isHashed(name) ? entry.key : undefined
    const storedUpkeep = upkeep && upkeepThere(upkeep, deadline, ahead)
    const frame = packFrame({ found, codec, payload, tags, version, key, storedUpkeep })
    // Nobody would take it back.
    if (frame.length > this.#maxValueBytes) return TOO_LARGE
    const { reign, era } = place.mirror.state!
    stampFrame(frame, { reign, born: era, stamped: now, deadAt: deadline + ahead })
    return node.ask(`ms ${name} ${frame.length} C${cas} T${itemTtl(world, deadline)} c\r\n`, frame, late)
  }

  /** Whatever lies under the key is gone, and what was looked for before cannot be put there any more. */
  async entomb(place: Place): Promise<Era> {
    const { node, name, mirror } = place
    const { generation } = node
    const asked = node.ask(`ms ${name} 0 T${PLACEHOLDER} c\r\n`, NOTHING)
    const [reply] = await Promise.all([asked, mirror.freshen(this.world.mono())])
    if (reply.code !== 'HD') throw unexpected(node.name, reply)
    return this.ticket(place, generation, reply.cas)
  }

  /** The era to hand out with a version that the node told. */
  ticket({ node, mirror }: Place, generation: number, cas: number): Era {
    const reign = mirror.state?.reign ?? ''
    return this.#tickets.issue({ node: node.index, generation, reign, era: mirror.state?.era ?? 0, cas })
  }

  /** An era that no key can be filled with. */
  noTicket(): Era {
    return this.#tickets.issue({ node: 0, generation: 0, reign: '', era: 0, cas: 0 })
  }

  /**
   * What an era stands for: the version and the wide era, if it is of this connection and reign, and no
   * wide floor known by now, of freshness as well, stands against what was looked for then.
   */
  redeem({ node, mirror, key }: Place, born: Era, tags: readonly string[]): Ticket | undefined {
    const ticket = this.#tickets.open(born)
    const { state } = mirror
    if (ticket === undefined || state === undefined || ticket.cas === 0) return undefined
    if (ticket.node !== node.index || ticket.generation !== node.generation) return undefined
    if (ticket.reign !== state.reign || isBarred(state, key, tags, ticket.era)) return undefined
    return isExpired(state, key, tags, ticket.era) ? undefined : ticket
  }

  #open({ key, name, mirror }: Place, bytes: Uint8Array, era: Era, { wall, mono }: Clocks): Sealed | undefined {
    const frame = openFrame(bytes)
    const { state } = mirror
    if (frame === undefined || state === undefined || frame.reign !== state.reign) return undefined
    const { found, codec, payload, version, tags, deadAt, storedUpkeep } = frame
    if (frame.keyEcho === undefined ? this.keys.isHashed(name) : frame.keyEcho !== key) return undefined
    if (deadAt <= wall || isBarred(state, key, tags, frame.born)) return undefined
    const ahead = wall - mono
    const upkeep = storedUpkeep && upkeepHere(storedUpkeep, ahead)
    const sealed = new SealedFact(key, found, codec, payload, era, deadAt - ahead, tags, version, upkeep)
    return isExpired(state, key, tags, frame.born) ? expiredSealed(sealed, mono) : sealed
  }
}

/** What both clocks showed when the answers had come: read once for many items. */
interface Clocks {
  readonly wall: number
  readonly mono: number
}

const NOTHING = new Uint8Array(0)
const TOO_LARGE: Reply = Object.freeze({
  code: 'SERVER_ERROR',
  cas: 0,
  ttl: Number.NaN,
  value: undefined,
  text: 'more than maxValueBytes',
  stats: undefined,
})
