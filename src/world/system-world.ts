import type { World } from './world.ts'

/** How many readings one look at the clock serves at most. */
const USES = 64
/** The longest delay Node's timers take; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1

/**
 * The real world: `performance.now`, `setTimeout`, `Math.random`.
 *
 * `tick()` looks at the clock once per 64 calls and once per millisecond timer: `performance.now()`
 * costs twice as much as a whole cache hit.
 */
class SystemWorld implements World {
  #tick = 0
  #usesLeft = 0
  #timerRuns = false
  readonly #forget = () => {
    this.#timerRuns = false
    this.#usesLeft = 0
  }

  wall(): number {
    return Date.now()
  }

  mono(): number {
    return performance.now()
  }

  tick(): number {
    if (--this.#usesLeft > 0) return this.#tick
    return this.#look()
  }

  #look(): number {
    this.#usesLeft = USES
    if (!this.#timerRuns) {
      this.#timerRuns = true
      setTimeout(this.#forget, 1).unref()
    }
    // Whole milliseconds are small integers: handing one out allocates nothing.
    this.#tick = Math.floor(performance.now())
    return this.#tick
  }

  after(delay: number, run: () => void, awaited = false): () => void {
    const timer = setTimeout(run, Math.min(Math.max(0, delay), LONGEST_DELAY))
    if (!awaited) timer.unref()
    return () => clearTimeout(timer)
  }

  soon(run: () => void): void {
    process.nextTick(run)
  }

  random(): number {
    return Math.random()
  }

  background(work: Promise<unknown>, why: string): void {
    work.catch((cause: unknown) => {
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
      process.emitWarning(`${why}: ${text}`, 'TerraceWarning')
    })
  }
}

/** The world that production code lives in. One a process, so that all caches share its coarse clock. */
export const systemWorld: World = new SystemWorld()
