import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'

/** What others invalidate from the moment one write begins until it has ended. */
export class Watch {
  readonly #scopes: Scope[] = []

  note(scopes: readonly Scope[]): void {
    this.#scopes.push(...scopes)
  }

  /** Whether somebody has invalidated this entry since. */
  covers({ key, tags }: Pick<Entry, 'key' | 'tags'>): boolean {
    return this.#scopes.some((scope) => {
      if (scope.kind === 'key') return scope.key === key
      if (scope.kind === 'prefix') return key.startsWith(scope.prefix)
      return scope.kind === 'all' || tags.includes(scope.tag)
    })
  }
}

/**
 * Tells writes that are under way what others invalidate meanwhile. A level that cannot say its era at
 * once takes the write and the invalidation in any order: only the writer knows that his value is the older.
 *
 * Holds one watch a write, and what was heard while it lasts.
 */
export class Overtaking {
  readonly #watches = new Set<Watch>()

  async during<T>(write: (watch: Watch) => Promise<T>): Promise<T> {
    const watch = new Watch()
    this.#watches.add(watch)
    try {
      return await write(watch)
    } finally {
      this.#watches.delete(watch)
    }
  }

  /** Others have invalidated these. */
  note(scopes: readonly Scope[]): void {
    for (const watch of this.#watches) watch.note(scopes)
  }
}
