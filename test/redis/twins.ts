import type { Redis } from 'ioredis'
import { NUMBER, packFrame, stampFrame } from '../../src/entry/frame.ts'
import type { Scope } from '../../src/entry/scope.ts'
import { Upkeep } from '../../src/entry/upkeep.ts'
import type { Framed, Invalidation, Ledger } from '../../src/stores/ledger.ts'
import { LedgerCore } from '../../src/stores/ledger-core.ts'
import { MemoryTables } from '../../src/stores/ledger-core-memory.ts'
import { adoptClient } from '../../src/stores/redis/adopt.ts'
import { Names } from '../../src/stores/redis/names.ts'
import { RedisLedger } from '../../src/stores/redis/redis-ledger.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { framed, NO_LINK } from './frames.ts'

/** So small that histories of a few dozen steps reach them. */
const BOUNDS = { keys: 4, prefixes: 2, tags: 3, steps: 12, names: 5 }
const LEASE_TIME = 600_000
const ORIGINS = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb']
const KEYS = ['a', 'b', 'ab', 'abc', 'ä😀', `long${'g'.repeat(300)}`, '', '\u0010x', 'lone\ud83d', '{x}:*?[a]']
const PREFIXES = ['', 'a', 'ab', 'ä', 'l', '\u0010', '{x}:*']
const TAGS = ['t', 'u', 'ö', 'v', 'w']

/** One step of a history. Numbers choose: whatever they are, they choose something. */
export interface Move {
  readonly kind: 'sync' | 'fill' | 'replace' | 'raise' | 'lease' | 'release' | 'increment' | 'expire' | 'sweep' | Mishap
  readonly dice: readonly number[]
}

/** What happens to a server without anybody asking. */
type Mishap = 'evict' | 'rubbish' | 'snapshot' | 'failOver'

interface Was {
  readonly reign: string
  readonly era: number
  readonly link: string
}

/** One shard twice: in a real Redis, and in `LedgerCore`. Every move is made in both, and every answer compared. */
export class Twins {
  readonly #redis: Redis
  readonly #ledger: Ledger
  readonly #names: Names
  readonly #feed: unknown[] = []
  #tables = new MemoryTables()
  #core: LedgerCore
  #reign = 1
  #links = 1
  #frames = 0
  #time = 0
  #points: Was[] = [{ reign: 'ffffffffffffffff', era: 0, link: NO_LINK }]
  #snapshot: { tables: MemoryTables; dump: Map<string, Buffer> } | undefined

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#names = new Names(prefix, 1)
    const world = { ...worldOf(), random: () => this.#half() }
    this.#ledger = new RedisLedger(
      adoptClient(redis, 'test'),
      { prefix, shards: 1, leaseTime: LEASE_TIME, bounds: BOUNDS },
      world,
    )
    this.#core = this.#coreOver(this.#tables)
  }

  get channel(): string {
    return this.#names.channel
  }

  /** What `LedgerCore` told its feed. */
  get told(): readonly unknown[] {
    return this.#feed
  }

  /** Makes the move in both. @returns both answers, to be found equal */
  async move({ kind, dice }: Move): Promise<readonly [unknown, unknown]> {
    const draw = drawer(dice)
    // A name for the reign this step may begin, the same in both.
    this.#reign++
    if (kind === 'sync') {
      const since = draw(4) === 0 ? undefined : this.#point(draw)
      const news = await this.#ledger.sync(0, since)
      this.#stood(news)
      return [sorted(news), sorted(this.#core.sync(news.time, since))]
    }
    if (kind === 'fill' || kind === 'replace') return this.#keep(kind, draw)
    if (kind === 'raise') return this.#raise(draw)
    if (kind === 'lease') {
      const keys = unique([pick(KEYS, draw), pick(KEYS, draw)])
      const holder = pick(ORIGINS, draw)
      const leased = await this.#ledger.lease(0, keys, holder)
      this.#stood(leased)
      const expected = this.#core.lease(leased.time, keys, holder)
      return [withoutTimes(leased), withoutTimes(expected)]
    }
    if (kind === 'release') {
      const keys = [pick(KEYS, draw), pick(KEYS, draw)]
      const holder = pick(ORIGINS, draw)
      await this.#ledger.release(0, keys, holder)
      this.#core.release(this.#time, keys, holder)
      return [undefined, undefined]
    }
    if (kind === 'increment') return this.#increment(draw)
    if (kind === 'expire') {
      const key = pick(KEYS, draw)
      const ttl = pick([-1, 0, 600_000, Number.POSITIVE_INFINITY], draw)
      const terms = this.#terms(draw)
      const expired = await this.#ledger.expire(0, key, ttl, terms)
      this.#stood(expired)
      return [expired, this.#core.expire(expired.time, key, ttl, terms)]
    }
    if (kind === 'sweep') {
      const prefix = pick(PREFIXES, draw)
      await this.#ledger.sweep(0, prefix)
      this.#core.sweep(
        this.#time,
        [...this.#tables.keys()].filter((key) => key.startsWith(prefix)),
      )
      return [undefined, undefined]
    }
    await this.#mishap(kind, draw)
    return [undefined, undefined]
  }

  /** All that lies there, frame by frame, and all key floors, in both. */
  async contents(): Promise<readonly [unknown, unknown]> {
    const frames = await this.#ledger.get(KEYS)
    const hex = (frame: Uint8Array | undefined) => frame && Buffer.from(frame).toString('hex')
    const rows = await this.#redis.zrangebyscore(this.#names.shards[0]!.keyFloors, '-inf', '+inf', 'WITHSCORES')
    const texts = rows.flat().map(String)
    const scores = texts.filter((text, n) => n % 2 === 1 && !/^inf/i.test(text)).map(Number)
    const floors = this.#tables.state() === undefined ? [] : [...this.#tables.keyFloors.entries()].map(([, era]) => era)
    const listed: string[] = []
    for await (const key of this.#ledger.keys('a')) if (key !== undefined) listed.push(key)
    return [
      {
        frames: frames.map(hex),
        scores: this.#tables.state() === undefined ? [] : scores.sort(byNumber),
        listed: listed.sort(),
      },
      {
        frames: KEYS.map((key) => hex(this.#tables.frame(key))),
        scores: floors.sort(byNumber),
        listed: [...this.#tables.keys()].filter((key) => key.startsWith('a')).sort(),
      },
    ]
  }

  async #keep(kind: 'fill' | 'replace', draw: Draw): Promise<readonly [unknown, unknown]> {
    const point = this.#point(draw)
    const keys = unique(Array.from({ length: 1 + draw(3) }, () => pick(KEYS, draw)))
    const frames = keys.map((key) => {
      const isUnchecked = kind === 'replace' && draw(2) === 0
      const about = {
        born: isUnchecked ? Number.POSITIVE_INFINITY : point.era,
        link: isUnchecked ? '' : point.link,
        ttl: pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 600_000.5, 0], draw),
        tags: unique([pick(TAGS, draw), pick(TAGS, draw)]).slice(draw(3)),
        version: draw(2) === 0 ? undefined : draw(4) - 1.5,
      }
      return framed(key, `value ${this.#frames++}`, about, this.#upkeep(draw))
    })
    const terms = { ...this.#terms(draw), reign: point.reign }
    const kept = await this.#ledger[kind](0, frames, terms)
    this.#stood(kept)
    return [kept, this.#core[kind](kept.time, frames, terms)]
  }

  async #raise(draw: Draw): Promise<readonly [unknown, unknown]> {
    const scopes = Array.from({ length: draw(4) }, (): Scope => {
      const kind = pick(['key', 'key', 'prefix', 'tag', 'tag', 'all'] as const, draw)
      if (kind === 'key') return { kind, key: pick(KEYS, draw) }
      const soft = draw(2) === 0 ? {} : { keepsStale: true as const }
      if (kind === 'prefix') return { kind, prefix: pick(PREFIXES, draw), ...soft }
      return kind === 'tag' ? { kind, tag: pick(TAGS, draw), ...soft } : { kind, ...soft }
    })
    const terms = this.#terms(draw)
    const step = await this.#ledger.raise(0, scopes, terms)
    this.#stood(step)
    return [step, this.#core.raise(step.time, scopes, terms)]
  }

  async #increment(draw: Draw): Promise<readonly [unknown, unknown]> {
    const key = pick(KEYS, draw)
    const by = pick([1, -2.5, 1e308], draw)
    const ttl = pick([undefined, undefined, 600_000, Number.POSITIVE_INFINITY, 0], draw)
    const fresh = numberFrame(key, by, pick([Number.POSITIVE_INFINITY, 600_000], draw), this.#upkeep(draw))
    const terms = this.#terms(draw)
    const counted = await this.#ledger.increment(0, fresh, by, ttl, terms)
    this.#stood(counted)
    const expected = this.#core.increment(counted.time, fresh, by, ttl, terms)
    return [withHex(counted), withHex(expected)]
  }

  async #mishap(kind: Mishap, draw: Draw): Promise<void> {
    const { state, keyFloors, tagFloors, prefixFloors } = this.#names.shards[0]!
    if (kind === 'evict') {
      if (draw(4) !== 0) return
      await this.#redis.del(pick([state, keyFloors, tagFloors, prefixFloors], draw))
      this.#tables.forgetState()
    } else if (kind === 'rubbish') {
      const key = pick(KEYS, draw)
      const bytes = pick([Buffer.from('rubbish'), Buffer.alloc(80, 7), Buffer.alloc(0), this.#ahead()], draw)
      await this.#redis.set(this.#names.frame(0, key), bytes)
      this.#tables.put(key, bytes, Number.POSITIVE_INFINITY)
    } else if (kind === 'snapshot') {
      this.#snapshot = { tables: this.#tables.copy(), dump: await this.#dump() }
    } else if (this.#snapshot !== undefined) {
      await this.#restore(this.#snapshot.dump)
      this.#tables = this.#snapshot.tables.copy()
      this.#core = this.#coreOver(this.#tables)
    }
  }

  /** Fresh for ever, for long or no more; due at all kinds of times, and some that are none. */
  #upkeep(draw: Draw): Upkeep | undefined {
    if (draw(2) === 0) return undefined
    const time = this.#time
    const fresh = pick([Number.POSITIVE_INFINITY, time + 500_000.25, time + 500_000.25, time - 1, oddTime(draw)], draw)
    const due = pick([Number.POSITIVE_INFINITY, time + 400_000, time + 500_000.25, 0, oddTime(draw)], draw)
    const etag = pick([undefined, undefined, '', '"v1"', 'lone\ud83d', '\u0010x'], draw)
    return new Upkeep(time - draw(5), due, fresh, etag, draw(4) === 0 ? 'Sun, 06 Nov 1994 08:49:37 GMT' : undefined)
  }

  /** A frame of this reign, from an era that is yet to come: what a fail-over may leave behind. */
  #ahead(): Buffer {
    const { frame } = framed('', 'ahead')
    const { reign, era } = this.#points[0]!
    stampFrame(frame, { reign, born: era + 3, stamped: this.#time, deadAt: Number.POSITIVE_INFINITY })
    return Buffer.from(frame)
  }

  async #dump(): Promise<Map<string, Buffer>> {
    const names = (await this.#redis.keys(`${globless(this.#names.begin)}*`)).filter((name) => !name.includes('}~'))
    const dump = new Map<string, Buffer>()
    for (const name of names) dump.set(name, (await this.#redis.dumpBuffer(name))!)
    return dump
  }

  async #restore(dump: ReadonlyMap<string, Buffer>): Promise<void> {
    const names = await this.#redis.keys(`${globless(this.#names.begin)}*`)
    if (names.length > 0) await this.#redis.del(names)
    for (const [name, bytes] of dump) await this.#redis.restore(name, 0, bytes)
  }

  #coreOver(tables: MemoryTables): LedgerCore {
    const feed = {
      invalidated: (step: Invalidation) => this.#feed.push(step),
      settled: (keys: readonly string[]) => this.#feed.push(keys),
    }
    return new LedgerCore(tables, { leaseTime: LEASE_TIME, nameReign: () => this.#name(), feed, bounds: BOUNDS })
  }

  #name(): string {
    return this.#reign.toString(16).padStart(8, '0').repeat(2)
  }

  #half(): number {
    return this.#reign / 2 ** 32
  }

  #terms(draw: Draw) {
    const link = (this.#links++).toString(16).padStart(12, '0')
    return { notAfter: 1e15, origin: pick(ORIGINS, draw), link, reign: this.#points[0]!.reign }
  }

  /** Somewhere in the history: mostly now, sometimes before, or in none at all. */
  #point(draw: Draw): Was {
    const point = draw(3) === 0 ? this.#points[0]! : pick(this.#points, draw)
    if (draw(80) === 0) return { ...point, era: point.era + 1 }
    return draw(20) === 0 ? { ...point, link: 'eeeeeeeeeeee' } : point
  }

  #stood({ reign, era, link, time }: Was & { readonly time: number }): void {
    const others = this.#points.filter((point) => point.reign !== reign || point.era !== era || point.link !== link)
    this.#points = [{ reign, era, link }, ...others].slice(0, 24)
    this.#time = time
  }
}

type Draw = (sides: number) => number

function drawer(dice: readonly number[]): Draw {
  let next = 0
  return (sides) => (dice[next++ % dice.length] ?? 0) % sides
}

function pick<T>(from: readonly T[], draw: Draw): T {
  return from[draw(from.length)]!
}

function unique<T>(from: readonly T[]): T[] {
  return [...new Set(from)]
}

function byNumber(a: number, b: number): number {
  return a - b
}

function globless(text: string): string {
  return text.replaceAll(/[[\]*?\\]/g, '\\$&')
}

function worldOf() {
  const { wall, mono, tick, after, soon, random, background } = systemWorld
  return { wall, mono, tick, after, soon, random, background }
}

/** Floors are told in no order. */
function sorted(news: Awaited<ReturnType<Ledger['sync']>>): unknown {
  if (news.kind === 'since') return news
  const { prefixes, tags } = news.floors
  return { ...news, floors: { ...news.floors, prefixes: [...prefixes].sort(), tags: [...tags].sort() } }
}

/** How long a lease lasts is measured by Redis in whole milliseconds of its own. */
function withoutTimes(leased: { readonly leases: readonly unknown[] }): unknown {
  return { ...leased, leases: leased.leases.map((lease) => (typeof lease === 'number' ? 'taken' : lease)) }
}

function withHex<T extends { readonly frame: Uint8Array | undefined }>(counted: T): unknown {
  return { ...counted, frame: counted.frame && Buffer.from(counted.frame).toString('hex') }
}

/** Mostly a time after all. */
function oddTime(draw: Draw): number {
  return pick([1e300, -1e300, 0, Number.NaN, Number.NEGATIVE_INFINITY], draw)
}

function numberFrame(key: string, by: number, ttl: number, storedUpkeep: Upkeep | undefined): Framed {
  const payload = Buffer.alloc(8)
  payload.writeDoubleLE(by)
  const frame = packFrame({ found: true, codec: NUMBER, payload, tags: [], version: undefined, storedUpkeep })
  return { ...framed(key, '', { ttl }), frame }
}
