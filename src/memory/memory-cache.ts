import { type Duration, milliseconds } from '../duration.ts'
import { invariant, TerraceError } from '../errors.ts'
import { readOptions } from '../options.ts'
import type { Policy, Slot } from '../policies/policy.ts'
import type { World } from '../world/world.ts'
import { Expiry } from './expiry.ts'
import type { MemoryStats } from './memory-stats.ts'
import { type RemovalReason, Removals } from './removals.ts'
import { bytesCheck, entriesCheck, type MemoryCacheOptions, readSettings, type Settings } from './settings.ts'
import { Table } from './table.ts'
import { Weights } from './weights.ts'

/** Options of {@link MemoryCache.set}. */
export interface SetOptions {
  /** How long this entry lives, in place of the cache's `ttl`. 0: it is not kept. */
  readonly ttl?: Duration | undefined
}

const NEVER = Number.POSITIVE_INFINITY

const setSchema = { ttl: milliseconds }

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
  readonly #table: Table<K, V>
  readonly #policy: Policy
  readonly #weights: Weights<K, V> | null
  /** Made when the first entry has a deadline. */
  #expiry: Expiry | null = null
  readonly #removals: Removals<K, V> | null
  readonly #settings: Settings<K, V>
  readonly #world: World
  readonly #started: number
  readonly #ttl: number
  readonly #idles: boolean
  #maxEntries: number
  #maxBytes: number
  #bytes = 0
  #closed = false
  #hits = 0
  #misses = 0
  #sets = 0
  #deletes = 0
  #evictions = 0
  #expired = 0
  #refused = 0

  /** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
  constructor(options?: MemoryCacheOptions<K, V>) {
    const settings = readSettings(options)
    this.#settings = settings
    this.#world = settings.world
    this.#started = settings.world.mono()
    this.#ttl = settings.ttl
    this.#idles = settings.idle !== NEVER
    this.#maxEntries = settings.maxEntries
    this.#maxBytes = settings.maxBytes
    const { maxEntries: slots, world } = settings
    // The seed decides where keys lie: it must differ between processes, or chosen keys would collide.
    const seed = (world.random() * 2 ** 32) | 0
    this.#policy = settings.policy({
      slots,
      capacity: settings.maxBytes === NEVER ? slots : settings.maxBytes,
      random: () => world.random(),
      deadline: (slot) => (this.#expiry === null ? NEVER : this.#expiry.deadline(slot)),
      hashOf: (slot) => this.#table.hashAt(slot),
    })
    this.#table = new Table(slots, settings.expectedEntries, seed, this.#policy.hashes)
    this.#weights = settings.sizeOf === undefined ? null : new Weights(slots, settings.sizeOf)
    this.#removals =
      settings.onRemoval === undefined ? null : new Removals(settings.onRemoval, world, () => this.#table.slots)
  }

  /** Entries held, those included that have expired and were not yet given back. */
  get size(): number {
    return this.#table.size
  }

  /** Bytes held, as `sizeOf` counts them; 0 where nothing is weighed. */
  get bytes(): number {
    return this.#bytes
  }

  /** The value of `key`, or `undefined`. Counts a hit or a miss, and tells the policy. */
  get(key: K): V | undefined {
    const slot = this.#table.find(key)
    if (slot === 0) {
      this.#misses++
      return undefined
    }
    if (this.#expiry !== null) {
      if (this.#expiry.isDue(slot)) return this.#missExpired(slot)
      if (this.#idles) this.#expiry.touched(slot)
    }
    this.#hits++
    this.#policy.touched(slot)
    return this.#table.valueAt(slot)
  }

  /** As {@link get}, but neither counts nor touches. */
  peek(key: K): V | undefined {
    const slot = this.#live(key)
    return slot === 0 ? undefined : this.#table.valueAt(slot)
  }

  /** Whether `key` is held and has not expired. Neither counts nor touches. */
  has(key: K): boolean {
    return this.#live(key) !== 0
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
    const life = options === undefined ? this.#ttl : this.#lifeOf(options)
    const weight = this.#weights === null ? 0 : this.#weights.weigh(value, key)
    // Not before `sizeOf` was called: it may have closed the cache.
    if (this.#closed) throw new TerraceError('ERR_CLOSED', 'MemoryCache.set: the cache is closed')
    const slot = this.#findUnexpired(key)
    this.#sets++
    let kept = life > 0 && weight <= this.#settings.maxEntryBytes && weight <= this.#maxBytes
    if (!kept) this.#refuse(slot, key, value, life)
    else if (slot === 0) this.#insert(key, value, weight, life)
    else kept = this.#replace(slot, value, weight, life)
    if (this.#removals !== null) this.#removals.tell()
    return kept
  }

  /** Removes `key`. @returns whether it was held and had not expired */
  delete(key: K): boolean {
    const slot = this.#table.find(key)
    if (slot === 0) return false
    const due = this.#expiry?.isDue(slot) === true
    if (due) this.#expire(slot)
    else {
      this.#deletes++
      this.#policy.removed(slot)
      this.#leave(slot, 'deleted')
    }
    this.#removals?.tell()
    return !due
  }

  /** Removes everything. Counts go on. */
  clear(): void {
    if (this.#removals !== null) {
      for (const [key, value] of this.#pairs(false)) this.#removals.add(key, value, 'cleared')
    }
    this.#policy.clear()
    this.#expiry?.clear()
    this.#table.clear()
    this.#bytes = 0
    this.#removals?.tell()
  }

  /**
   * Gives `key` a new time to live from now; 0 removes it.
   *
   * @returns whether it was held
   * @throws TerraceError `ERR_OPTION_INVALID`
   */
  expire(key: K, ttl: Duration): boolean {
    const life = milliseconds(ttl, 'MemoryCache.expire: ttl')
    const slot = this.#live(key)
    if (slot === 0) return false
    if (life === 0) return this.delete(key)
    this.#schedule(slot, life)
    this.#policy.updated(slot, this.#policyWeight(slot))
    return true
  }

  /** Milliseconds `key` has left to live: `Infinity` for no end, `undefined` when it is not held. */
  ttl(key: K): number | undefined {
    const slot = this.#live(key)
    if (slot === 0) return undefined
    return this.#expiry === null ? NEVER : this.#expiry.deadline(slot) - this.#world.tick()
  }

  /** Keys in no particular order; an entry added or removed meanwhile may or may not be seen. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.#pairs(true)) yield key
  }

  /** Values, as {@link keys}. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.#pairs(true)) yield value
  }

  /** Pairs of key and value, as {@link keys}. */
  entries(): IterableIterator<[K, V]> {
    return this.#pairs(true)
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#pairs(true)
  }

  forEach(visit: (value: V, key: K, cache: this) => void): void {
    for (const [key, value] of this.#pairs(true)) visit(value, key, this)
  }

  /** Keys in the policy's order, the next to leave first: least recently used first under `lru`. Do not change the cache meanwhile. */
  *order(): IterableIterator<K> {
    for (const slot of this.#policy.order()) yield this.#table.keyAt(slot)
  }

  stats(): MemoryStats {
    const reads = this.#hits + this.#misses
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: reads === 0 ? 0 : this.#hits / reads,
      sets: this.#sets,
      deletes: this.#deletes,
      evictions: this.#evictions,
      expired: this.#expired,
      refused: this.#refused,
      entries: this.#table.size,
      bytes: this.#bytes,
      maxEntries: this.#maxEntries,
      maxBytes: this.#maxBytes,
      uptime: this.#world.mono() - this.#started,
    }
  }

  /**
   * Changes the bounds; what no longer fits is evicted at once. A cache made without `maxBytes` does
   * not weigh its entries and cannot be given one later.
   *
   * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
   */
  resize(bounds: { readonly maxEntries?: number; readonly maxBytes?: number }): void {
    const read = readOptions('MemoryCache.resize', { maxEntries: entriesCheck, maxBytes: bytesCheck }, bounds)
    if (read.maxBytes !== undefined && this.#maxBytes === NEVER) {
      throw new TerraceError('ERR_OPTION_INVALID', 'MemoryCache.resize: maxBytes: the cache was made without maxBytes')
    }
    this.#maxEntries = read.maxEntries ?? this.#maxEntries
    this.#maxBytes = read.maxBytes ?? this.#maxBytes
    if (this.#maxEntries > this.#table.slots) {
      this.#table.extend(this.#maxEntries)
      this.#weights?.extend(this.#maxEntries)
      this.#expiry?.extend(this.#maxEntries)
    }
    this.#policy.resize(this.#maxBytes === NEVER ? this.#maxEntries : this.#maxBytes, this.#table.slots)
    this.#makeRoom(this.#maxEntries, this.#maxBytes)
    this.#removals?.tell()
  }

  /** Lets go of everything and stops the timer. Reads then miss, `set` throws. Nobody is told of removals. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#policy.clear()
    this.#expiry?.clear()
    this.#expiry?.close()
    this.#table.clear()
    this.#bytes = 0
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Proves the invariants of every structure inside. For tests. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#table.check()
    this.#policy.check()
    this.#expiry?.check()
    let bytes = 0
    let ordered = 0
    let waiting = 0
    for (const slot of this.#policy.order()) {
      invariant(this.#table.holds(slot), () => `the policy holds slot ${slot}, the table does not`)
      bytes += this.#weights === null ? 0 : this.#weights.at(slot)
      if (this.#expiry !== null && this.#expiry.deadline(slot) !== NEVER) waiting++
      ordered++
    }
    invariant(ordered === this.size, () => `the policy orders ${ordered} of ${this.size} entries`)
    invariant(waiting === (this.#expiry?.waiting ?? 0), () => `${waiting} entries have deadlines, others wait too`)
    invariant(bytes === this.#bytes, () => `the entries weigh ${bytes}, the count says ${this.#bytes}`)
    invariant(this.size <= this.#maxEntries, () => `${this.size} entries, at most ${this.#maxEntries} allowed`)
    invariant(bytes <= this.#maxBytes, () => `${bytes} bytes, at most ${this.#maxBytes} allowed`)
  }

  #live(key: K): Slot {
    const slot = this.#table.find(key)
    return slot !== 0 && this.#expiry?.isDue(slot) === true ? 0 : slot
  }

  #missExpired(slot: Slot): undefined {
    this.#misses++
    this.#expire(slot)
    this.#removals?.tell()
  }

  /** The slot of `key`, 0 when absent. What has expired leaves, so that it is not taken for replaced. */
  #findUnexpired(key: K): Slot {
    const slot = this.#table.findAgain(key)
    if (slot === 0 || this.#expiry === null || !this.#expiry.isDue(slot)) return slot
    this.#expire(slot)
    return 0
  }

  #expire(slot: Slot): void {
    this.#expired++
    this.#policy.removed(slot)
    this.#leave(slot, 'expired')
  }

  #insert(key: K, value: V, weight: number, life: number): void {
    if (this.#table.size >= this.#maxEntries || this.#bytes + weight > this.#maxBytes) {
      this.#makeRoom(this.#maxEntries - 1, this.#maxBytes - weight)
    }
    const slot = this.#table.insert(key, value)
    if (life !== NEVER || this.#idles || this.#expiry !== null) this.#schedule(slot, life)
    if (this.#weights !== null) {
      this.#weights.put(slot, weight)
      this.#bytes += weight
    }
    this.#policy.added(slot, this.#table.hashAt(slot), this.#policyWeight(slot))
  }

  /** @returns whether the entry stays: a heavier one may have to leave for itself */
  #replace(slot: Slot, value: V, weight: number, life: number): boolean {
    const key = this.#table.keyAt(slot)
    if (this.#removals !== null) this.#removals.add(key, this.#table.valueAt(slot), 'replaced')
    this.#table.setValue(slot, value)
    if (life !== NEVER || this.#idles || this.#expiry !== null) this.#schedule(slot, life)
    if (this.#weights !== null) {
      this.#bytes += weight - this.#weights.at(slot)
      this.#weights.put(slot, weight)
    }
    this.#policy.updated(slot, this.#policyWeight(slot))
    if (this.#bytes <= this.#maxBytes) return true
    this.#makeRoom(this.#maxEntries, this.#maxBytes)
    return this.#table.find(key) !== 0
  }

  #refuse(slot: Slot, key: K, value: V, life: number): void {
    if (slot !== 0) {
      this.#policy.removed(slot)
      this.#leave(slot, 'replaced')
    }
    if (life === 0) return
    this.#refused++
    this.#removals?.add(key, value, 'refused')
  }

  /** Gives back what has expired, then evicts, until no more is held than this. */
  #makeRoom(entries: number, bytes: number): void {
    while (this.#table.size > entries || this.#bytes > bytes) {
      if (this.#expiry?.reclaim() === true) continue
      this.#evictions++
      this.#leave(this.#policy.evict(), 'evicted')
    }
  }

  /** The policy has let go of the slot: so do all others. */
  #leave(slot: Slot, reason: RemovalReason): void {
    if (this.#removals !== null) this.#removals.add(this.#table.keyAt(slot), this.#table.valueAt(slot), reason)
    if (this.#expiry !== null) this.#expiry.forget(slot)
    if (this.#weights !== null) this.#bytes -= this.#weights.at(slot)
    this.#table.remove(slot)
  }

  #schedule(slot: Slot, life: number): void {
    const { ttlJitter } = this.#settings
    const shortened = ttlJitter === 0 ? life : life * (1 - ttlJitter * this.#world.random())
    this.#expiry ??= new Expiry(
      this.#table.slots,
      this.#settings.idle,
      this.#world,
      (due) => this.#expire(due),
      () => this.#removals?.tell(),
    )
    this.#expiry.start(slot, shortened)
  }

  #lifeOf(options: SetOptions): number {
    // Reading every option costs more than the whole call: where `ttl` is the only one, it is not done.
    let read = typeof options !== 'object' || options === null || options.ttl === undefined
    for (const name in options) read ||= name !== 'ttl'
    if (read) return readOptions('MemoryCache.set', setSchema, options).ttl ?? this.#ttl
    return milliseconds(options.ttl, 'MemoryCache.set: ttl')
  }

  /** What the policy is to count: bytes where they are bounded, entries otherwise. */
  #policyWeight(slot: Slot): number {
    return this.#maxBytes === NEVER ? 1 : this.#weights!.at(slot)
  }

  *#pairs(live: boolean): IterableIterator<[K, V]> {
    for (let slot = 1; slot <= this.#table.used; slot++) {
      if (!this.#table.holds(slot) || (live && this.#expiry?.isDue(slot) === true)) continue
      yield [this.#table.keyAt(slot), this.#table.valueAt(slot)]
    }
  }
}
