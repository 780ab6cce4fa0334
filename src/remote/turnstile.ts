import type { World } from '../world/world.ts'

/** Entries, keys and scopes that may be on their way at once: to begin with, and whatever happens. Four times that where a level lies on several servers. */
const FIRST = 512
const FEWEST = 32
const MOST = 1024
/** There is room for more while a call takes less than this part of the time it has, and less room above twice that. */
const AIM = 1 / 8
/** What a call takes by itself is forgotten by so much with each call, for a server may be replaced by one further away. */
const FORGETTING = 1.05
/** Calls that wait for their turn at most. */
const MOST_WAITING = 30_000

interface Waiting {
  readonly load: number
  readonly goIn: () => void
}

/**
 * Lets changes of a level in some at a time, in the order in which they came. What thousands of callers want at once
 * takes a store longer than one call may: if all of it were sent at once, most of it would be late, and a store that is
 * well would be taken for one that does not answer. So what waits here has not begun, and nobody is to blame for it.
 * How much goes in shows in how long calls take, as for batches, but what a far server takes for a single call is no
 * reason for less.
 */
export class Turnstile {
  readonly #world: World
  readonly #timeout: number
  readonly #scale: number
  #room: number
  #inside = 0
  #shrunkAt = Number.NEGATIVE_INFINITY
  /** Milliseconds that a call takes where there are few. */
  #leastTook = Number.POSITIVE_INFINITY
  readonly #waiting = new Set<Waiting>()

  /** @param timeout milliseconds a call may take. @param isSpread whether there are several servers behind it */
  constructor(world: World, timeout: number, isSpread: boolean) {
    this.#world = world
    this.#timeout = timeout
    this.#scale = isSpread ? 4 : 1
    this.#room = FIRST * this.#scale
  }

  /** Whether a call that is about so much can go in now. It is in then, until {@link Turnstile.leave}. */
  enter(load: number): boolean {
    if (this.#waiting.size > 0 || !this.#hasRoomFor(load)) return false
    this.#inside += load
    return true
  }

  /**
   * Resolves when a call that could not go in is in: `false` if that took more than so many milliseconds, and it is not.
   * Where too many wait all go in: what that is too much for refuses them.
   */
  wait(load: number, patience: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel =
        patience === Number.POSITIVE_INFINITY ? undefined : this.#world.after(patience, () => giveUp(), true)
      const goIn = (): void => {
        cancel?.()
        this.#waiting.delete(waiting)
        this.#inside += load
        resolve(true)
      }
      const waiting = { load, goIn }
      const giveUp = (): void => {
        this.#waiting.delete(waiting)
        resolve(false)
      }
      this.#waiting.add(waiting)
      if (this.#waiting.size > MOST_WAITING) this.open()
    })
  }

  /** @param sent the monotonic moment at which the call was made that is over now; `undefined` if it was not */
  leave(load: number, sent?: number): void {
    this.#inside -= load
    if (sent !== undefined && this.#waiting.size > 0) this.#adapt(load, sent)
    for (const waiting of this.#waiting) {
      if (!this.#hasRoomFor(waiting.load)) break
      waiting.goIn()
    }
  }

  /** Nobody waits any longer. */
  open(): void {
    for (const { goIn } of this.#waiting) goIn()
  }

  /** What is more than all the room there is goes in alone. */
  #hasRoomFor(load: number): boolean {
    return this.#inside === 0 || this.#inside + load <= this.#room
  }

  #adapt(load: number, sent: number): void {
    const now = this.#world.mono()
    const took = now - sent
    this.#leastTook = Math.min(took, this.#leastTook * FORGETTING)
    const part = took / this.#timeout
    if (part < AIM) this.#room = Math.min(MOST * this.#scale, this.#room + load)
    // What was sent before there was less room says nothing of how it goes now.
    else if (part > 2 * AIM && took > 2 * this.#leastTook && sent >= this.#shrunkAt) {
      this.#shrunkAt = now
      this.#room = Math.max(FEWEST * this.#scale, this.#room / 4)
    }
  }
}
