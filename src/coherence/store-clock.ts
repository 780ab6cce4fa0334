import type { World } from '../world/world.ts'

/** How far two clocks may drift apart, milliseconds a millisecond: ten times what quartz does. */
const DRIFT = 0.0005
/** Added to what is measured, for clocks that tell whole milliseconds. */
const ROUNDING = 1

/**
 * The clock of a store, as far as this process knows it: measured with every answer that tells the
 * store's time, which is off by at most half the round trip (Cristian 1989, "Probabilistic clock
 * synchronization"). The best measurement is kept until its age has made it worse than a new one, or
 * a new one contradicts it: then the store's clock was set.
 */
export class StoreClock {
  readonly #world: World
  #offset = 0
  #error = Number.POSITIVE_INFINITY
  #measured = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Whether it was ever measured. */
  get isKnown(): boolean {
    return this.#error !== Number.POSITIVE_INFINITY
  }

  /** The most the clock may be off by now, in milliseconds. */
  get error(): number {
    return this.#error + (this.#world.mono() - this.#measured) * DRIFT
  }

  /** The store said `time` in an answer to what was sent at the monotonic moment `sent`, just now. */
  measure(time: number, sent: number): void {
    const now = this.#world.mono()
    const error = (now - sent) / 2 + ROUNDING
    const offset = time - (sent + now) / 2
    const isContradicted = Math.abs(offset - this.#offset) > error + this.error
    if (error > this.error && !isContradicted) return
    this.#offset = offset
    this.#error = error
    this.#measured = now
  }

  /** The store's time now, in milliseconds. */
  now(): number {
    return this.#world.mono() + this.#offset
  }

  /** Milliseconds by which the store's clock is ahead of `World.mono()`. */
  get ahead(): number {
    return this.#offset
  }

  /** The moment of `World.mono()` at which the store's clock shows `time`. */
  monoAt(time: number): number {
    return time - this.#offset
  }

  /** The moment of `World.mono()` at which the store's clock has passed `time` for certain. */
  monoAfter(time: number): number {
    return this.monoAt(time) + this.error
  }
}
