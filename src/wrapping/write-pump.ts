import type { World } from '../world/world.ts'
import type { SourceCalls, WrittenVersions } from './source-calls.ts'
import type { QueuedWrite, WriteQueue } from './write-queue.ts'

/** Pauses between tries grow up to this. */
const LONGEST_PAUSE = 30_000

/** How often, and how soon, a write that has failed is tried again. */
export interface Retrying {
  readonly retries: number
  /** Milliseconds before the first retry; each further one is twice as late. */
  readonly backoff: number
}

/** Told what becomes of writes; awaited before the next batch. None may reject. */
export interface Outcomes<V> {
  written(writes: readonly QueuedWrite<V>[], versions: WrittenVersions): Promise<void>
  /** This one alone has failed too often. */
  givenUp(write: QueuedWrite<V>, error: unknown): Promise<void>
  /** Some writes are over. */
  progressed(): void
}

/**
 * Brings what is queued to the source, one batch after the other, so that writes of a key go in their order. After
 * a failure the source is spared, twice as long after each further one until one succeeds; up to half of each pause
 * is taken off at random.
 *
 * A write is given up when it has failed more often than it may, and the last time by itself: none for another's fault.
 */
export class WritePump<V> {
  readonly #queue: WriteQueue<V>
  readonly #calls: SourceCalls<V>
  readonly #world: World
  readonly #retrying: Retrying
  readonly #outcomes: Outcomes<V>
  #isRunning = false
  #isStopped = false
  /** Failures since the source last succeeded. */
  #streak = 0
  #sparedUntil = Number.NEGATIVE_INFINITY
  #wake: (() => void) | undefined

  constructor(queue: WriteQueue<V>, calls: SourceCalls<V>, world: World, retrying: Retrying, outcomes: Outcomes<V>) {
    this.#queue = queue
    this.#calls = calls
    this.#world = world
    this.#retrying = retrying
    this.#outcomes = outcomes
  }

  /** Something was queued. */
  start(): void {
    if (this.#isStopped) return
    if (this.#isRunning) {
      if (this.#queue.hasBatch) this.#wake?.()
      return
    }
    this.#isRunning = true
    this.#world.background(this.#run(), 'writing behind')
  }

  /** Everything that is queued is tried at once. */
  hurry(): void {
    this.#queue.hurry(this.#world.mono())
    this.#sparedUntil = Number.NEGATIVE_INFINITY
    this.#wake?.()
  }

  /** Begins no further batch. */
  stop(): void {
    this.#isStopped = true
    this.#wake?.()
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.size > 0 && !this.#isStopped) {
        const now = this.#world.mono()
        const writes = now < this.#sparedUntil ? [] : this.#queue.take(now)
        if (writes.length > 0) await this.#write(writes)
        else await this.#rest(Math.max(this.#sparedUntil, this.#queue.nextDue) - now)
      }
    } finally {
      this.#isRunning = false
    }
  }

  async #write(writes: readonly QueuedWrite<V>[]): Promise<void> {
    const said = await this.#told(writes)
    // What was stopped meanwhile has been given up.
    if (this.#isStopped) return
    if (said.error === undefined) {
      if (this.#streak > 1) this.#queue.recovered(this.#world.mono())
      this.#streak = 0
      await this.#outcomes.written(writes, said.versions)
      for (const write of writes) this.#queue.leave(write)
    } else {
      const now = this.#world.mono()
      this.#streak++
      this.#sparedUntil = now + this.#pause(this.#streak)
      for (const write of writes) await this.#failed(write, writes.length, said.error.cause, now)
    }
    this.#outcomes.progressed()
  }

  async #told(
    writes: readonly QueuedWrite<V>[],
  ): Promise<{ readonly versions: WrittenVersions; readonly error?: { readonly cause: unknown } }> {
    try {
      if (writes[0]!.value !== undefined) {
        return { versions: await this.#calls.write(writes.map(({ key, value }) => [key, value as V])) }
      }
      await this.#calls.delete(writes.map(({ key }) => key))
      return { versions: [] }
    } catch (cause) {
      return { versions: [], error: { cause } }
    }
  }

  async #failed(write: QueuedWrite<V>, company: number, error: unknown, now: number): Promise<void> {
    write.failures++
    if (this.#queue.isOutdated(write)) this.#queue.leave(write)
    else if (write.failures > this.#retrying.retries && company === 1) {
      await this.#outcomes.givenUp(write, error)
      this.#queue.leave(write)
    } else {
      write.company = Math.max(1, company >> 1)
      this.#queue.putBack(write, now + this.#pause(write.failures))
    }
  }

  #pause(failures: number): number {
    const longest = Math.min(LONGEST_PAUSE, this.#retrying.backoff * 2 ** (failures - 1))
    return longest * (1 - this.#world.random() / 2)
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        cancel()
        this.#wake = undefined
        resolve()
      }
      this.#wake = over
      // What has been acknowledged keeps the process alive.
      const cancel = this.#world.after(ms, over, true)
    })
  }
}
