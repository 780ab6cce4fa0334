/** Tags remembered one by one. */
const MOST_TAGS = 10_000

/**
 * When tags were last invalidated, counted in invalidations. Which tags a flight will bring, nobody knows
 * before it lands: so it flies on, and whoever joined it after one of its tags was invalidated asks again.
 * Nothing more is needed: it was born before the floor, so no level keeps what it brings.
 */
export class TagLog {
  #now = 0
  #forgotten = 0
  readonly #last = new Map<string, number>()

  /** How many invalidations there were. */
  get now(): number {
    return this.#now
  }

  note(tag: string): void {
    this.#now++
    this.#last.set(tag, this.#now)
    if (this.#last.size <= MOST_TAGS) return
    // Unsure is outdated: it can cost a fetch.
    this.#last.clear()
    this.#forgotten = this.#now
  }

  /** Whether what a flight brought that began at `began` may be too old for somebody who came at `came`. */
  isOutdated(tags: readonly string[], began: number, came: number): boolean {
    if (came <= began || tags.length === 0) return false
    return this.#forgotten > began || tags.some((tag) => (this.#last.get(tag) ?? 0) > began)
  }
}
