import { invariant, TerraceError } from '../errors.ts'
import type { Policy, PolicyContext, Slot } from '../policies/policy.ts'
import { Ranked } from '../policies/ranked.ts'
import type { Rank } from '../rank.ts'
import { mustBeHeld } from './checked-policy.ts'
import type { Departures } from './departures.ts'
import { Expiry } from './expiry.ts'
import type { EntryCounts } from './memory-stats.ts'
import { both, type RemovalListener, type RemovalReason, Removals } from './removals.ts'
import type { Settings } from './settings.ts'
import { Table } from './table.ts'
import { Weights } from './weights.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * The entries a cache holds, by slot. The table knows their keys and values, the policy who leaves
 * next, the weights how heavy they are, the expiry until when they live; here they are kept in step:
 * an entry enters and leaves all of them together, within the bounds, and is counted and reported.
 *
 * Invariants (`check`): what the table holds the policy orders, once; the bytes are the sum of the
 * weights; only held slots have deadlines; the bounds hold.
 */
export class Residents<K, V> {
  readonly table: Table<K, V>
  #policy: Policy
  readonly counts: EntryCounts = { sets: 0, deletes: 0, evictions: 0, expired: 0, refused: 0 }
  readonly #weights: Weights<K, V> | null
  /** Made when the first entry has a deadline. */
  #expiry: Expiry | null = null
  #removals: Removals<K, V> | null = null
  /** Stands before the policy once an entry has a rank. */
  #ranked: Ranked | null = null
  #departures: Departures | undefined
  readonly #settings: Settings<K, V>
  readonly #context: Pick<PolicyContext, 'slots' | 'capacity' | 'hashOf'>
  readonly #idles: boolean
  #maxEntries: number
  #maxBytes: number
  #bytes = 0
  #closed = false

  constructor(settings: Settings<K, V>) {
    const { maxEntries: slots, world } = settings
    this.#settings = settings
    this.#idles = settings.idle !== NEVER
    this.#maxEntries = slots
    this.#maxBytes = settings.maxBytes
    // The seed decides where keys lie: it must differ between processes, or chosen keys would collide.
    const seed = (world.random() * 2 ** 32) | 0
    const hashOf = (slot: Slot): number => this.table.hashAt(slot)
    this.#context = { slots, capacity: settings.maxBytes === NEVER ? slots : settings.maxBytes, hashOf }
    this.#policy = settings.policy({
      ...this.#context,
      random: () => world.random(),
      deadline: (slot) => this.deadline(slot),
    })
    this.table = new Table(slots, settings.expectedEntries, seed, this.#policy.hashes)
    this.#weights = settings.sizeOf === undefined ? null : new Weights(slots, settings.sizeOf)
    this.watch(undefined)
  }

  /** Tells `listener` what leaves, besides the listener of the settings; with `undefined`, that one alone. */
  watch(listener: RemovalListener<K, V> | undefined): void {
    const { onRemoval, world } = this.#settings
    const told = onRemoval === undefined || listener === undefined ? (onRemoval ?? listener) : both(listener, onRemoval)
    this.#removals = told === undefined ? null : new Removals(told, world, () => this.table.slots)
  }

  /** Tells of keys that leave for another reason than room; with `undefined`, nobody. Every key has a hash from now on. */
  tell(departures: Departures | undefined): void {
    this.#departures = departures
    if (departures !== undefined) this.table.hashAll()
  }

  get policy(): Policy {
    return this.#policy
  }

  get bytes(): number {
    return this.#bytes
  }

  get maxEntries(): number {
    return this.#maxEntries
  }

  get maxBytes(): number {
    return this.#maxBytes
  }

  /** The slot of a key that is held and has not expired, else 0. */
  live(key: K): Slot {
    const slot = this.table.find(key)
    return slot !== 0 && this.isDue(slot) ? 0 : slot
  }

  /** As {@link live}, and counts as a use: the policy is told, an idle time begins anew, what has expired leaves. */
  use(key: K): Slot {
    const slot = this.table.find(key)
    if (slot === 0) return 0
    const expiry = this.#expiry
    if (expiry !== null) {
      if (expiry.isDue(slot)) {
        this.#expire(slot)
        this.#removals?.tell()
        return 0
      }
      if (this.#idles) expiry.touched(slot)
    }
    this.#policy.touched(slot)
    return slot
  }

  /** When a held entry expires if nobody reads it any more; `Infinity` for never. */
  deadline(slot: Slot): number {
    return this.#expiry === null ? NEVER : this.#expiry.deadline(slot)
  }

  /** When its time to live ends, whatever its idle time; `Infinity` for never. */
  end(slot: Slot): number {
    return this.#expiry === null ? NEVER : this.#expiry.end(slot)
  }

  /** Bytes, as `sizeOf` told them; 0 where nothing is weighed. */
  weight(slot: Slot): number {
    return this.#weights === null ? 0 : this.#weights.at(slot)
  }

  isDue(slot: Slot): boolean {
    return this.#expiry?.isDue(slot) === true
  }

  /**
   * Keeps a value, or refuses it; the older value of the key is gone in any case.
   *
   * @param end the moment on the world's monotonic clock at which it expires, `Infinity` for never;
   * 0: it is not to be kept
   * @param rank that of an older value of the key is forgotten
   * @returns whether it was kept
   * @throws TerraceError `ERR_OPTION_INVALID` for a wrong size, `ERR_CLOSED`; nothing has changed then
   */
  put(key: K, value: V, end: number, rank: Rank = 'normal'): boolean {
    const weight = this.#weights === null ? 0 : this.#weights.weigh(value, key)
    // Not before `sizeOf` was called: it may have closed the cache.
    if (this.#closed) throw new TerraceError('ERR_CLOSED', 'MemoryCache.set: the cache is closed')
    this.counts.sets++
    let slot = this.table.findAgain(key)
    if (slot !== 0 && this.isDue(slot)) {
      // Or else it would be taken for replaced.
      this.#expire(slot)
      slot = 0
    }
    let kept = end > 0 && weight <= this.#settings.maxEntryBytes && weight <= this.#maxBytes
    if (!kept) this.#refuse(slot, key, value, end)
    else if (slot === 0) slot = this.#insert(key, value, weight, end)
    else kept = this.#replace(slot, value, weight, end)
    if (kept && (this.#ranked !== null || rank !== 'normal')) this.#rank(slot, rank)
    if (this.#removals !== null) this.#removals.tell()
    return kept
  }

  /** Removes a key. @returns whether it was held and had not expired */
  remove(key: K): boolean {
    const slot = this.table.find(key)
    if (slot === 0) return false
    const due = this.isDue(slot)
    if (due) this.#expire(slot)
    else {
      this.counts.deletes++
      this.#policy.removed(slot)
      this.#leave(slot, 'deleted')
    }
    this.#removals?.tell()
    return !due
  }

  rankAt(slot: Slot): Rank {
    return this.#ranked === null ? 'normal' : this.#ranked.rankOf(slot)
  }

  /** Takes out what lives on elsewhere: no listener hears of it, and nothing is counted. */
  withdraw(slot: Slot): void {
    this.#policy.removed(slot)
    this.#release(slot)
  }

  /** Gives a held entry another end. */
  prolong(slot: Slot, end: number): void {
    this.#schedule(slot, end)
    this.#policy.updated(slot, this.policyWeight(slot))
  }

  clear(): void {
    if (this.#removals !== null) {
      for (const [key, value] of this.pairs(false)) this.#removals.add(key, value, 'cleared')
    }
    this.#empty()
    this.#departures?.cleared()
    this.#removals?.tell()
  }

  /** Sets the bounds; what no longer fits leaves. */
  resize(maxEntries: number, maxBytes: number): void {
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    if (maxEntries > this.table.slots) {
      this.table.extend(maxEntries)
      this.#weights?.extend(maxEntries)
      this.#expiry?.extend(maxEntries)
    }
    this.#policy.resize(this.#capacity, this.table.slots)
    this.#makeRoom(maxEntries, maxBytes)
    this.#removals?.tell()
  }

  /** Empties it, tells nobody, and takes no more. */
  close(): void {
    this.#closed = true
    this.#empty()
    this.#expiry?.close()
  }

  /** Keys with their values; an entry that enters or leaves meanwhile may or may not be seen. */
  *pairs(live: boolean): IterableIterator<[K, V]> {
    for (let slot = 1; slot <= this.table.used; slot++) {
      if (!this.table.holds(slot) || (live && this.isDue(slot))) continue
      yield [this.table.keyAt(slot), this.table.valueAt(slot)]
    }
  }

  /** Proves the invariants of every structure inside. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.table.check()
    this.#policy.check()
    this.#expiry?.check()
    this.#weights?.check(this.table.slots)
    this.#removals?.check()
    const { size } = this.table
    let bytes = 0
    let ordered = 0
    let waiting = 0
    for (const slot of this.#policy.order()) {
      invariant(this.table.holds(slot), () => `the policy holds slot ${slot}, the table does not`)
      if (this.#weights !== null) bytes += this.#weights.at(slot)
      if (this.#expiry !== null && this.#expiry.deadline(slot) !== NEVER) waiting++
      ordered++
    }
    invariant(ordered === size, () => `the policy orders ${ordered} of ${size} entries`)
    invariant(waiting === (this.#expiry?.waiting ?? 0), () => `${waiting} entries have deadlines, others wait too`)
    invariant(bytes === this.#bytes, () => `the entries weigh ${bytes}, the count says ${this.#bytes}`)
    invariant(size <= this.#maxEntries, () => `${size} entries, at most ${this.#maxEntries} allowed`)
    invariant(bytes <= this.#maxBytes, () => `${bytes} bytes, at most ${this.#maxBytes} allowed`)
  }

  /** Who has a rank is not for the policy to order: from the first on it is told of the others only. */
  #rank(slot: Slot, rank: Rank): void {
    if (this.#ranked === null) {
      const context = { ...this.#context, slots: this.table.slots, capacity: this.#capacity }
      this.#ranked = new Ranked(this.#policy, context, this.table.size)
      this.#policy = this.#ranked
    }
    this.#ranked.rank(slot, rank, this.policyWeight(slot))
  }

  get #capacity(): number {
    return this.#maxBytes === NEVER ? this.#maxEntries : this.#maxBytes
  }

  #insert(key: K, value: V, weight: number, end: number): Slot {
    if (this.table.size >= this.#maxEntries || this.#bytes + weight > this.#maxBytes) {
      this.#makeRoom(this.#maxEntries - 1, this.#maxBytes - weight)
    }
    const slot = this.table.insert(key, value)
    if (end !== NEVER || this.#idles || this.#expiry !== null) this.#schedule(slot, end)
    if (this.#weights !== null) {
      this.#weights.put(slot, weight)
      this.#bytes += weight
    }
    this.#policy.added(slot, this.table.hashAt(slot), this.policyWeight(slot))
    return slot
  }

  /** @returns whether the entry stays: a heavier one may have to leave for itself */
  #replace(slot: Slot, value: V, weight: number, end: number): boolean {
    if (this.#removals !== null) this.#removals.add(this.table.keyAt(slot), this.table.valueAt(slot), 'replaced')
    this.table.setValue(slot, value)
    if (end !== NEVER || this.#idles || this.#expiry !== null) this.#schedule(slot, end)
    if (this.#weights !== null) {
      this.#bytes += weight - this.#weights.at(slot)
      this.#weights.put(slot, weight)
    }
    this.#policy.updated(slot, this.policyWeight(slot))
    if (this.#bytes <= this.#maxBytes) return true
    const key = this.table.keyAt(slot)
    this.#makeRoom(this.#maxEntries, this.#maxBytes)
    return this.table.find(key) !== 0
  }

  #refuse(slot: Slot, key: K, value: V, end: number): void {
    if (slot !== 0) {
      this.#policy.removed(slot)
      this.#leave(slot, 'replaced')
    }
    if (end === 0) return
    this.counts.refused++
    this.#removals?.add(key, value, 'refused')
  }

  /** Gives back what has expired, then evicts, until no more is held than this. */
  #makeRoom(entries: number, bytes: number): void {
    while (this.table.size > entries || this.#bytes > bytes) {
      if (this.#expiry?.reclaim() === true) continue
      const slot = this.#policy.evict()
      mustBeHeld(slot, this.table)
      this.counts.evictions++
      this.#leave(slot, 'evicted')
    }
  }

  #expire(slot: Slot): void {
    this.counts.expired++
    this.#policy.removed(slot)
    this.#leave(slot, 'expired')
  }

  /** The policy has let go of the slot: so do all others. */
  #leave(slot: Slot, reason: RemovalReason): void {
    if (this.#removals !== null) this.#removals.add(this.table.keyAt(slot), this.table.valueAt(slot), reason)
    if (reason === 'evicted') this.#vacate(slot)
    else this.#release(slot)
  }

  /** It leaves for another reason than room. */
  #release(slot: Slot): void {
    this.#departures?.left(this.table.hashAt(slot))
    this.#vacate(slot)
  }

  #vacate(slot: Slot): void {
    if (this.#expiry !== null) this.#expiry.forget(slot)
    if (this.#weights !== null) this.#bytes -= this.#weights.at(slot)
    this.table.remove(slot)
  }

  #empty(): void {
    this.#policy.clear()
    this.#expiry?.clear()
    this.table.clear()
    this.#bytes = 0
  }

  #schedule(slot: Slot, end: number): void {
    const { idle, world } = this.#settings
    this.#expiry ??= new Expiry(
      this.table.slots,
      idle,
      world,
      (due) => this.#expire(due),
      () => this.#removals?.tell(),
    )
    this.#expiry.start(slot, end)
  }

  /** What the policy is to count: bytes where they are bounded, entries otherwise. */
  policyWeight(slot: Slot): number {
    return this.#maxBytes === NEVER ? 1 : this.#weights!.at(slot)
  }
}
