import { type Answer, Failed, NotModified } from '../entry/answer.ts'
import type { Era } from '../entry/era.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'

/** Answers kept of one fetch that nobody asked for, at most. */
const MOST = 10_000

/** What a source told of a key that it was not asked for, with the eras of all levels from before it was asked. */
export interface Extra {
  readonly key: string
  readonly answer: Answer<unknown>
  readonly eras: readonly (Era | undefined)[]
}

/** What a batch fetcher tells beside what it was asked for: it is kept as well. */
export class Extras {
  readonly #levels: readonly GuardedLevel[]
  #eras: readonly ((key: string) => Era | undefined)[] = []
  readonly #answers = new Map<string, Answer<unknown>>()

  constructor(levels: readonly GuardedLevel[]) {
    this.#levels = levels
  }

  /** The source is about to be asked, perhaps once more. */
  begin(): void {
    this.#eras = this.#levels.map((level) => level.erasAtOnce())
    this.#answers.clear()
  }

  /** That something failed, or is as it was, tells nothing. */
  add(key: string, answer: Answer<unknown>): void {
    if (answer instanceof Failed || answer instanceof NotModified) return
    if (this.#answers.size < MOST) this.#answers.set(key, answer)
  }

  /** From now on each answer is what `made` makes of it. */
  async fit(made: (key: string, answer: Answer<unknown>) => Promise<Answer<unknown>>): Promise<void> {
    const all = [...this.#answers]
    const fitted = await Promise.all(all.map(([key, answer]) => made(key, answer)))
    this.#answers.clear()
    for (const [n, [key]] of all.entries()) this.add(key, fitted[n])
  }

  get all(): readonly Extra[] {
    return Array.from(this.#answers, ([key, answer]) => ({ key, answer, eras: this.#eras.map((eraOf) => eraOf(key)) }))
  }
}
