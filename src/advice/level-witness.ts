import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'
import type { LevelWatch } from './level-watch.ts'

/**
 * Hashes the keys of a level that is asked over a wire, or otherwise tells nothing of them by itself. Its
 * entries weigh 1. What is removed by tag or prefix is not known key by key: the next read of such a key
 * counts as if it had been there, which flatters the curve until it was read again.
 */
export class LevelWitness {
  readonly #watch: LevelWatch

  constructor(watch: LevelWatch) {
    this.#watch = watch
  }

  read(key: string, entry: Entry | undefined): void {
    const watch = this.#watch
    const hash = watch.hashOf(key)
    if (hash >= watch.limit) return
    if (entry === undefined) watch.missed(hash, key)
    else watch.hit(hash, key, 1)
  }

  kept({ key, deadline }: Entry, written: boolean): void {
    this.#watch.kept(this.#watch.hashOf(key), key, 1, deadline, written)
  }

  raised(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#watch.left(this.#watch.hashOf(scope.key))
      else if (scope.kind === 'all') this.#watch.cleared()
    }
  }
}
