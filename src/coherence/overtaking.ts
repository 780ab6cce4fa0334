import type { Entry } from '../entry/entry.ts'
import type { Scope } from '../entry/scope.ts'

/** How many names are noted before the older ones are looked at for whether anybody asks for them still. */
const MANY = 1000

/** What was invalidated, and at which step last. */
class Notes {
  readonly #keys = new Map<string, number>()
  readonly #tags = new Map<string, number>()
  readonly #prefixes = new Map<string, number>()
  /** The step after which it began. */
  readonly began: number

  constructor(began: number) {
    this.began = began
  }

  get size(): number {
    return this.#keys.size + this.#tags.size + this.#prefixes.size
  }

  note(scopes: readonly Scope[], step: number): void {
    for (const scope of scopes) {
      if (scope.kind === 'key') this.#keys.set(scope.key, step)
      else if (scope.kind === 'tag') this.#tags.set(scope.tag, step)
      else this.#prefixes.set(scope.kind === 'prefix' ? scope.prefix : '', step)
    }
  }

  covers({ key, tags }: Pick<Entry, 'key' | 'tags'>, since: number): boolean {
    if ((this.#keys.get(key) ?? 0) > since || tags.some((tag) => (this.#tags.get(tag) ?? 0) > since)) return true
    for (const [prefix, step] of this.#prefixes) if (step > since && key.startsWith(prefix)) return true
    return false
  }
}

/** Tells one write what others invalidate from the moment at which it began. */
export class Watch {
  readonly since: number
  readonly #heard: () => readonly Notes[]

  constructor(since: number, heard: () => readonly Notes[]) {
    this.since = since
    this.#heard = heard
  }

  /** Whether somebody has invalidated this entry since. */
  covers(entry: Pick<Entry, 'key' | 'tags'>): boolean {
    return this.#heard().some((notes) => notes.covers(entry, this.since))
  }
}

/**
 * Tells writes that are under way what others invalidate meanwhile. A level that cannot say its era at
 * once takes the write and the invalidation in any order: only the writer knows that his value is the older.
 *
 * What is heard is noted once for all writes, with its step: a write remembers the step at which it began. Two
 * generations of notes; the older is forgotten when no write is left that began before the younger.
 *
 * Cost: a notice O(its scopes) however many writes there are, a write O(1), a question O(tags + prefixes noted).
 */
export class Overtaking {
  /** The writes under way, the earliest first. */
  readonly #underWay = new Set<Watch>()
  #step = 0
  #younger = new Notes(0)
  #older = new Notes(0)
  readonly #heard = (): readonly Notes[] => [this.#younger, this.#older]

  async during<T>(write: (watch: Watch) => Promise<T>): Promise<T> {
    const watch = new Watch(this.#step, this.#heard)
    this.#underWay.add(watch)
    try {
      return await write(watch)
    } finally {
      this.#underWay.delete(watch)
      if (this.#underWay.size === 0) this.#forget()
    }
  }

  /** Others have invalidated these. */
  note(scopes: readonly Scope[]): void {
    if (this.#underWay.size === 0) return
    if (this.#younger.size >= MANY) this.#turn()
    this.#younger.note(scopes, ++this.#step)
  }

  /** How many names are remembered. For tests. */
  get size(): number {
    return this.#younger.size + this.#older.size
  }

  #turn(): void {
    const [earliest] = this.#underWay
    if (earliest!.since < this.#younger.began) return
    this.#older = this.#younger
    this.#younger = new Notes(this.#step)
  }

  #forget(): void {
    if (this.size === 0) return
    this.#younger = new Notes(this.#step)
    this.#older = new Notes(this.#step)
  }
}
