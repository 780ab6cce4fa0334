import type { Era } from '../entry/era.ts'

/** Keys remembered. */
const MOST = 1000

/**
 * Keys of which something newer was seen in a shard than a version that was to be kept there, and an era by which that
 * was there. Nothing older is served, also where a fail-over takes the newer one before it is heard of.
 */
export class Outranked {
  /** Oldest first. */
  readonly #keys = new Map<string, { era: Era; readonly version: number }>()

  get size(): number {
    return this.#keys.size
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** A newer version of a key than this one lay there in this era. @returns the oldest key, if it is forgotten for that: nothing under it may be older than its era */
  note(key: string, version: number, era: Era): { readonly key: string; readonly era: Era } | undefined {
    this.#keys.delete(key)
    this.#keys.set(key, { era, version })
    if (this.#keys.size <= MOST) return undefined
    const [oldest, known] = this.#keys.entries().next().value!
    this.#keys.delete(oldest)
    return { key: oldest, era: known.era }
  }

  /** What was looked for in this era was kept under a key: the newer one was there by then. */
  filled(key: string, born: Era): void {
    const known = this.#keys.get(key)
    if (known !== undefined && born < known.era) known.era = born
  }

  /** Whether this was there before something newer was, which has been lost with the tail of the history. */
  bars(key: string, born: Era, version: number = Number.NEGATIVE_INFINITY): boolean {
    const known = this.#keys.get(key)
    if (known === undefined || born >= known.era) return false
    if (version < known.version) return true
    known.era = born
    return false
  }
}
