import { TerraceError } from '../errors.ts'
import { Unsettled } from '../level.ts'
import type { World } from '../world/world.ts'
import { start, within } from './deadline.ts'

/** How a call of a level ended. */
export type Attempt<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false
      readonly error: unknown
      /** Settles, never rejects, when a late call is over after all; `undefined` if it is over already. */
      readonly over: Promise<void> | undefined
    }

/** Calls past their deadline that may be outstanding before a level is asked only now and then. */
const MOST_LATE = 1000

/**
 * Calls of one level, each under its deadline, none of them able to reject. A wrong shape is a
 * failure like any other.
 *
 * Unfinished work is bounded: with 1,000 late calls outstanding the level is asked once a deadline,
 * until it answers one in time.
 */
export class Attempts {
  readonly #world: World
  readonly #name: string
  readonly #timeout: number
  #late = 0
  #nextProbe = 0

  constructor(world: World, name: string, timeout: number) {
    this.#world = world
    this.#name = name
    this.#timeout = timeout
  }

  async run<T>(call: () => Promise<unknown>, isShaped: (answer: unknown) => answer is T): Promise<Attempt<T>> {
    if (this.#late >= MOST_LATE && !this.#mayProbe()) {
      const error = new TerraceError('ERR_LEVEL_TIMEOUT', `level ${this.#name}: ${this.#late} calls are unanswered`)
      return { ok: false, error, over: undefined }
    }
    const work = start(call)
    let over: Promise<void> | undefined
    try {
      const answer = await within(this.#world, this.#timeout, work, `level ${this.#name}`, () => {
        over = this.#await(work)
      })
      if (!isShaped(answer)) throw new TypeError(`level ${this.#name}: an answer of the wrong shape`)
      this.#late = 0
      return { ok: true, answer }
    } catch (error) {
      return { ok: false, error, over: error instanceof Unsettled ? error.over : over }
    }
  }

  #await(work: Promise<unknown>): Promise<void> {
    this.#late++
    const settled = () => {
      if (this.#late > 0) this.#late--
    }
    return work.then(settled, settled)
  }

  #mayProbe(): boolean {
    const now = this.#world.mono()
    if (now < this.#nextProbe) return false
    this.#nextProbe = now + this.#timeout
    return true
  }
}
