import type { Shares } from '../level.ts'
import type { World } from '../world/world.ts'

/**
 * Whether what is held above the shared levels may be believed: only while this process is known to
 * hear of what others invalidate. Cheap to ask, for every hit of level 1 does.
 */
export class Currency {
  readonly #world: World
  readonly #shares: readonly Shares[]

  constructor(world: World, shares: readonly Shares[]) {
    this.#world = world
    this.#shares = shares.filter(({ hearing }) => hearing !== 'nothing')
  }

  /** Whether there is anything to hear of. */
  get matters(): boolean {
    return this.#shares.length > 0
  }

  /** Whether everything is proven now. */
  get isProven(): boolean {
    const now = this.#world.tick()
    for (const shares of this.#shares) if (now >= shares.provenUntil) return false
    return true
  }

  /** Asks the shared levels, if they must be, whether they hear of this key. Never rejects. */
  async proves(key: string): Promise<boolean> {
    const answers = await Promise.all(this.#shares.map((shares) => shares.prove(key)))
    return answers.every(Boolean)
  }
}
