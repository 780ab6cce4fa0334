import type { Cancel, World } from '../world/world.ts'
import { type Timer, TimerQueue } from './timer-queue.ts'

/** What a promise handed to {@link World.background} failed with. */
export interface BackgroundFailure {
  readonly why: string
  readonly cause: unknown
}

/**
 * A world in which time passes only when it is told to, and every random number follows from one seed.
 *
 * Timers fire inside {@link FakeWorld.advance}, in the order of their deadlines, each at its own
 * virtual moment. `tick()` is exact here.
 */
export class FakeWorld implements World {
  /** Background work that failed, in order. */
  readonly failures: BackgroundFailure[] = []
  #now = 0
  #wallOffset = Date.UTC(2026, 0, 1)
  #state: number
  #order = 0
  readonly #timers = new TimerQueue()

  constructor(seed = 1) {
    this.#state = seed | 0
  }

  /** How many timers are waiting. */
  get timers(): number {
    return this.#timers.waiting
  }

  wall(): number {
    return this.#wallOffset + this.#now
  }

  mono(): number {
    return this.#now
  }

  tick(): number {
    return this.#now
  }

  after(delay: number, run: () => void): Cancel {
    return this.#timers.add({ due: this.#now + Math.max(0, delay), order: this.#order++, run })
  }

  soon(run: () => void): void {
    queueMicrotask(run)
  }

  /** Mulberry32: small, seedable, uniform enough for tests. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  background(work: Promise<unknown>, why: string): void {
    work.catch((cause: unknown) => this.failures.push({ why, cause }))
  }

  /** Lets `ms` milliseconds pass, firing every timer that falls due, also those set on the way. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#timers.take(end); next !== undefined; next = this.#timers.take(end)) this.#fire(next)
    this.#now = end
  }

  /**
   * Goes to the moment at which the next timer falls due and fires it alone, unless that is after the
   * monotonic moment `end`. @returns whether there was one
   */
  next(end: number): boolean {
    const timer = this.#timers.take(end)
    if (timer !== undefined) this.#fire(timer)
    return timer !== undefined
  }

  #fire({ due, run }: Timer): void {
    this.#now = Math.max(this.#now, due)
    run()
  }

  /** Sets the wall clock forward or back; the monotonic clock does not notice. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms
  }

  /** Lets promise reactions run until everything that needs no timer has settled. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 128; turn++) await Promise.resolve()
  }
}
