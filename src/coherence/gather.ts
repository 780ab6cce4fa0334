import type { World } from '../world/world.ts'

interface Asker<A, T> {
  readonly items: readonly A[]
  readonly resolve: (answers: readonly T[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers what is asked in one turn into one question: a hundred callers, one round trip. What is
 * more than `most` items goes out beside it.
 */
export class Gather<A, T> {
  readonly #world: World
  readonly #ask: (items: readonly A[]) => Promise<readonly T[]>
  readonly #most: number
  #waiting: Asker<A, T>[] = []
  #count = 0

  /** @param ask answers in the order of the items. */
  constructor(world: World, most: number, ask: (items: readonly A[]) => Promise<readonly T[]>) {
    this.#world = world
    this.#most = most
    this.#ask = ask
  }

  /** The answers in the order of the items. */
  ask(items: readonly A[]): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#world.soon(() => this.#send())
      this.#waiting.push({ items, resolve, reject })
      this.#count += items.length
      if (this.#count >= this.#most) this.#send()
    })
  }

  #send(): void {
    const askers = this.#waiting
    if (askers.length === 0) return
    this.#waiting = []
    this.#count = 0
    this.#world.background(this.#answer(askers), 'asking for several at once')
  }

  async #answer(askers: readonly Asker<A, T>[]): Promise<void> {
    try {
      const answers = await this.#ask(askers.length === 1 ? askers[0]!.items : askers.flatMap(({ items }) => items))
      let from = 0
      for (const { items, resolve } of askers) {
        resolve(answers.slice(from, from + items.length))
        from += items.length
      }
    } catch (error) {
      for (const { reject } of askers) reject(error)
    }
  }
}
