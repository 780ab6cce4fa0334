import type { Entry } from '../../entry/entry.ts'
import { EVERYTHING, keyScope, type Scope } from '../../entry/scope.ts'

/** Each entry is compared with every prefix: with more than that, all is taken for invalidated. */
const MOST_PREFIXES = 1000

/** What was invalidated while level 1 was saved, and must not come back. */
export class Outdated {
  readonly #keys = new Set<string>()
  readonly #tags = new Set<string>()
  readonly #prefixes = new Set<string>()
  #isAll = false

  add(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#keys.add(scope.key)
      else if (scope.kind === 'tag') this.#tags.add(scope.tag)
      else if (scope.kind === 'prefix') this.#prefixes.add(scope.prefix)
      else this.#isAll = true
    }
    if (this.#prefixes.size > MOST_PREFIXES) this.#isAll = true
  }

  covers({ key, tags }: Entry): boolean {
    if (this.#isAll || this.#keys.has(key)) return true
    if (this.#tags.size > 0 && tags.some((tag) => this.#tags.has(tag))) return true
    for (const prefix of this.#prefixes) if (key.startsWith(prefix)) return true
    return false
  }

  get scopes(): Scope[] {
    if (this.#isAll) return [EVERYTHING]
    const tags = [...this.#tags].map((tag): Scope => ({ kind: 'tag', tag }))
    const prefixes = [...this.#prefixes].map((prefix): Scope => ({ kind: 'prefix', prefix }))
    return [...tags, ...prefixes, ...[...this.#keys].map(keyScope)]
  }
}
