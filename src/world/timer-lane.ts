import type { Cancel } from './world.ts'

/** Milliseconds that Node's timers are late at most where a process has time for them. */
const UNHURRIED = 20
/** How often what is due is given more time, each time as long as the delay at most. */
const MOST_EXCUSES = 4

class Waiting {
  readonly run: () => void
  readonly due: number
  before: Waiting | undefined
  next: Waiting | undefined = undefined
  isOver = false

  constructor(run: () => void, due: number, before: Waiting | undefined) {
    this.run = run
    this.due = due
    this.before = before
  }
}

/**
 * Timers of one length, over one timer of Node's: they fall due in the order in which they were set, so
 * only the first has to be waited for. Nearly all are cancelled soon, being deadlines: to set and cancel one costs a
 * tenth of what it costs with `setTimeout`.
 *
 * What the process was too busy for does not count: where timers are late, what is due is given as much time more,
 * some times, for the answers that are waited for may lie there unread, or the questions not have left.
 *
 * While one is waiting the process is kept alive; {@link TimerLane.rest} lets go of it afterwards.
 */
export class TimerLane {
  readonly #delay: number
  readonly #onIdle: () => void
  #first: Waiting | undefined
  #last: Waiting | undefined
  #timer: NodeJS.Timeout | undefined
  #holds = false
  /** How often what is due has been given the time in which the process was held up. */
  #excuses = 0

  /** @param delay whole milliseconds. @param onIdle called when nothing waits any more, for a call of `rest` soon */
  constructor(delay: number, onIdle: () => void) {
    this.#delay = delay
    this.#onIdle = onIdle
  }

  /** Whether nothing is waiting, and no timer of Node's is left. */
  get isEmpty(): boolean {
    return this.#timer === undefined
  }

  set(run: () => void): Cancel {
    const waiting = new Waiting(run, performance.now() + this.#delay, this.#last)
    if (this.#last === undefined) this.#first = waiting
    else this.#last.next = waiting
    this.#last = waiting
    this.#timer ??= setTimeout(this.#fire, this.#delay).unref()
    if (!this.#holds) {
      this.#holds = true
      this.#timer.ref()
    }
    return () => {
      if (!waiting.isOver) this.#remove(waiting)
    }
  }

  /** Does not keep the process alive where nothing is waiting. */
  rest(): void {
    if (this.#first !== undefined || !this.#holds) return
    this.#holds = false
    this.#timer?.unref()
  }

  readonly #fire = (): void => {
    this.#timer = undefined
    const now = performance.now()
    const late = this.#first === undefined ? 0 : now - this.#first.due
    if (late > UNHURRIED && this.#excuses < MOST_EXCUSES) {
      this.#excuses++
      this.#timer = setTimeout(this.#fire, Math.min(this.#delay, late))
      this.#holds = true
      return
    }
    this.#excuses = 0
    // Set before anything is run, which may throw.
    const due: Waiting[] = []
    for (let each = this.#first; each !== undefined && each.due <= now; each = each.next) due.push(each)
    this.#wait(due.length === 0 ? this.#first : due.at(-1)!.next, now)
    this.#run(due, 0)
  }

  #wait(first: Waiting | undefined, now: number): void {
    if (first === undefined) {
      this.#holds = false
      return
    }
    this.#timer = setTimeout(this.#fire, Math.ceil(first.due - now))
    this.#holds = true
  }

  /** Whatever one throws is an uncaught exception, and no business of the next. */
  #run(due: readonly Waiting[], from: number): void {
    for (let n = from; n < due.length; n++) {
      const waiting = due[n]!
      if (waiting.isOver) continue
      this.#remove(waiting)
      try {
        waiting.run()
      } catch (error) {
        if (n + 1 < due.length) setTimeout(() => this.#run(due, n + 1))
        throw error
      }
    }
  }

  #remove(waiting: Waiting): void {
    const { before, next } = waiting
    waiting.isOver = true
    if (before === undefined) this.#first = next
    else before.next = next
    if (next === undefined) this.#last = before
    else next.before = before
    // One that has grown old would keep all that followed it until the next full collection.
    waiting.before = undefined
    waiting.next = undefined
    if (this.#first === undefined) this.#onIdle()
  }
}
