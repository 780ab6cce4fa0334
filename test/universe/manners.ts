import type { FetchOptions } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** How callers want values to be kept fresh. In most universes they want nothing of it. */
export class Manners {
  /** Whether there are stale copies, refreshes and callers in a hurry. */
  readonly isGraceful: boolean
  readonly #dice: FakeWorld

  constructor(seed: number) {
    this.#dice = new FakeWorld(seed ^ 0x4cf5ad43)
    this.isGraceful = this.#dice.random() < 0.4
  }

  /** Milliseconds for which a value is kept as stale. */
  staleFor(): number {
    return this.isGraceful && this.#die(3) > 0 ? this.#die(1500) : 0
  }

  /** Whether what somebody invalidates may be served stale, if it has time left for that. */
  keepsStale(): boolean {
    return this.#die(this.isGraceful ? 2 : 4) === 0
  }

  /** What a caller says beside what he asks for. */
  options(): FetchOptions<number> {
    if (!this.isGraceful) return {}
    return {
      ...(this.#die(2) === 0 && { softTimeout: this.#die(2) * this.#die(120) }),
      ...(this.#die(4) === 0 && { hardTimeout: 10 + this.#die(400) }),
      ...(this.#die(3) === 0 && { refreshAfter: 0.1 + 0.8 * this.#dice.random() }),
      ...(this.#die(4) === 0 && { earlyRefresh: 2 * this.#dice.random() }),
      ...(this.#die(2) === 0 && { retryAfter: this.#die(400) }),
      ...(this.#die(6) === 0 && { staleOnError: false }),
      ...(this.#die(8) === 0 && { bypass: true }),
      ...(this.#die(12) === 0 && { fallback: undefined }),
    }
  }

  #die(sides: number): number {
    return Math.floor(this.#dice.random() * sides)
  }
}
