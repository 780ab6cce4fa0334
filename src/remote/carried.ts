import { type KeyScope, keyScope } from '../entry/scope.ts'

/** How long it is remembered what was brought up: as long as what was invalidated, see `OwnScopes`. */
const MEMORY = 60_000
const MOST = 1000

/**
 * The keys that this process has brought from a store up to stores above it of late: the last 60 seconds, and not more
 * than 1,000. Should the store turn out to have lost its history, it may have been another than the one that the others
 * invalidated in, such as a master that was deposed and did not know it yet. What came from it is out of date above,
 * then, and nobody but this process knows that it is there.
 */
export class Carried {
  /** When each was brought up. Oldest first. */
  readonly #keys = new Map<string, number>()

  /** @param at the monotonic moment */
  note(keys: readonly string[], at: number): void {
    for (const key of keys) {
      this.#keys.delete(key)
      this.#keys.set(key, at)
    }
    this.#forget(at)
  }

  /** Tells what is remembered at the monotonic moment `now`, and remembers it no more. */
  take(now: number): readonly KeyScope[] {
    this.#forget(now)
    const scopes = [...this.#keys.keys()].map(keyScope)
    this.#keys.clear()
    return scopes
  }

  #forget(now: number): void {
    for (const [key, at] of this.#keys) {
      if (this.#keys.size <= MOST && now - at < MEMORY) break
      this.#keys.delete(key)
    }
  }
}
