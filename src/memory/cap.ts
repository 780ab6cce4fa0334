import { deadlineAfter } from '../entry/age.ts'
import { type Entry, endingAt } from '../entry/entry.ts'
import type { World } from '../world/world.ts'

/** The longest that entries stay in a level, whatever the cache asks for. */
export class Cap {
  readonly #world: World
  readonly #ttl: number
  readonly #ttlJitter: number

  /** @param ttl milliseconds; @param ttlJitter the largest fraction of it taken off */
  constructor(world: World, ttl: number = Number.POSITIVE_INFINITY, ttlJitter = 0) {
    this.#world = world
    this.#ttl = ttl
    this.#ttlJitter = ttlJitter
  }

  /** An entry that is kept at the moment `now`. */
  on(entry: Entry, now: number): Entry {
    if (this.#ttl === Number.POSITIVE_INFINITY) return entry
    const chance = this.#ttlJitter === 0 ? 0 : this.#world.random()
    const latest = deadlineAfter(now, this.#ttl, this.#ttlJitter, chance)
    return latest < entry.deadline ? endingAt(entry, latest) : entry
  }
}
