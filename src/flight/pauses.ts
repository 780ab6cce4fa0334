/** Keys remembered at most; then the oldest is forgotten, which can cost a fetch. */
const MOST_KEYS = 10_000
/** How often a pause doubles. */
const MOST_DOUBLINGS = 5

interface Pause {
  /** The moment of `World.tick()` at which it ends. */
  readonly until: number
  /** The same, for who has nothing but a stale copy. */
  readonly sparesUntil: number
  readonly failures: number
}

const NONE: Pause = Object.freeze({ until: 0, sparesUntil: 0, failures: 0 })

/** Keys for which the source is spared for a while: it has just failed, or another process is asking it. */
export class Pauses {
  readonly #pauses = new Map<string, Pause>()

  /** Whether the source is not to be asked at the moment `now` for what is there, and fresh. */
  covers(key: string, now: number): boolean {
    if (this.#pauses.size === 0) return false
    const pause = this.#pauses.get(key)
    return pause !== undefined && now < pause.until
  }

  /** Whether a stale copy is to do at the moment `now`: the source has failed, or has had too much to do. */
  spares(key: string, now: number): boolean {
    if (this.#pauses.size === 0) return false
    const pause = this.#pauses.get(key)
    return pause !== undefined && now < pause.sparesUntil
  }

  /** The source failed: a pause of `ms` milliseconds, twice as long for each failure before without success in between. */
  failed(key: string, ms: number, now: number): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1
    const until = now + ms * 2 ** Math.min(failures - 1, MOST_DOUBLINGS)
    this.#set(key, { until, sparesUntil: until, failures })
  }

  /** The source has too much to do: no failure. */
  shed(key: string, ms: number, now: number): void {
    const { failures, until, sparesUntil } = this.#pauses.get(key) ?? NONE
    const end = now + ms
    this.#set(key, { until: Math.max(until, end), sparesUntil: Math.max(sparesUntil, end), failures })
  }

  /** Somebody else is asking the source: no failure, and no reason to be content with what is stale. */
  wait(key: string, ms: number, now: number): void {
    const { failures, until, sparesUntil } = this.#pauses.get(key) ?? NONE
    this.#set(key, { until: Math.max(until, now + ms), sparesUntil, failures })
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
