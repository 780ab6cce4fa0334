import type { Cancel, World } from './world.ts'

/** Told each piece of work that nobody awaits, so that the process is not put to sleep before it is done. */
export type WaitUntil = (work: Promise<unknown>) => unknown

/**
 * A world that knows how much background work is under way in it: that of one cache. Everything else is
 * asked of the world around it, which failures are told as well.
 *
 * Watching costs nothing where the work does not fail: the reaction that reports a failure counts as well.
 */
export class WatchedWorld implements World {
  readonly #world: World
  readonly #waitUntil: WaitUntil | undefined
  #underWay = 0
  #idle: PromiseWithResolvers<void> | undefined
  #hasComplained = false

  constructor(world: World, waitUntil: WaitUntil | undefined) {
    this.#world = world
    this.#waitUntil = waitUntil
  }

  /** How many pieces of background work are under way. */
  get underWay(): number {
    return this.#underWay
  }

  /** Resolves when none is, for the first time from now on. */
  get idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve()
    this.#idle ??= Promise.withResolvers()
    return this.#idle.promise
  }

  background(work: Promise<unknown>, why: string): void {
    this.#underWay++
    const over = work.then(this.#over, (cause: unknown) => {
      this.#over()
      this.#world.background(Promise.reject(cause), why)
    })
    if (this.#waitUntil !== undefined) this.#handOver(over, this.#waitUntil)
  }

  wall(): number {
    return this.#world.wall()
  }

  mono(): number {
    return this.#world.mono()
  }

  tick(): number {
    return this.#world.tick()
  }

  after(delay: number, run: () => void, awaited?: boolean): Cancel {
    return this.#world.after(delay, run, awaited)
  }

  soon(run: () => void): void {
    this.#world.soon(run)
  }

  random(): number {
    return this.#world.random()
  }

  readonly #over = (): void => {
    if (--this.#underWay > 0) return
    this.#idle?.resolve()
    this.#idle = undefined
  }

  /** `work` never rejects. A hook that fails does so for every piece of work: one complaint is enough. */
  #handOver(work: Promise<void>, waitUntil: WaitUntil): void {
    try {
      const answer = waitUntil(work)
      if (answer instanceof Promise) answer.catch(this.#complain)
    } catch (cause) {
      this.#complain(cause)
    }
  }

  readonly #complain = (cause: unknown): void => {
    if (this.#hasComplained) return
    this.#hasComplained = true
    this.#world.background(Promise.reject(cause), 'waitUntil failed')
  }
}
