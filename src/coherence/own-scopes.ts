import { keyScope, type Scope } from '../entry/scope.ts'
import type { Follower } from '../level.ts'
import { portions, shareOfScope } from './portions.ts'
import { RecentScopes } from './recent-scopes.ts'

/** What this process has invalidated of late: the last 60 seconds, and not more than 1,000 scopes. A shard that may have lost that is told again. */
export class OwnScopes {
  readonly #owed: Follower['owed']
  readonly #scopes = new RecentScopes()
  /** To be called when the shard has been told again what it lost. */
  #debt: (() => void) | undefined
  #areLost = false

  constructor(owed: Follower['owed']) {
    this.#owed = owed
  }

  /** @param at the monotonic moment */
  remember(scopes: readonly Scope[], at: number): void {
    // Told again it removes the entry: what end it had would not be known.
    const plain = scopes.map((scope) => (scope.kind === 'key' ? keyScope(scope.key) : scope))
    this.#scopes.remember(plain, at)
  }

  /** Whether the shard may have lost them, and has not been told again. */
  get areLost(): boolean {
    return this.#areLost
  }

  lost(): void {
    this.#areLost = true
  }

  /**
   * Tells the shard again what is remembered at the monotonic moment `now`.
   *
   * @param raise tells it of some, as many as one call may bring
   */
  async sayAgain(now: number, raise: (some: readonly Scope[]) => Promise<void>): Promise<void> {
    this.#areLost = false
    const scopes = this.#scopes.at(now)
    const before = this.#debt
    this.#debt = scopes.length === 0 ? undefined : this.#owed(scopes)
    before?.()
    if (scopes.length === 0) return
    try {
      for (const some of portions(scopes, shareOfScope)) await raise(some)
      // Lost once more meanwhile: the next attempt takes the debt over.
      if (this.#areLost) return
      this.#debt?.()
      this.#debt = undefined
    } catch (error) {
      this.#areLost = true
      throw error
    }
  }
}
