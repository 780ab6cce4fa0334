import { TimerLane } from './timer-lane.ts'
import type { World } from './world.ts'

/** How many readings one look at the clock serves at most. */
const USES = 64
/** The longest delay Node's timers take; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1
/** How many lengths of deadlines have a lane at a time, and the longest of them, in milliseconds. */
const MOST_LANES = 16
const LONGEST_LANE = 60_000

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
  readonly #lanes = new Map<number, TimerLane>()
  readonly #forget = () => {
    this.#timerRuns = false
    this.#usesLeft = 0
    for (const [delay, lane] of this.#lanes) {
      lane.rest()
      if (lane.isEmpty) this.#lanes.delete(delay)
    }
  }
  readonly #forgetSoon = () => {
    if (this.#timerRuns) return
    this.#timerRuns = true
    setTimeout(this.#forget, 1).unref()
  }

  wall(): number {
    return Date.now()
  }

  mono(): number {
    const now = performance.now()
    if (now >= this.#tick + 1) this.#tick = Math.floor(now)
    return now
  }

  tick(): number {
    if (--this.#usesLeft > 0) return this.#tick
    return this.#look()
  }

  #look(): number {
    this.#usesLeft = USES
    this.#forgetSoon()
    // Whole milliseconds are small integers: handing one out allocates nothing.
    this.#tick = Math.floor(performance.now())
    return this.#tick
  }

  after(delay: number, run: () => void, awaited = false): () => void {
    const lane = awaited ? this.#laneFor(delay) : undefined
    if (lane !== undefined) return lane.set(run)
    const due = performance.now() + delay
    // Node's timers count whole milliseconds of their own: they can be one early.
    const fire = (): void => {
      const left = due - performance.now()
      if (left > 0) wait(left)
      else run()
    }
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      timer = setTimeout(fire, Math.min(Math.ceil(left), LONGEST_DELAY))
      if (!awaited) timer.unref()
    }
    wait(Math.max(0, delay))
    return () => clearTimeout(timer)
  }

  /** The lane for what is awaited so often with the same delay that it is a deadline of calls. */
  #laneFor(delay: number): TimerLane | undefined {
    const lane = this.#lanes.get(delay)
    if (lane !== undefined) return lane
    if (this.#lanes.size >= MOST_LANES || !Number.isInteger(delay) || delay < 1 || delay > LONGEST_LANE)
      return undefined
    const begun = new TimerLane(delay, this.#forgetSoon)
    this.#lanes.set(delay, begun)
    return begun
  }

  soon(run: () => void): void {
    process.nextTick(run)
  }

  random(): number {
    return Math.random()
  }

  background(work: Promise<unknown>, why: string): void {
    work.catch((cause: unknown) => {
      process.emitWarning(`${why}: ${stackOf(cause)}`, 'TerraceWarning')
    })
  }
}

/** How many causes behind an error are told. */
const MOST_CAUSES = 5

/** The stack of what was thrown, with its code, and the causes behind it: a stack has neither. */
function stackOf(thrown: unknown): string {
  const stacks: string[] = []
  for (let error = thrown; stacks.length <= MOST_CAUSES; error = error.cause) {
    if (!(error instanceof Error)) {
      if (error !== undefined || stacks.length === 0) stacks.push(String(error))
      break
    }
    const { code } = error as NodeJS.ErrnoException
    stacks.push(`${error.stack ?? error.message}${code === undefined ? '' : `\n    code: ${code}`}`)
  }
  return stacks.join('\n  caused by: ')
}

/** The world that production code lives in. One a process, so that all caches share its coarse clock. */
export const systemWorld: World = new SystemWorld()
