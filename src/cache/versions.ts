import { PrefixIndex } from '../entry/prefix-index.ts'
import { keyScope, type Scope } from '../entry/scope.ts'

/** What keys begin with for this version of the code, and for those that may run beside it. */
interface Kin {
  readonly prefix: string
  readonly siblings: readonly string[]
}

const NOTHING: readonly Scope[] = []

/**
 * Which keys are one and the same to the source, and are kept apart because versions of the code that run side by
 * side keep values of different shapes under them. Whoever writes or invalidates one of them invalidates the others.
 */
export class Versions {
  readonly #kin = new PrefixIndex<Kin>()

  /** Keys that begin with `prefix` begin with these for other versions. */
  add(prefix: string, siblings: readonly string[]): void {
    if (siblings.length > 0) this.#kin.set(prefix, { prefix, siblings })
  }

  /** What these scopes are for the other versions. Tags and everything cover them already. */
  siblingsOf(scopes: readonly Scope[]): readonly Scope[] {
    return this.#kin.size === 0 ? NOTHING : scopes.flatMap((scope) => this.#siblingsOf(scope))
  }

  #siblingsOf(scope: Scope): readonly Scope[] {
    if (scope.kind === 'key') return this.#renamed(scope.key).map(keyScope)
    if (scope.kind === 'prefix') return this.#renamed(scope.prefix).map((prefix) => ({ ...scope, prefix }))
    return NOTHING
  }

  #renamed(text: string): readonly string[] {
    const kin = this.#kin.find(text)
    return kin === undefined ? [] : kin.siblings.map((other) => other + text.slice(kin.prefix.length))
  }
}
