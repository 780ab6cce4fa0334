import type { Cancel } from '../../world/world.ts'
import { ReplayWorld } from '../replay-world.ts'

interface Alarm {
  readonly due: number
  readonly run: () => void
}

/**
 * The time in which a set-up replays a trace: it passes only when it is told to, in milliseconds. Each
 * cache has at most one timer, so the few there are are searched one by one.
 */
export class TraceClock {
  #now = 0
  readonly #alarms = new Set<Alarm>()
  #next = Number.POSITIVE_INFINITY

  get now(): number {
    return this.#now
  }

  after(delay: number, run: () => void): Cancel {
    const alarm = { due: this.#now + delay, run }
    this.#alarms.add(alarm)
    this.#next = Math.min(this.#next, alarm.due)
    return () => void this.#alarms.delete(alarm)
  }

  /** Goes on to a moment, running what falls due on the way, each at its own time. */
  advanceTo(moment: number): void {
    while (this.#next <= moment) {
      const first = this.#first()
      if (first === undefined || first.due > moment) break
      this.#alarms.delete(first)
      this.#now = first.due
      first.run()
    }
    this.#now = moment
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined
    for (const alarm of this.#alarms) if (first === undefined || alarm.due < first.due) first = alarm
    this.#next = first?.due ?? Number.POSITIVE_INFINITY
    return first
  }
}

/** A replay's world in which time passes by a clock that several caches share. */
export class TimedWorld extends ReplayWorld {
  readonly #clock: TraceClock

  constructor(seed: number, clock: TraceClock) {
    super(seed)
    this.#clock = clock
  }

  override wall(): number {
    return this.#clock.now
  }

  override mono(): number {
    return this.#clock.now
  }

  override tick(): number {
    return this.#clock.now
  }

  override after(delay: number, run: () => void): Cancel {
    return this.#clock.after(delay, run)
  }
}
