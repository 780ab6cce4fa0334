import type { BreakerState } from '../events.ts'
import type { World } from '../world/world.ts'

/** Failures one after the other that open it. */
const MOST_FAILURES = 5
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/**
 * A circuit breaker: a level that does not answer is not asked for a while (Nygard, "Release It!").
 *
 * It opens when a call was late and none was answered since that call was sent (a frozen level costs
 * its deadline once), or after 5 failures one after the other with no success for 100 ms (of a level in
 * several parts one may fail, quickly, while the others answer). Then one call at a time probes, after
 * pauses that double from 100 ms to 5 s, each shortened at random by up to half, until one succeeds.
 */
export class Breaker {
  readonly #world: World
  readonly #onChange: (state: BreakerState) => void
  #state: BreakerState = 'closed'
  #failures = 0
  #lastSuccess = Number.NEGATIVE_INFINITY
  #pause = FIRST_PAUSE
  #until = 0
  /** When the present probe was let through. */
  #probedAt = 0

  constructor(world: World, onChange: (state: BreakerState) => void) {
    this.#world = world
    this.#onChange = onChange
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Whether a call may be made now. One that may when it is open is a probe. */
  admits(): boolean {
    if (this.#state === 'closed') return true
    if (this.#state === 'probing' || this.#world.mono() < this.#until) return false
    this.#probedAt = this.#world.mono()
    this.#turn('probing')
    return true
  }

  succeeded(): void {
    this.#failures = 0
    this.#lastSuccess = this.#world.mono()
    if (this.#state === 'closed') return
    this.#pause = FIRST_PAUSE
    this.#turn('closed')
  }

  /** A call sent at the monotonic moment `sent` has failed; `late`: by not answering in time. */
  failed(sent: number, late: boolean): void {
    this.#failures++
    if (this.#state === 'open') return
    // A call from before the probe says nothing about how that goes.
    if (this.#state === 'probing' && sent < this.#probedAt) return
    const now = this.#world.mono()
    const isSilent = late && this.#lastSuccess < sent
    const isFailing = this.#failures >= MOST_FAILURES && now - this.#lastSuccess >= FIRST_PAUSE
    if (this.#state === 'closed' && !isSilent && !isFailing) return
    this.#until = now + this.#pause * (1 - this.#world.random() / 2)
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2)
    this.#turn('open')
  }

  #turn(state: BreakerState): void {
    this.#state = state
    this.#onChange(state)
  }
}
