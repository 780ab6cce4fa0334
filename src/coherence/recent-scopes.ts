import { type Scope, scopeId } from '../entry/scope.ts'

/** Milliseconds. */
const MEMORY = 60_000
const MOST = 1000

/** What happened to which scopes of late: in the last 60 seconds, and to not more than 1,000. */
export class RecentScopes {
  /** By scope. Oldest first. */
  readonly #scopes = new Map<string, { readonly scope: Scope; readonly at: number }>()

  /** @param at the monotonic moment */
  remember(scopes: readonly Scope[], at: number): void {
    for (const scope of scopes) {
      const id = scopeId(scope)
      this.#scopes.delete(id)
      this.#scopes.set(id, { scope, at })
    }
    if (this.#scopes.size > MOST) this.#forget(at)
  }

  /** What is remembered at the monotonic moment `now`, oldest first. */
  at(now: number): readonly Scope[] {
    this.#forget(now)
    return [...this.#scopes.values()].map(({ scope }) => scope)
  }

  clear(): void {
    this.#scopes.clear()
  }

  #forget(now: number): void {
    for (const [id, { at }] of this.#scopes) {
      if (this.#scopes.size <= MOST && now - at < MEMORY) break
      this.#scopes.delete(id)
    }
  }
}
