/** Keys remembered at most; then the oldest is forgotten, which can cost a fetch. */
const MOST_KEYS = 10_000
/** How often a pause doubles. */
const MOST_DOUBLINGS = 5

interface Pause {
  /** The moment of `World.tick()` at which it ends. */
  readonly until: number
  readonly failures: number
}

/** Keys for which the source is spared for a while: it has just failed, or another process is asking it. */
export class Pauses {
  readonly #pauses = new Map<string, Pause>()

  /** Whether the source is to be spared for this key at the moment `now`. */
  covers(key: string, now: number): boolean {
    if (this.#pauses.size === 0) return false
    const pause = this.#pauses.get(key)
    return pause !== undefined && now < pause.until
  }

  /** The source failed: a pause of `ms` milliseconds, twice as long for each failure before without success in between. */
  failed(key: string, ms: number, now: number): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1
    this.#set(key, { until: now + ms * 2 ** Math.min(failures - 1, MOST_DOUBLINGS), failures })
  }

  /** Somebody else is asking the source: no failure. */
  wait(key: string, ms: number, now: number): void {
    const { failures, until } = this.#pauses.get(key) ?? { failures: 0, until: 0 }
    this.#set(key, { until: Math.max(until, now + ms), failures })
  }

  /** Whoever was asking the source has ended. */
  waited(key: string): void {
    if (this.#pauses.get(key)?.failures === 0) this.#pauses.delete(key)
  }

  /** The source has answered. */
  succeeded(key: string): void {
    if (this.#pauses.size > 0) this.#pauses.delete(key)
  }

  #set(key: string, pause: Pause): void {
    this.#pauses.delete(key)
    this.#pauses.set(key, pause)
    if (this.#pauses.size > MOST_KEYS) this.#pauses.delete(this.#pauses.keys().next().value!)
  }
}
