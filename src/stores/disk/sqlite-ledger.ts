import { resolve } from 'node:path'
import { keyOfStored, storedKey, storedPrefix } from '../../entry/key-text.ts'
import type { Scope } from '../../entry/scope.ts'
import { TerraceError } from '../../errors.ts'
import type { ServerInfo } from '../../level.ts'
import type { World } from '../../world/world.ts'
import type { Counted, Expired, Framed, Kept, Leased, Ledger, News, Point, Step, Terms } from '../ledger.ts'
import type { LedgerCore } from '../ledger-core.ts'
import type { SetAside } from './sqlite-file.ts'
import { SqliteSession } from './sqlite-session.ts'

/** What a {@link SqliteLedger} needs to know. */
export interface SqliteLedgerOptions {
  readonly path: string
  /** Default: 1 GiB. */
  readonly maxBytes?: number | undefined
  /** Default: `Infinity`. */
  readonly maxEntries?: number | undefined
  /** Milliseconds. Default: 10,000. */
  readonly leaseTime?: number | undefined
  /** Told when a damaged file was set aside. Must not throw. */
  readonly onSetAside?: ((event: SetAside) => void) | undefined
  /** Told of each value that is too large for the file. Must not throw. */
  readonly onRefused?: ((key: string, reason: TerraceError) => void) | undefined
}

const GIBIBYTE = 2 ** 30
/** Rows looked at in one go by what goes over many of them. */
const BATCH = 200
/** A frame larger than this part of the file is refused. */
const LARGEST_SHARE = 8
/** What a row takes besides, about. */
const ROW = 100

/**
 * A ledger in a file, for all processes of one machine: one shard, whose steps are transactions of
 * SQLite, whose clock is the machine's wall clock. It has no feed: what others did is asked for.
 *
 * What is to be written is gathered until the promise reactions that are ready have run, and goes
 * into one transaction. Reads are one statement each.
 */
export class SqliteLedger implements Ledger {
  readonly shards = 1
  readonly isSpread = false
  readonly isAtHand = true
  readonly leaseTime: number
  readonly listen: undefined
  readonly #world: World
  readonly #session: SqliteSession
  readonly #largest: number
  readonly #maxBytes: number
  readonly #onRefused: SqliteLedgerOptions['onRefused']

  constructor(options: SqliteLedgerOptions, world: World) {
    this.leaseTime = options.leaseTime ?? 10_000
    this.#maxBytes = options.maxBytes ?? GIBIBYTE
    this.#largest = this.#maxBytes / LARGEST_SHARE
    this.#world = world
    this.#onRefused = options.onRefused
    this.#session = new SqliteSession(
      {
        path: resolve(options.path),
        maxBytes: this.#maxBytes,
        maxEntries: options.maxEntries ?? Number.POSITIVE_INFINITY,
        leaseTime: this.leaseTime,
        onSetAside: options.onSetAside ?? (() => undefined),
      },
      world,
    )
  }

  shardOf(): number {
    return 0
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#session.read(keys.length, (connection, upkeep) =>
      keys.map((key) => {
        const text = storedKey(key)
        const frame = connection.find(text)
        if (frame !== undefined) upkeep.noteRead(text)
        return frame
      }),
    )
  }

  sync(_shard: number, since: Point | undefined): Promise<News> {
    return this.#session.sync(since)
  }

  fill(_shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    const fitting = this.#fitting(frames)
    return this.#session.write(sizeOf(fitting), (core, time) => core.fill(time, fitting, terms))
  }

  replace(_shard: number, frames: readonly Framed[], terms: Terms): Promise<Kept> {
    const fitting = this.#fitting(frames)
    return this.#session.write(sizeOf(fitting), (core, time) => core.replace(time, fitting, terms))
  }

  raise(_shard: number, scopes: readonly Scope[], terms: Terms): Promise<Step> {
    return this.#session.write(namesIn(scopes), (core, time) => core.raise(time, scopes, terms))
  }

  lease(_shard: number, keys: readonly string[], holder: string): Promise<Leased> {
    return this.#session.write(sumOf(keys), (core, time) => core.lease(time, keys, holder))
  }

  release(_shard: number, keys: readonly string[], holder: string | undefined): Promise<void> {
    return this.#session.write(0, (core, time) => core.release(time, keys, holder))
  }

  increment(_shard: number, frame: Framed, by: number, ttl: number | undefined, terms: Terms): Promise<Counted> {
    return this.#session.write(sizeOf([frame]), (core, time) => core.increment(time, frame, by, ttl, terms))
  }

  expire(_shard: number, key: string, ttl: number, terms: Terms): Promise<Expired> {
    return this.#session.write(0, (core, time) => core.expire(time, key, ttl, terms))
  }

  async sweep(_shard: number, prefix: string): Promise<void> {
    for await (const keys of this.#batches(prefix)) {
      await this.#session.write(0, (core: LedgerCore, time) => core.sweep(time, keys))
      // Whoever waits for the lock comes first.
      await new Promise<void>((go) => this.#world.after(1, go))
    }
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const keys of this.#batches(prefix)) yield* keys
  }

  readonly info: () => Promise<ServerInfo> = () =>
    this.#session.read(1, ({ db }, upkeep) => ({
      server: `sqlite ${db.prepare('SELECT sqlite_version() AS version').get()?.version}`,
      uptime: undefined,
      hits: undefined,
      misses: undefined,
      hitRatio: undefined,
      memory: upkeep.bytes(),
      maxMemory: this.#maxBytes,
      keys: Number(db.prepare('SELECT entries FROM shard').get()?.entries),
      clients: undefined,
      evictions: upkeep.evicted,
      nodes: {},
    }))

  close(): Promise<void> {
    return this.#session.close()
  }

  /** What is too large gets no time to live, so that it is refused and what lay there is removed. */
  #fitting(frames: readonly Framed[]): readonly Framed[] {
    if (frames.every(({ frame }) => frame.length <= this.#largest)) return frames
    return frames.map((framed) => (framed.frame.length <= this.#largest ? framed : this.#refused(framed)))
  }

  #refused(framed: Framed): Framed {
    const { key, frame } = framed
    const reason = `it takes ${frame.length} bytes, more than an eighth of maxBytes (${Math.floor(this.#largest)})`
    this.#onRefused?.(key, new TerraceError('ERR_VALUE_UNSUPPORTED', reason))
    return { ...framed, ttl: 0 }
  }

  /** The keys that start with `prefix` and have not ended, some at a time, in the order of their bytes. */
  async *#batches(prefix: string): AsyncIterable<string[]> {
    const begin = storedPrefix(prefix)
    let last = begin
    for (let operator = '>='; ; operator = '>') {
      const rows = await this.#session.read(1, ({ db }) =>
        db
          .prepare(`SELECT key FROM data WHERE key ${operator} ? AND dead_at > ? ORDER BY key LIMIT ${BATCH}`)
          .all(last, this.#world.wall())
          .map(({ key }) => String(key)),
      )
      const texts = rows.filter((text) => text.startsWith(begin))
      const keys = texts.map(keyOfStored).filter((key) => key?.startsWith(prefix))
      if (keys.length > 0) yield keys as string[]
      const next = texts.at(-1)
      // A damaged index could lead back, and round and round.
      if (next === undefined || texts.length < BATCH || !isAfter(next, last)) return
      last = next
    }
  }
}

/** In the order of the database. */
function isAfter(text: string, other: string): boolean {
  return Buffer.compare(Buffer.from(text), Buffer.from(other)) > 0
}

function sumOf(keys: readonly string[]): number {
  let size = 0
  for (const key of keys) size += key.length + ROW
  return size
}

function namesIn(scopes: readonly Scope[]): number {
  return sumOf(scopes.map((scope) => (scope.kind === 'key' ? scope.key : '')))
}

function sizeOf(frames: readonly Framed[]): number {
  let size = 0
  for (const { key, frame } of frames) size += key.length + frame.length
  return size
}
