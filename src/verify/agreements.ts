import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Scope } from '../entry/scope.ts'

/** That what is served under a key lay in the shared level as well, when it was last looked at. */
export interface Agreement {
  readonly deadline: number
  readonly version: number | undefined
  readonly tags: readonly string[]
  /** When it was looked for, as the shared level reckons. */
  readonly born: Era
  /** This process was told since that it was invalidated. */
  isInvalidated: boolean
}

const MOST = 5000

/**
 * Agreements that were seen, the last 5,000 keys. They tell what was taken away by an invalidation from what
 * the shared level dropped to make room: only what lay in both, was not kept anew above since, and was
 * invalidated since, must not be served any more.
 *
 * Cost: O(1) for keys and tags, O(agreements) for prefixes and everything.
 */
export class Agreements {
  readonly #byKey = new Map<string, Agreement>()
  readonly #byTag = new Map<string, Set<string>>()

  /** What is served is the same as what lies below, where it was looked for at `born`. */
  note(key: string, { deadline, version, tags }: Entry, born: Era): void {
    this.drop(key)
    this.#byKey.set(key, { deadline, version, tags, born, isInvalidated: false })
    for (const tag of tags) {
      const keys = this.#byTag.get(tag)
      if (keys === undefined) this.#byTag.set(tag, new Set([key]))
      else keys.add(key)
    }
    if (this.#byKey.size > MOST) this.drop(this.#byKey.keys().next().value!)
  }

  /** Something was kept above under this key: what was seen before is no evidence any more. */
  drop(key: string): void {
    const agreement = this.#byKey.get(key)
    if (agreement === undefined) return
    this.#byKey.delete(key)
    for (const tag of agreement.tags) {
      const keys = this.#byTag.get(tag)
      keys?.delete(key)
      if (keys?.size === 0) this.#byTag.delete(tag)
    }
  }

  /** These were invalidated. */
  invalidated(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#mark(scope.key)
      else if (scope.kind === 'tag') for (const key of this.#byTag.get(scope.tag) ?? []) this.#mark(key)
      else {
        const prefix = scope.kind === 'prefix' ? scope.prefix : ''
        for (const [key, agreement] of this.#byKey) if (key.startsWith(prefix)) agreement.isInvalidated = true
      }
    }
  }

  /** What was seen of the very entry that is served now. */
  of(key: string, served: Entry): Agreement | undefined {
    const agreement = this.#byKey.get(key)
    if (agreement === undefined) return undefined
    return agreement.deadline === served.deadline && agreement.version === served.version ? agreement : undefined
  }

  #mark(key: string): void {
    const agreement = this.#byKey.get(key)
    if (agreement !== undefined) agreement.isInvalidated = true
  }
}
