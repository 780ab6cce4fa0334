import type { Shares } from '../level.ts'
import type { World } from '../world/world.ts'

/** By what level 1 is believed. */
export interface Trust {
  /** Whether it may be, now. */
  readonly isProven: boolean
}

/**
 * Whether what is held above the shared levels may be believed: only while this process is known to
 * hear of what others invalidate. Cheap to ask, for every hit of level 1 does.
 */
export class Currency implements Trust {
  readonly #world: World
  readonly #shares: readonly Shares[]
  /** The one there is, in most caches. */
  readonly #only: Shares | undefined
  /** Those included that tell nothing of what others invalidate. */
  readonly #all: readonly Shares[]

  constructor(world: World, shares: readonly Shares[]) {
    this.#world = world
    this.#shares = shares.filter(({ hearing }) => hearing !== 'nothing')
    this.#only = this.#shares.length === 1 ? this.#shares[0] : undefined
    this.#all = shares
  }

  /** Whether there is anything to hear of. */
  get matters(): boolean {
    return this.#shares.length > 0
  }

  /** Whether everything is proven now. */
  get isProven(): boolean {
    if (this.#only !== undefined) return this.#world.tick() < this.#only.provenUntil
    const now = this.#world.tick()
    return this.#shares.every(({ provenUntil }) => now < provenUntil)
  }

  /**
   * Whether what set out at the moment `at` of `World.tick()` may still be joined: while something may have been
   * invalidated that was not heard of, only for as long as nobody need have heard of it; whatever is proven, where a
   * level tells nothing of what others invalidate.
   */
  isJoinable(at: number): boolean {
    const now = this.#world.tick()
    let isTooOld = false
    let isProven = true
    for (const { hearing, maxStaleness, provenUntil } of this.#all) {
      const isPast = now - at >= maxStaleness
      if (hearing === 'nothing' && isPast) return false
      isTooOld ||= isPast
      isProven &&= now < provenUntil
    }
    return !isTooOld || isProven
  }

  /** Asks the shared levels, if they must be, whether they hear of this key. Never rejects. */
  async proves(key: string): Promise<boolean> {
    const answers = await Promise.all(this.#shares.map((shares) => shares.prove(key)))
    return answers.every(Boolean)
  }
}
