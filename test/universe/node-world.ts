import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { Cancel, World } from '../../src/world/world.ts'

/** How the clocks of one machine differ from the universe's. */
export interface Skew {
  /** Milliseconds by which its monotonic clock is ahead. */
  readonly mono: number
  /** Milliseconds by which its wall clock is ahead. */
  readonly wall: number
  /** Milliseconds of its clock a millisecond of the universe. */
  readonly rate: number
}

interface Event {
  readonly run: () => void
  readonly isTimer: boolean
  cancelled: boolean
}

/**
 * The world as one machine sees it, over the one timeline of a universe: clocks of its own, randomness
 * of its own, and it can be paused. What falls due or arrives meanwhile waits, and comes in a burst
 * afterwards. As in Node, timers take whole milliseconds, at least one.
 */
export class NodeWorld implements World {
  readonly #base: FakeWorld
  readonly #dice: FakeWorld
  readonly #skew: Skew
  #held: Event[] = []
  #paused = false
  /** When it last stood still, in the time of the universe: from when, and until when. */
  stood: { readonly from: number; readonly until: number } = { from: 0, until: Number.NEGATIVE_INFINITY }
  /** Test only: timers with this delay never fire. */
  deafTo: number | undefined

  constructor(base: FakeWorld, seed: number, skew: Skew) {
    this.#base = base
    this.#dice = new FakeWorld(seed)
    this.#skew = skew
  }

  get isPaused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
    this.stood = { from: this.#base.mono(), until: Number.POSITIVE_INFINITY }
  }

  /**
   * Lets `first` run before all that was held back.
   *
   * @param timersFirst whether timers come before what has arrived, as in Node they do
   */
  resume(first: () => void, timersFirst = false): void {
    this.#paused = false
    this.stood = { ...this.stood, until: this.#base.mono() }
    const held = timersFirst ? [...this.#held.filter(isTimer), ...this.#held.filter(isArrival)] : this.#held
    this.#held = []
    first()
    for (const event of held) this.#base.after(0, () => this.#enter(event))
  }

  /** Runs `run` now, or when the machine goes on. */
  enter(run: () => void): void {
    this.#enter({ run, isTimer: false, cancelled: false })
  }

  wall(): number {
    return this.#base.wall() + this.#skew.wall
  }

  mono(): number {
    return this.#base.mono() * this.#skew.rate + this.#skew.mono
  }

  tick(): number {
    return Math.floor(this.mono())
  }

  after(delay: number, run: () => void): Cancel {
    if (delay === this.deafTo) return () => undefined
    const event: Event = { run, isTimer: true, cancelled: false }
    const ms = Math.max(1, Math.ceil(Math.trunc(Math.min(delay, 2 ** 31 - 1)) / this.#skew.rate))
    const cancel = this.#base.after(ms, () => this.#enter(event))
    return () => {
      event.cancelled = true
      cancel()
    }
  }

  soon(run: () => void): void {
    this.#base.soon(run)
  }

  random(): number {
    return this.#dice.random()
  }

  background(work: Promise<unknown>, why: string): void {
    this.#base.background(work, why)
  }

  #enter(event: Event): void {
    if (event.cancelled) return
    if (this.#paused) this.#held.push(event)
    else event.run()
  }
}

function isTimer(event: Event): boolean {
  return event.isTimer
}

function isArrival(event: Event): boolean {
  return !event.isTimer
}
