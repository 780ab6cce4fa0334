import { storedKey, storedPrefix } from '../../entry/key-text.ts'
import { keepsStale, type Scope } from '../../entry/scope.ts'
import { messageOf } from '../../errors.ts'
import type { ServerInfo } from '../../level.ts'
import type { World } from '../../world/world.ts'
import type {
  Counted,
  Expired,
  Framed,
  InTime,
  Kept,
  Leased,
  Ledger,
  Listener,
  News,
  Point,
  Step,
  Terms,
} from '../ledger.ts'
import { LEDGER_BOUNDS } from '../ledger-core-tables.ts'
import { softName } from '../soft-name.ts'
import type { Argument, Connection } from './connection.ts'
import { Channel } from './feed.ts'
import { RedisMeeting } from './meeting.ts'
import { floorName, Names } from './names.ts'
import { noticeIn } from './notice.ts'
import type { ScriptBounds } from './prelude.ts'
import { keepingsIn, listOf, newsIn, scopeText, stepIn, textOf } from './replies.ts'
import { scan } from './scan.ts'
import { ScriptRunner } from './script-runner.ts'
import { serverInfo } from './server-info.ts'
import { type Found, Sweeper } from './sweeper.ts'

/** How a {@link RedisLedger} is set up. */
export interface RedisLedgerSettings {
  /** What all names begin with. */
  readonly prefix: string
  readonly shards: number
  /** Milliseconds. */
  readonly leaseTime: number
  readonly bounds?: ScriptBounds | undefined
}

const REDIS_BOUNDS: ScriptBounds = LEDGER_BOUNDS

/** The most keys one MGET asks for: a server does nothing else meanwhile. */
const MOST_KEYS = 5000

/**
 * A ledger in Redis: a read is one GET or MGET, every step one script (`scripts.ts`), the feed a
 * channel. It sends nothing twice, and a failure is the failure of that call.
 */
export class RedisLedger implements Ledger {
  readonly shards: number
  readonly isSpread: boolean
  readonly leaseTime: number
  readonly listen: ((listener: Listener) => Promise<void>) | undefined
  /** Where this process meets those it shares the ledger with; `undefined` where there is no feed. */
  readonly meeting: RedisMeeting | undefined
  readonly #connection: Connection
  readonly #names: Names
  readonly #scripts: ScriptRunner
  readonly #sweeper: Sweeper
  #channel: Channel | undefined
  #isClosed = false

  constructor(connection: Connection, settings: RedisLedgerSettings, world: World) {
    this.shards = settings.shards
    this.isSpread = connection.isCluster
    this.leaseTime = settings.leaseTime
    this.#connection = connection
    this.#names = new Names(settings.prefix, settings.shards, connection.database)
    this.#scripts = new ScriptRunner(connection, this.#names, world, settings.bounds ?? REDIS_BOUNDS)
    this.#sweeper = new Sweeper(
      (prefix) => this.#scan(prefix),
      (shard, names) => this.#scripts.run('sweep', shard, names, []),
    )
    const { listen } = connection
    if (listen === undefined) return
    const channels = { feed: this.#names.channel, fleet: this.#names.fleetChannel }
    this.listen = (listener) => this.#hear(new Channel(listen, channels.feed, world), listener)
    this.meeting = new RedisMeeting(connection, listen, channels, world)
  }

  get isHeard(): boolean {
    return this.#channel?.isHeard === true
  }

  shardOf(key: string): number {
    return this.#names.shardOf(key)
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const names = keys.map((key) => this.#names.frame(this.#names.shardOf(key), key))
    const name = names[0]!
    // A single GET is what most reads are: nothing but the reply is awaited.
    if (names.length === 1) return this.#connection.send(name, ['GET', name]).then(oneFrame, noFrame)
    if (!this.#connection.isCluster && names.length <= MOST_KEYS) return this.#getMany(names)
    return this.#getApart(keys, names)
  }

  async #getApart(keys: readonly string[], names: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const frames = new Array<Uint8Array | undefined>(keys.length)
    await Promise.all(
      this.#groups(keys).map(async (group) => {
        const found = await this.#getMany(group.map((n) => names[n]!))
        for (let i = 0; i < group.length; i++) frames[group[i]!] = found[i]
      }),
    )
    return frames
  }

  async sync(shard: number, since: Point | undefined): Promise<News> {
    const point = since === undefined ? ['', '', ''] : [since.reign, String(since.era), since.link]
    const reply = await this.#scripts.run('sync', shard, [], point)
    try {
      return newsIn(reply)
    } catch (error) {
      // A damaged row of the log: as if it did not reach back.
      if (since === undefined) throw error
      return this.sync(shard, undefined)
    }
  }

  async fill(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    return this.#keep('fill', shard, frames, terms)
  }

  async replace(shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    return this.#keep('replace', shard, frames, terms)
  }

  async raise(shard: number, scopes: readonly Scope[], terms: Terms): Promise<Step> {
    const told = JSON.stringify(scopes.map((scope) => scopeText(scope, storedKey)))
    const names: string[] = []
    const floors: string[] = []
    const wide: string[] = []
    for (const scope of scopes) {
      if (scope.kind === 'key') {
        names.push(this.#names.frame(shard, scope.key))
        floors.push(floorOf(scope.key))
      } else if (scope.kind === 'tag') wide.push('t', storedKey(keepsStale(scope) ? softName(scope.tag) : scope.tag))
      else if (keepsStale(scope)) wide.push('p', storedPrefix(softName(scope.kind === 'prefix' ? scope.prefix : '')))
      else if (scope.kind === 'prefix') wide.push('p', storedPrefix(scope.prefix))
      else wide.push('a', '')
    }
    const args = [told, String(names.length), ...floors, ...wide]
    return stepIn(await this.#scripts.run('raise', shard, names, args, terms))
  }

  async lease(shard: number, keys: readonly string[], holder: string): Promise<Leased> {
    const args = [holder, String(this.leaseTime), String(keys.length)]
    const parts = await this.#scripts.run('lease', shard, this.#framesAndLeases(shard, keys), args)
    const leases = parts.slice(5).map((part) => {
      const text = textOf(part)
      return text === 'g' ? 'granted' : text === 'f' ? 'filled' : Number(text)
    })
    return { ...stepIn(parts), leases }
  }

  async release(shard: number, keys: readonly string[], holder: string): Promise<void> {
    const names = keys.map((key) => this.#names.lease(shard, key))
    await this.#scripts.run('release', shard, names, [holder])
  }

  async increment(shard: number, framed: Framed, by: number, ttl: number | undefined, terms: Terms): Promise<Counted> {
    const args = [String(by), ttl === undefined ? '' : String(ttl), '1', ...frameArguments(framed)]
    const parts = await this.#scripts.run('increment', shard, this.#framesAndLeases(shard, [framed.key]), args, terms)
    const frame = parts[5]
    return { ...stepIn(parts), frame: frame instanceof Uint8Array ? frame : undefined }
  }

  async expire(shard: number, key: string, ttl: number, terms: Terms): Promise<Expired> {
    const args = [floorOf(key), String(ttl)]
    const parts = await this.#scripts.run('expire', shard, [this.#names.frame(shard, key)], args, terms)
    return { ...stepIn(parts), found: textOf(parts[5]) === '1' }
  }

  sweep(shard: number, prefix: string): Promise<void> {
    return this.#sweeper.sweep(shard, prefix)
  }

  async *keys(prefix: string): AsyncGenerator<string | undefined> {
    for await (const found of this.#scan(prefix)) {
      if (found.length === 0) yield undefined
      for (const { key } of found) yield key
    }
  }

  readonly info = async (inTime: InTime): Promise<ServerInfo> =>
    serverInfo(await this.#connection.masters(), this.#connection.isCluster, inTime)

  async close(): Promise<void> {
    this.#isClosed = true
    this.#channel?.close()
    this.#sweeper.close()
    await this.#connection.close()
  }

  async #hear(channel: Channel, listener: Listener): Promise<void> {
    this.#channel = channel
    const message = (text: string) => {
      if (this.meeting?.hear(text)) return
      const notice = noticeIn(text, this.shards)
      if (notice?.kind === 'invalidated') listener.invalidated(notice.shard, notice.step)
      else if (notice?.kind === 'settled') listener.settled(notice.shard, notice.keys)
    }
    await channel.listen({ message, interrupted: () => listener.interrupted() })
  }

  async #getMany(names: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return listOf(await this.#connection.send(names[0]!, ['MGET', ...names])).map(frameIn)
  }

  /** Which of the keys can be asked for together: those of one shard, for they lie in one place. */
  #groups(keys: readonly string[]): number[][] {
    const open = new Map<number, number[]>()
    const groups: number[][] = []
    for (let n = 0; n < keys.length; n++) {
      const shard = this.#connection.isCluster ? this.#names.shardOf(keys[n]!) : 0
      let group = open.get(shard)
      if (group === undefined || group.length >= MOST_KEYS) {
        group = []
        open.set(shard, group)
        groups.push(group)
      }
      group.push(n)
    }
    return groups
  }

  async #keep(step: 'fill' | 'replace', shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    const args: Argument[] = [String(frames.length)]
    for (const framed of frames) for (const each of frameArguments(framed)) args.push(each)
    const names = this.#framesAndLeases(
      shard,
      frames.map(({ key }) => key),
    )
    const parts = await this.#scripts.run(step, shard, names, args, terms)
    return { ...stepIn(parts), keepings: keepingsIn(parts[5]) }
  }

  #framesAndLeases(shard: number, keys: readonly string[]): string[] {
    const frames = keys.map((key) => this.#names.frame(shard, key))
    return frames.concat(keys.map((key) => this.#names.lease(shard, key)))
  }

  async *#scan(prefix: string): AsyncGenerator<Found[]> {
    yield* scan(await this.#connection.masters(), this.#names, prefix, () => this.#isClosed)
  }
}

function oneFrame(reply: unknown): [Uint8Array | undefined] {
  return [frameIn(reply)]
}

/** Somebody else's list or hash under our name is no frame. (MGET says so by itself.) */
function noFrame(error: unknown): [undefined] {
  if (messageOf(error).startsWith('WRONGTYPE')) return [undefined]
  throw error
}

function frameIn(reply: unknown): Uint8Array | undefined {
  return reply instanceof Uint8Array ? reply : undefined
}

/** Nothing where the floor is called as the key is, which the script can read out of a name. */
function floorOf(key: string): string {
  const floor = floorName(key)
  return floor === storedKey(key) ? '' : floor
}

function frameArguments({ key, frame, born, link, ttl, tags, version }: Framed): Argument[] {
  const birth = born === Number.POSITIVE_INFINITY ? '' : String(born)
  const texts = tags.map(storedKey)
  const seen = version === undefined ? '' : String(version)
  return [floorOf(key), birth, link, String(ttl), seen, String(texts.length), ...texts, frame]
}
