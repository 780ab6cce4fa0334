import { within } from '../remote/deadline.ts'
import type { World } from '../world/world.ts'

/** Milliseconds between one question and the next. */
const PAUSE = 5

/** How {@link HeldUp} is set up, in milliseconds. */
export interface HeldUpSettings {
  /** How late a timer of this process must be. */
  readonly late: number
  /** How long a store is asked again and again. */
  readonly timeout: number
}

/**
 * Notices that this process was held up: stopped, asleep with its machine, or busy for so long that a timer of its
 * own comes far too late. Its client may then take the silence for that of the server, and break connections off
 * which nothing ails. So for a while a store that refuses is asked again, and not taken for one that is gone.
 */
export class HeldUp {
  readonly #world: World
  readonly #settings: HeldUpSettings
  #dueAt = Number.POSITIVE_INFINITY
  #until = Number.NEGATIVE_INFINITY
  readonly #asking = new Map<object, Promise<boolean>>()

  constructor(world: World, settings: HeldUpSettings) {
    this.#world = world
    this.#settings = settings
  }

  /** A timer was set that comes in so many milliseconds, unless the process is held up. */
  expect(ms: number): void {
    this.#notice()
    this.#dueAt = this.#world.mono() + ms
  }

  /** Whether it was held up until a moment ago. */
  get isRecent(): boolean {
    this.#notice()
    return this.#world.mono() < this.#until
  }

  /**
   * Asks `whom` again and again, all who want that together, until it has proven what it must or has had the time for
   * it. Never rejects. @returns whether it has
   */
  askAgain(whom: { ask(): Promise<void> }, isProven: () => boolean): Promise<boolean> {
    const known = this.#asking.get(whom)
    if (known !== undefined) return known
    const asking = this.#askOn(whom, isProven).finally(() => this.#asking.delete(whom))
    this.#asking.set(whom, asking)
    return asking
  }

  async #askOn(whom: { ask(): Promise<void> }, isProven: () => boolean): Promise<boolean> {
    const world = this.#world
    for (let left = this.#until - world.mono(); left > 0; left = this.#until - world.mono()) {
      await within(world, left, whom.ask(), 'asking after a pause', () => undefined).catch(() => undefined)
      if (isProven()) return true
      await new Promise<void>((resolve) => world.after(PAUSE, resolve, true))
    }
    return false
  }

  #notice(): void {
    const now = this.#world.mono()
    if (now - this.#dueAt <= this.#settings.late) return
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#until = now + this.#settings.timeout
  }
}
