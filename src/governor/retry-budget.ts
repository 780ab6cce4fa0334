import type { World } from '../world/world.ts'

/** The last while: so many slices of so many milliseconds. */
const SLICES = 10
const SLICE = 1000
/** Retries that are always allowed in that time: somebody who fetches once a minute may try again, too. */
const RESERVE = 3

/**
 * How many retries there may be: those of the last ten seconds stay under a fraction of the fetches of the
 * same time, and three. This is the retry budget of Finagle (Kevin Oliver, "Retry Budgets", 2016), with
 * counts by the second in place of tokens that expire.
 *
 * What it withstands: a source that fails everything is asked 1 + `fraction` times as often as without
 * retries, not 1 + `attempts` times as often, which is what would keep it down.
 *
 * Cost: O(1) and 20 numbers.
 */
export class RetryBudget {
  readonly #world: World
  readonly #fraction: number
  readonly #fetches = new Float64Array(SLICES)
  readonly #retries = new Float64Array(SLICES)
  #slice: number

  /** @param fraction from 0 to 1 */
  constructor(world: World, fraction: number) {
    this.#world = world
    this.#fraction = fraction
    this.#slice = this.#present()
  }

  /** There is a fetch that is no retry. */
  deposit(): void {
    this.#move()
    this.#fetches[this.#slice % SLICES]!++
  }

  /** Asks for a retry. @returns whether there may be one; then it is counted */
  withdraw(): boolean {
    this.#move()
    if (sum(this.#retries) + 1 > sum(this.#fetches) * this.#fraction + RESERVE) return false
    this.#retries[this.#slice % SLICES]!++
    return true
  }

  /** Forgets the slices that are over. */
  #move(): void {
    const present = this.#present()
    for (let slice = Math.max(this.#slice + 1, present - SLICES + 1); slice <= present; slice++) {
      this.#fetches[slice % SLICES] = 0
      this.#retries[slice % SLICES] = 0
    }
    this.#slice = Math.max(this.#slice, present)
  }

  #present(): number {
    return Math.floor(this.#world.tick() / SLICE)
  }
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0)
}
