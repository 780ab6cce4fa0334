import { type Duration, milliseconds } from '../duration.ts'
import { TerraceError } from '../errors.ts'
import { oneOf, readOptions } from '../options.ts'
import { RANKS, type Rank } from '../rank.ts'
import { momentIn } from '../world/moment.ts'
import type { World } from '../world/world.ts'
import type { MemoryStats } from './memory-stats.ts'
import { Residents } from './residents.ts'
import { bytesCheck, entriesCheck, entriesWithin, type MemoryCacheOptions, readSettings } from './settings.ts'
import type { Table } from './table.ts'

/** Options of {@link MemoryCache.set}. */
export interface SetOptions {
  /** How long this entry lives, in place of the cache's `ttl`. 0: it is not kept. */
  readonly ttl?: Duration | undefined
  /**
   * `low`: it leaves before all others when room is needed; `pinned`: after all others, as long as what is pinned
   * takes no more than half of the cache. Default: `normal`, as the policy decides.
   */
  readonly priority?: Rank | undefined
}

const NEVER = Number.POSITIVE_INFINITY
/** Milliseconds. A computation just before a `set` may take as long as a life below. */
const SHORT_LIFE = 10_000

const setSchema = { ttl: milliseconds, priority: oneOf(RANKS) }

/**
 * A bounded cache in this process's memory: the engine of level 1, and a cache of its own.
 *
 * Synchronous; every operation is O(1) or amortised O(1). Keys are told apart as a `Map` does.
 *
 * ```ts
 * const users = new MemoryCache<string, User>({ maxEntries: 50_000, ttl: '10m' })
 * users.set('user:1', user)
 * users.get('user:1')
 * ```
 */
export class MemoryCache<K = string, V = unknown> implements Iterable<[K, V]> {
  readonly #residents: Residents<K, V>
  /** Those of the residents: a read goes straight to them. */
  readonly #table: Table<K, V>
  readonly #world: World
  readonly #started: number
  readonly #ttl: number
  readonly #ttlJitter: number
  /** Whether the bound of entries follows that of bytes: until somebody says one. */
  #impliesEntries: boolean
  #hits = 0
  #misses = 0

  /** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
  constructor(options?: MemoryCacheOptions<K, V>) {
    const settings = readSettings(options)
    this.#residents = new Residents(settings)
    this.#table = this.#residents.table
    this.#world = settings.world
    this.#started = settings.world.mono()
    this.#ttl = settings.ttl
    this.#ttlJitter = settings.ttlJitter
    this.#impliesEntries = settings.impliesEntries
  }

  /** Entries held, those included that have expired and were not yet given back. */
  get size(): number {
    return this.#table.size
  }

  /** Bytes held, as `sizeOf` counts them; 0 where nothing is weighed. */
  get bytes(): number {
    return this.#residents.bytes
  }

  /** The value of `key`, or `undefined`. Counts a hit or a miss, and tells the policy. */
  get(key: K): V | undefined {
    const slot = this.#residents.use(key)
    if (slot === 0) {
      this.#misses++
      return undefined
    }
    this.#hits++
    return this.#table.valueAt(slot)
  }

  /** As {@link get}, but neither counts nor touches. */
  peek(key: K): V | undefined {
    const slot = this.#residents.live(key)
    return slot === 0 ? undefined : this.#table.valueAt(slot)
  }

  /** Whether `key` is held and has not expired. Neither counts nor touches. */
  has(key: K): boolean {
    return this.#residents.live(key) !== 0
  }

  /**
   * Keeps a value, evicting others if it must.
   *
   * @returns whether it was kept: not if it is larger than the bounds allow (it is reported to
   * `onRemoval` as `refused`), if its `ttl` is 0, or if it is heavier than the value it replaced and
   * the policy chose it to make room for itself. An older value of the key is gone in any case.
   * @throws TerraceError `ERR_OPTION_INVALID` for a wrong `ttl` or size, `ERR_CLOSED` after `close`
   */
  set(key: K, value: V, options?: SetOptions): boolean {
    if (options === undefined) return this.#residents.put(key, value, this.#endOf(this.#ttl))
    if (hasTtlAlone(options)) {
      return this.#residents.put(key, value, this.#endOf(milliseconds(options.ttl, 'MemoryCache.set: ttl')))
    }
    const { ttl = this.#ttl, priority } = readOptions('MemoryCache.set', setSchema, options)
    return this.#residents.put(key, value, this.#endOf(ttl), priority)
  }

  /** Removes `key`. @returns whether it was held and had not expired */
  delete(key: K): boolean {
    return this.#residents.remove(key)
  }

  /** Removes everything. Counts go on. */
  clear(): void {
    this.#residents.clear()
  }

  /**
   * Gives `key` a new time to live from now; 0 removes it.
   *
   * @returns whether it was held
   * @throws TerraceError `ERR_OPTION_INVALID`
   */
  expire(key: K, ttl: Duration): boolean {
    const life = milliseconds(ttl, 'MemoryCache.expire: ttl')
    const slot = this.#residents.live(key)
    if (slot === 0) return false
    if (life === 0) return this.delete(key)
    this.#residents.prolong(slot, this.#endOf(life))
    return true
  }

  /** Milliseconds `key` has left to live: `Infinity` for no end, `undefined` when it is not held. */
  ttl(key: K): number | undefined {
    const slot = this.#residents.live(key)
    return slot === 0 ? undefined : this.#residents.deadline(slot) - this.#world.tick()
  }

  /** Keys in no particular order; an entry added or removed meanwhile may or may not be seen. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.#residents.pairs(true)) yield key
  }

  /** Values, as {@link keys}. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.#residents.pairs(true)) yield value
  }

  /** Pairs of key and value, as {@link keys}. */
  entries(): IterableIterator<[K, V]> {
    return this.#residents.pairs(true)
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#residents.pairs(true)
  }

  forEach(visit: (value: V, key: K, cache: this) => void): void {
    for (const [key, value] of this.#residents.pairs(true)) visit(value, key, this)
  }

  /** Keys in the policy's order, the next to leave first: least recently used first under `lru`. Do not change the cache meanwhile. */
  *order(): IterableIterator<K> {
    for (const slot of this.#residents.policy.order()) yield this.#table.keyAt(slot)
  }

  stats(): MemoryStats {
    const residents = this.#residents
    const reads = this.#hits + this.#misses
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: reads === 0 ? 0 : this.#hits / reads,
      ...residents.counts,
      entries: this.#table.size,
      bytes: residents.bytes,
      maxEntries: residents.maxEntries,
      maxBytes: residents.maxBytes,
      uptime: this.#world.mono() - this.#started,
    }
  }

  /**
   * Changes the bounds; what no longer fits is evicted at once. What is not said stays, but for a bound
   * of entries that nobody has ever said: it follows `maxBytes`, as when a cache is made. A cache made
   * without `maxBytes` does not weigh its entries and cannot be given one later.
   *
   * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
   */
  resize(bounds: { readonly maxEntries?: number; readonly maxBytes?: number }): void {
    const read = readOptions('MemoryCache.resize', { maxEntries: entriesCheck, maxBytes: bytesCheck }, bounds)
    const { maxEntries, maxBytes } = this.#residents
    if (read.maxBytes !== undefined && maxBytes === NEVER) {
      throw new TerraceError('ERR_OPTION_INVALID', 'MemoryCache.resize: maxBytes: the cache was made without maxBytes')
    }
    if (read.maxEntries !== undefined) this.#impliesEntries = false
    const implied = this.#impliesEntries && read.maxBytes !== undefined ? entriesWithin(read.maxBytes) : maxEntries
    this.#residents.resize(read.maxEntries ?? implied, read.maxBytes ?? maxBytes)
  }

  /** Lets go of everything and stops the timer. Reads then miss, `set` throws. Nobody is told of removals. */
  close(): void {
    this.#residents.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Proves the invariants of every structure inside. For tests. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#residents.check()
  }

  /** The moment at which an entry that is to live for `life` from now expires; 0 for one that is not to be kept. */
  #endOf(life: number): number {
    if (life === NEVER || life === 0) return life
    const jitter = this.#ttlJitter
    // A fresh look at the clock costs as much as a hit.
    const now = life < SHORT_LIFE ? momentIn(this.#world) : this.#world.tick()
    return now + (jitter === 0 ? life : life * (1 - jitter * this.#world.random()))
  }
}

/** Reading every option costs more than the whole call: where `ttl` is the only one, it is not done. */
function hasTtlAlone(options: SetOptions): boolean {
  if (typeof options !== 'object' || options === null || options.ttl === undefined) return false
  for (const name in options) if (name !== 'ttl') return false
  return true
}
