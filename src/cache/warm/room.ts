import type { GuardedLevel } from '../../remote/guarded-level.ts'

/**
 * How many more entries level 1 can hold without any leaving: what is there was asked for, what is brought was
 * only thought to be. Where bytes are bounded it goes by the mean entry (of those there, or else `mean` bytes),
 * and there is no room any more once an entry has left.
 */
export class Room {
  readonly #level: GuardedLevel
  readonly #mean: number | undefined
  readonly #evictions: number

  constructor(level: GuardedLevel, mean?: number) {
    this.#level = level
    this.#mean = mean
    this.#evictions = level.traits.sized?.measure().evictions ?? 0
  }

  /** Whole; `Infinity` where the level does not say. */
  get left(): number {
    const measure = this.#level.traits.sized?.measure()
    if (measure === undefined) return Number.POSITIVE_INFINITY
    const { size, bytes, maxEntries, maxBytes, evictions } = measure
    if (evictions > this.#evictions) return 0
    const entries = (maxEntries ?? Number.POSITIVE_INFINITY) - size
    if (bytes === undefined || maxBytes === undefined) return Math.max(0, entries)
    const mean = size > 0 ? bytes / size : this.#mean
    const weighed = mean === undefined || mean === 0 ? Number.POSITIVE_INFINITY : Math.floor((maxBytes - bytes) / mean)
    return Math.max(0, Math.min(entries, weighed))
  }
}
