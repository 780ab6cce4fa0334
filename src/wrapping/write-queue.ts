import type { SetOptions } from '../cache/calls.ts'

/** What one key is to become at the source. */
export interface QueuedWrite<V> {
  readonly key: string
  /** `undefined`: it is to be removed. */
  value: V | undefined
  options: SetOptions | undefined
  /** Grows with each write that was queued; of writes that became one, the first counts. */
  readonly order: number
  /** The monotonic moment from which on it is to be written. */
  due: number
  /** How often writing it has failed. */
  failures: number
  /** With how many it may share a batch, itself counted. */
  company: number
}

/**
 * What a source has not been told yet: one write a key, the last. A key that is being written may have another one
 * waiting behind it.
 *
 * A write that has failed is kept apart from those that have not, and each time in a smaller batch: one that the
 * source refuses is soon by itself, and holds up no other.
 */
export class WriteQueue<V> {
  readonly #maxBatch: number
  readonly #fresh = new Map<string, QueuedWrite<V>>()
  readonly #failed = new Map<string, QueuedWrite<V>>()
  readonly #writing = new Map<string, QueuedWrite<V>>()
  #order = 0
  #wasFresh = false

  constructor(maxBatch: number) {
    this.#maxBatch = maxBatch
  }

  get size(): number {
    return this.#fresh.size + this.#failed.size + this.#writing.size
  }

  /** The order of the last write that was queued. */
  get lastOrder(): number {
    return this.#order
  }

  /** Whether a whole batch of writes that have not failed is waiting. */
  get hasBatch(): boolean {
    return this.#fresh.size >= this.#maxBatch
  }

  /** The last write of a key that the source has not been told. */
  find(key: string): QueuedWrite<V> | undefined {
    return this.#fresh.get(key) ?? this.#failed.get(key) ?? this.#writing.get(key)
  }

  /** How many more places these keys would take. */
  places(keys: readonly string[]): number {
    let places = 0
    for (const key of keys) if (!this.#fresh.has(key) && !this.#failed.has(key)) places++
    return places
  }

  /** Queues a write, in the place of one of the same key that still waits. */
  put(key: string, value: V | undefined, options: SetOptions | undefined, due: number): void {
    const order = ++this.#order
    const waiting = this.#fresh.get(key) ?? this.#failed.get(key)
    if (waiting === undefined) {
      this.#fresh.set(key, { key, value, options, order, due, failures: 0, company: this.#maxBatch })
    } else {
      waiting.value = value
      waiting.options = options
      waiting.failures = 0
    }
  }

  /** Takes out a batch that is due, all to be written or all to be removed. Empty: nothing is due. */
  take(now: number): readonly QueuedWrite<V>[] {
    const failed = [...this.#failed.values()].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due)
    const isFreshDue = this.hasBatch || this.#firstDue <= now
    // In turn, where there are both: neither holds up the other.
    const takesFresh = isFreshDue && (failed.length === 0 || !this.#wasFresh)
    if (!takesFresh && failed.length === 0) return []
    this.#wasFresh = takesFresh
    const batch: QueuedWrite<V>[] = []
    let most = this.#maxBatch
    for (const write of takesFresh ? this.#fresh.values() : failed) {
      if (batch.length > 0 && (batch[0]!.value === undefined) !== (write.value === undefined)) continue
      if (batch.length >= Math.min(most, write.company)) continue
      most = Math.min(most, write.company)
      batch.push(write)
      if (batch.length === most) break
    }
    for (const write of batch) {
      this.#fresh.delete(write.key)
      this.#failed.delete(write.key)
      this.#writing.set(write.key, write)
    }
    return batch
  }

  /** The moment at which the next batch is due; `Infinity` if nothing waits. */
  get nextDue(): number {
    let next = this.hasBatch ? Number.NEGATIVE_INFINITY : this.#firstDue
    for (const { due } of this.#failed.values()) next = Math.min(next, due)
    return next
  }

  /** Whether a later write of the same key waits behind one that was taken. */
  isOutdated({ key }: QueuedWrite<V>): boolean {
    return this.#fresh.has(key) || this.#failed.has(key)
  }

  /** One that was taken is over: written, given up or outdated. */
  leave({ key }: QueuedWrite<V>): void {
    this.#writing.delete(key)
  }

  /** One that was taken is to be written later. */
  putBack(write: QueuedWrite<V>, due: number): void {
    this.#writing.delete(write.key)
    this.#failed.set(write.key, Object.assign(write, { due }))
  }

  /** Everything that waits is due now. */
  hurry(now: number): void {
    for (const write of this.#waiting()) write.due = Math.min(write.due, now)
  }

  /** The source was down, and is not any more: what has failed meanwhile is no worse than the rest. */
  recovered(now: number): void {
    for (const write of this.#failed.values()) {
      write.due = Math.min(write.due, now)
      write.company = this.#maxBatch
    }
  }

  /** Whether something of order `last` or before is not over. */
  holds(last: number): boolean {
    for (const { order } of this.#waiting()) if (order <= last) return true
    for (const { order } of this.#writing.values()) if (order <= last) return true
    return false
  }

  /** Takes out everything: of each key the last write. */
  drain(): readonly QueuedWrite<V>[] {
    const all = new Map(this.#writing)
    for (const write of this.#waiting()) all.set(write.key, write)
    this.#writing.clear()
    this.#fresh.clear()
    this.#failed.clear()
    return [...all.values()]
  }

  get #firstDue(): number {
    for (const { due } of this.#fresh.values()) return due
    return Number.POSITIVE_INFINITY
  }

  *#waiting(): Generator<QueuedWrite<V>> {
    yield* this.#fresh.values()
    yield* this.#failed.values()
  }
}
