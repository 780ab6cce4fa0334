/** Tags remembered one by one. */
const MOST_TAGS = 10_000

/** When each tag was last invalidated. */
class Moments {
  /** No moment that is forgotten is after this. */
  #forgotten = 0
  readonly #last = new Map<string, number>()

  note(tag: string, now: number): void {
    this.#last.set(tag, now)
    if (this.#last.size <= MOST_TAGS) return
    // Unsure is outdated: it can cost a fetch.
    this.#last.clear()
    this.#forgotten = now
  }

  hasAfter(began: number, tags: readonly string[]): boolean {
    return this.#forgotten > began || tags.some((tag) => (this.#last.get(tag) ?? 0) > began)
  }
}

/**
 * When tags were last invalidated, counted in invalidations. Which tags a flight will bring, nobody knows
 * before it lands: so it flies on, and whoever joined it after one of its tags was invalidated asks again.
 * Nothing more is needed: it was born before the floor, so no level keeps what it brings.
 */
export class TagLog {
  #now = 0
  readonly #all = new Moments()
  /** Those that left nothing to be served stale. */
  readonly #hard = new Moments()

  /** How many invalidations there were. */
  get now(): number {
    return this.#now
  }

  /** @param keepsStale whether copies may be served stale afterwards */
  note(tag: string, keepsStale = false): void {
    this.#now++
    this.#all.note(tag, this.#now)
    if (!keepsStale) this.#hard.note(tag, this.#now)
  }

  /** Whether what a flight brought that began at `began` may be too old for somebody who came at `came`. */
  isOutdated(tags: readonly string[], began: number, came: number): boolean {
    if (came <= began || tags.length === 0) return false
    return this.#all.hasAfter(began, tags)
  }

  /** Whether a copy that was there when a flight began may be invalidated by now so that it is not even served stale. */
  isGone(tags: readonly string[], began: number): boolean {
    return tags.length > 0 && this.#hard.hasAfter(began, tags)
  }
}
