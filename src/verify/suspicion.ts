import type { Entry } from '../entry/entry.ts'
import type { Inconsistency, Side } from '../entry/inconsistency.ts'
import type { Offender } from '../observe/verified.ts'
import type { Cancel } from '../world/world.ts'
import type { Difference, Held } from './comparison.ts'

/** What is known of one bound: reads had agreed by then or not; `unknown` where it could not be seen. */
export type BoundOutcome = 'late' | 'unknown'

/** One key under which something else was served than lies below, from when that was first seen. */
export class Suspicion {
  readonly key: string
  readonly since: number
  /** For the bounds that have passed. */
  readonly outcomes: BoundOutcome[] = []
  /** Reads that were checked and found so. */
  reads = 1
  /** When it was last seen. */
  seen: number
  cancel: Cancel | undefined
  isOver = false
  #difference: Difference

  constructor(key: string, difference: Difference, now: number) {
    this.key = key
    this.since = now
    this.seen = now
    this.#difference = difference
  }

  /** The entry that is served. */
  get served(): Entry {
    return this.#difference.served
  }

  /** It was seen again. */
  again(difference: Difference, now: number): void {
    this.seen = now
    this.#difference = difference
  }

  inconsistency(against: string, withValues: boolean): Inconsistency {
    const { because, level, served, held } = this.#difference
    return {
      key: this.key,
      level,
      against,
      because,
      duration: this.seen - this.since,
      served: sideOf(served, withValues),
      held: held && sideOf(held, withValues),
    }
  }

  offender(against: string, withValues: boolean): Offender {
    return { ...this.inconsistency(against, withValues), reads: this.reads, isOpen: !this.isOver }
  }
}

function sideOf({ found, version, born, value }: Held, withValue: boolean): Side {
  return { found, version, born, ...(withValue && { value }) }
}
