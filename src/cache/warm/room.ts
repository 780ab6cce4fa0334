import type { Measure } from '../../level.ts'
import type { GuardedLevel } from '../../remote/guarded-level.ts'

/** What tells how full it is: level 1, or the part of it that a namespace has for itself. */
export interface Part {
  measure(): Measure
}

/**
 * How many more entries level 1 can hold without any leaving: what is there was asked for, what is brought was
 * only thought to be. Where bytes are bounded it goes by the mean entry (of those there, or else `mean` bytes),
 * and there is no room any more once an entry has left.
 */
export class Room {
  readonly #level: GuardedLevel
  readonly #mean: number | undefined
  /** Of each part, when it was first looked at. */
  readonly #evictions = new Map<Part, number>()

  constructor(level: GuardedLevel, mean?: number) {
    this.#level = level
    this.#mean = mean
  }

  /** Whether a key may find room where others do not. */
  get isDivided(): boolean {
    return this.#level.traits.divides?.isDivided === true
  }

  /** Where a key lies; `undefined` where the level does not say how full it is. */
  partOf(key: string): Part | undefined {
    const { divides, sized } = this.#level.traits
    return divides?.partOf(key) ?? sized
  }

  /** Of the level as a whole: see {@link Room.leftIn}. */
  get left(): number {
    return this.leftIn(this.#level.traits.sized)
  }

  /** Whole; `Infinity` where the level does not say. */
  leftIn(part: Part | undefined): number {
    if (part === undefined) return Number.POSITIVE_INFINITY
    const { size, bytes, maxEntries, maxBytes, evictions } = part.measure()
    const before = this.#evictions.get(part) ?? evictions
    this.#evictions.set(part, before)
    if (evictions > before) return 0
    const entries = (maxEntries ?? Number.POSITIVE_INFINITY) - size
    if (bytes === undefined || maxBytes === undefined) return Math.max(0, entries)
    const mean = size > 0 ? bytes / size : this.#mean
    const weighed = mean === undefined || mean === 0 ? Number.POSITIVE_INFINITY : Math.floor((maxBytes - bytes) / mean)
    return Math.max(0, Math.min(entries, weighed))
  }
}
