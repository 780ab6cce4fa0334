/** What a step of a shadow takes, in nanoseconds, as measured (`bench`, part `advice`). */
const STEP = 200
/** Steps may take so many nanoseconds a read … */
const PER_READ = 0.5
/** … or, where reads are few, so many milliseconds a second: a thousandth of a processor. */
const PER_SECOND = 1
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
  readonly #part: number
  #quiet = 0
  /** Steps that led to a lower share, since the last beat. */
  #paid = 0

  /** @param part what this level may have of the time of all shadows */
  constructor(part: number) {
    this.#part = part
  }

  /** A beat is over, in which so many steps were taken for so many reads. */
  beat(steps: number, reads: number, elapsed: number): 'raised' | 'lowered' | 'same' {
    const allowed = this.#allowed(reads, elapsed)
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
    return (Math.max(reads * PER_READ, PER_SECOND * 1000 * elapsed) * this.#part) / STEP
  }
}
