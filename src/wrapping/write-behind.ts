import type { SetOptions } from '../cache/calls.ts'
import type { WriteResult } from '../cache/write.ts'
import type { Duration } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'
import { Admission } from './admission.ts'
import type { BehindSettings, FailedWrite } from './behind-options.ts'
import type { Keeping, Written } from './keeping.ts'
import type { CallerOptions, Pair, Through } from './source.ts'
import type { SourceCalls, WrittenVersions } from './source-calls.ts'
import { WritePump } from './write-pump.ts'
import { type QueuedWrite, WriteQueue } from './write-queue.ts'
import { checkOpen, ignoreClosed, inTime, readPatience } from './write-through.ts'

/**
 * A source that is written after the cache. What the source has not been told yet is read from the queue, whatever
 * has become of it in the cache. When the source has taken it, the cache is told once more: its levels may have lost
 * the value meanwhile, and have got the old one of the source instead.
 */
export class WriteBehind<V> implements Through<V> {
  readonly #keeping: Keeping<V>
  readonly #calls: SourceCalls<V>
  readonly #world: World
  readonly #settings: BehindSettings<V>
  readonly #queue: WriteQueue<V>
  readonly #admission: Admission
  readonly #pump: WritePump<V>
  readonly #flushing = new Set<{ readonly last: number; readonly resolve: () => void }>()
  readonly #onClosed: () => void
  #closing: Promise<void> | undefined

  constructor(
    keeping: Keeping<V>,
    calls: SourceCalls<V>,
    world: World,
    settings: BehindSettings<V>,
    onClosed: () => void,
  ) {
    this.#keeping = keeping
    this.#calls = calls
    this.#world = world
    this.#settings = settings
    this.#onClosed = onClosed
    const { maxBatch, maxQueued, maxWait } = settings
    this.#queue = new WriteQueue(maxBatch)
    const fits = (keys: readonly string[]): boolean => this.#queue.size + this.#queue.places(keys) <= maxQueued
    this.#admission = new Admission(world, fits, maxQueued, maxWait)
    this.#pump = new WritePump(this.#queue, calls, world, settings, {
      written: (writes, versions) => this.#written(writes, versions),
      givenUp: (write, error) => this.#giveUp([write], error),
      progressed: () => this.#progressed(),
    })
  }

  get queued(): number {
    return this.#queue.size
  }

  async get(key: string, options?: CallerOptions): Promise<V | undefined> {
    checkOpen(this.#closing)
    const queued = this.#queue.find(key)
    return queued === undefined ? this.#keeping.get(key, options) : queued.value
  }

  async getMany(keys: readonly string[], options?: CallerOptions): Promise<(V | undefined)[]> {
    checkOpen(this.#closing)
    if (!Array.isArray(keys) || this.#queue.size === 0) return this.#keeping.getMany(keys, options)
    // What is queued now counts, even if the source is told of it while the others are read.
    const values = new Map<string, V | undefined>()
    for (const key of keys) {
      const queued = this.#queue.find(key)
      if (queued !== undefined) values.set(key, queued.value)
    }
    const others = keys.filter((key) => !values.has(key))
    const found = await this.#keeping.getMany(others, options)
    let next = 0
    return keys.map((key) => (values.has(key) ? values.get(key) : found[next++]))
  }

  async set(key: string, value: V, options?: SetOptions): Promise<WriteResult> {
    return this.setMany([[key, value]], options)
  }

  async setMany(pairs: Iterable<Pair<V>>, options?: SetOptions): Promise<WriteResult> {
    checkOpen(this.#closing)
    const values = this.#keeping.checked(pairs, options)
    return this.#enter([...values.keys()], (due) => {
      for (const [key, value] of values) this.#queue.put(key, value, options, due)
      return this.#keeping.write(values, options)
    })
  }

  async delete(key: string): Promise<WriteResult> {
    return this.deleteMany([key])
  }

  async deleteMany(keys: readonly string[]): Promise<WriteResult> {
    checkOpen(this.#closing)
    this.#calls.checkDeletes()
    const all = this.#keeping.checkedKeys(keys)
    return this.#enter(all, (due) => {
      for (const key of all) this.#queue.put(key, undefined, undefined, due)
      return this.#keeping.forget(all)
    })
  }

  flush(): Promise<void> {
    const last = this.#queue.lastOrder
    if (!this.#queue.holds(last)) return Promise.resolve()
    this.#pump.hurry()
    return new Promise((resolve) => {
      this.#flushing.add({ last, resolve })
    })
  }

  async close(options?: { readonly within?: Duration | undefined }): Promise<void> {
    const within = readPatience(options)
    this.#closing ??= this.#close(within).finally(this.#onClosed)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(within: number): Promise<void> {
    this.#admission.refuseAll(new TerraceError('ERR_CLOSED', 'through: this has been closed'))
    if (await inTime(this.#world, within, this.flush())) return
    this.#pump.stop()
    const error = new TerraceError('ERR_CLOSED', `through: not written within ${within} ms of closing`)
    this.#calls.abort(error)
    await this.#giveUp(this.#queue.drain(), error)
    this.#progressed()
  }

  /** Queues something where there is room, in the turn in which the cache is told. */
  #enter(keys: readonly string[], act: (due: number) => Promise<WriteResult>): Promise<WriteResult> {
    const { delay, maxQueued } = this.#settings
    if (keys.length > maxQueued) {
      const text = `through: the queue takes ${maxQueued} keys at most (maxQueued), got ${keys.length} at once`
      return Promise.reject(new TerraceError('ERR_QUEUE_FULL', text))
    }
    return this.#admission.enter(keys, () => {
      // The cache may have been closed while this waited.
      this.#keeping.checkKeys(keys)
      const kept = act(this.#world.mono() + delay)
      this.#pump.start()
      return kept
    })
  }

  async #written(writes: readonly QueuedWrite<V>[], versions: WrittenVersions): Promise<void> {
    const latest = writes.filter((write) => !this.#queue.isOutdated(write))
    const isRemoval = latest[0]?.value === undefined
    await this.#tell(latest, () => {
      if (isRemoval) return this.#keeping.forget(latest.map(({ key }) => key))
      const of = new Map(writes.map(({ key }, n) => [key, versions[n]]))
      return this.#keeping.keep(
        latest as readonly Written<V>[],
        latest.map(({ key }) => of.get(key)),
      )
    })
  }

  async #giveUp(writes: readonly QueuedWrite<V>[], error: unknown): Promise<void> {
    if (writes.length === 0) return
    // What the source does not have must not be served from the cache.
    await this.#tell(writes, () => this.#keeping.forget(writes.map(({ key }) => key)))
    this.#report(
      writes.map(({ key, value }) => ({ key, value, isRemoval: value === undefined })),
      error,
    )
  }

  /** Tells the cache of writes, whose values nobody reads from the queue any more afterwards. Never rejects. */
  async #tell(writes: readonly QueuedWrite<V>[], tell: () => Promise<unknown>): Promise<void> {
    if (writes.length === 0) return
    try {
      await tell().catch(ignoreClosed)
    } catch (error) {
      this.#world.background(Promise.reject(error), 'telling the cache what was written')
    }
  }

  /** What was acknowledged and is not written must not pass unnoticed, even where nobody listens. */
  #report(failed: readonly FailedWrite<V>[], error: unknown): void {
    const { onFailed } = this.#settings
    if (onFailed === undefined) {
      const some = `${failed.length} ${failed.length === 1 ? 'key' : 'keys'}, the first being ${shown(failed[0]!.key)}`
      const lost = new TerraceError('ERR_WRITE_FAILED', `through: given up: ${some}`, { cause: error })
      this.#world.background(Promise.reject(lost), 'writing behind')
      return
    }
    // In a promise: what it throws, at once or later, is reported and goes no further.
    this.#world.background((async () => onFailed(failed, error))(), 'onFailed')
  }

  #progressed(): void {
    for (const flush of this.#flushing) {
      if (this.#queue.holds(flush.last)) continue
      this.#flushing.delete(flush)
      flush.resolve()
    }
    this.#admission.advance()
  }
}
