import type { Floors } from '../coherence/floors.ts'
import { isStale } from '../entry/age.ts'
import { type Entry, expired } from '../entry/entry.ts'
import { type Finding, judged } from '../entry/finding.ts'
import type { World } from '../world/world.ts'
import { Boxed } from './boxed.ts'

/** What the floors of a level make of what it holds. */
export class Verdicts {
  readonly #floors: Floors
  readonly #world: World

  constructor(floors: Floors, world: World) {
    this.#floors = floors
    this.#world = world
  }

  /** The entry, or as what it may be served: stale, or `undefined` for not at all. */
  on(entry: Entry): Entry | undefined {
    if (this.#floors.tagBarrier(entry) !== undefined) return undefined
    return this.#floors.expiry(entry) === undefined ? entry : expired(entry, this.#world.tick())
  }

  /** {@link Verdicts.on}, with the floors that say so. */
  why(entry: Entry | undefined): Pick<Finding, 'entry' | 'barredBy' | 'expiredBy'> {
    if (entry === undefined) return { entry, barredBy: undefined }
    return judged(entry, this.#floors.tagBarrier(entry), this.#floors.expiry(entry), (each) =>
      expired(each, this.#world.tick()),
    )
  }

  /** Whether what is held is a value that may be served fresh. */
  isValue(held: unknown): boolean {
    if (!(held instanceof Boxed)) return true
    const entry = held.found ? this.on(held) : undefined
    return entry !== undefined && !isStale(entry, this.#world.tick())
  }
}
