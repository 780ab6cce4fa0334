import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'

/** What others invalidate from the moment one write begins until it has ended. */
export class Watch {
  readonly #keys = new Set<string>()
  readonly #tags = new Set<string>()
  readonly #prefixes = new Set<string>()

  note(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#keys.add(scope.key)
      else if (scope.kind === 'tag') this.#tags.add(scope.tag)
      else this.#prefixes.add(scope.kind === 'prefix' ? scope.prefix : '')
    }
  }

  /** Whether somebody has invalidated this entry since. */
  covers({ key, tags }: Pick<Entry, 'key' | 'tags'>): boolean {
    if (this.#keys.has(key) || tags.some((tag) => this.#tags.has(tag))) return true
    for (const prefix of this.#prefixes) if (key.startsWith(prefix)) return true
    return false
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
