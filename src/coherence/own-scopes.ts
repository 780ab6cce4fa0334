import { keyScope, type Scope, scopeId } from '../entry/scope.ts'

/** How long this process remembers what it invalidated, to say it again to a store that lost it. */
const MEMORY = 60_000
const MOST = 1000

/** What this process has invalidated of late: the last 60 seconds, and not more than 1,000 scopes. */
export class OwnScopes {
  /** By scope. Oldest first. */
  readonly #scopes = new Map<string, { readonly scope: Scope; readonly at: number }>()

  /** @param at the monotonic moment */
  remember(scopes: readonly Scope[], at: number): void {
    for (const scope of scopes) {
      const id = scopeId(scope)
      this.#scopes.delete(id)
      // Told again it removes the entry: what end it had would not be known.
      this.#scopes.set(id, { scope: scope.kind === 'key' ? keyScope(scope.key) : scope, at })
    }
    if (this.#scopes.size > MOST) this.#forget(at)
  }

  /** All that is remembered at the monotonic moment `now`. */
  recent(now: number): readonly Scope[] {
    this.#forget(now)
    return [...this.#scopes.values()].map(({ scope }) => scope)
  }

  #forget(now: number): void {
    for (const [id, { at }] of this.#scopes) {
      if (this.#scopes.size <= MOST && now - at < MEMORY) break
      this.#scopes.delete(id)
    }
  }
}
