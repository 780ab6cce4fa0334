/** What a step of a shadow takes, in nanoseconds, as measured (`bench`, part `advice`). */
const STEP = 200
/** Steps may take so many nanoseconds a read … */
const PER_READ = 0.5
/** … or, where reads are few, so many milliseconds a second: a thousandth of a processor … */
const PER_SECOND = 1
/** … or so many of each second that is left over when a read takes a microsecond. */
const PER_SPARE_SECOND = 10
const SPARED_A_READ = 0.003
/** The least share of the keys that is sampled. */
const LEAST = 2 ** -16
/** After so many quiet beats in turn more keys are sampled, so many times as many. */
const QUIET_BEATS = 60
const QUIET = 1 / 8
const RAISED = 4

/**
 * How many keys the shadows of a level see: all that they have room for, while that takes no longer than
 * it may. The bound is in steps, not in measured time, so that it is the same on every run.
 */
export class Pace {
  /** Milliseconds after the share was raised in which nothing is counted. */
  static readonly settling: number = 60_000
  /** The greatest share of the keys that may be sampled. */
  rate = 1
  /** The part of what all shadows used of what they may, in the last beat. */
  used = 0
  readonly #least: number
  #part: number
  #quiet = 0
  /** Steps that led to a lower share, since the last beat. */
  #paid = 0

  /** @param part what this level may have of the time of all shadows, whatever the others use */
  constructor(part: number) {
    this.#least = this.#part = part
  }

  /** It may have this part of the time of all shadows from now on: what the others leave. */
  mayUse(part: number): void {
    this.#part = Math.max(this.#least, part)
  }

  /** A beat is over, in which so many steps were taken for so many reads. */
  beat(steps: number, reads: number, elapsed: number): 'raised' | 'lowered' | 'same' {
    const allowed = this.#allowed(reads, elapsed)
    this.used = (steps / allowed) * this.#part
    const due = steps - this.#paid
    this.#paid = 0
    this.#quiet = steps < allowed * QUIET ? this.#quiet + 1 : 0
    if (due > allowed && this.rate > LEAST) {
      this.rate = Math.max(LEAST, (this.rate * allowed) / due)
      return 'lowered'
    }
    if (this.#quiet < QUIET_BEATS || this.rate === 1) return 'same'
    this.#quiet = 0
    this.rate = Math.min(1, this.rate * RAISED)
    return 'raised'
  }

  /** Whether so many steps are too many already; the share is lowered then. A beat is taken for a second. */
  isExceeded(steps: number, reads: number): boolean {
    const allowed = this.#allowed(reads, 1000)
    if (steps - this.#paid <= 2 * allowed || this.rate <= LEAST) return false
    this.#paid = steps
    this.rate = Math.max(LEAST, this.rate / 2)
    return true
  }

  #allowed(reads: number, elapsed: number): number {
    const spare = Math.max(0, elapsed - reads * SPARED_A_READ)
    const most = Math.max(reads * PER_READ, PER_SECOND * 1000 * elapsed, PER_SPARE_SECOND * 1000 * spare)
    return (most * this.#part) / STEP
  }
}
