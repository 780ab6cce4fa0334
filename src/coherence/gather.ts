import type { World } from '../world/world.ts'
import { portions, type Share } from './portions.ts'
import { together } from './shards.ts'

interface Asker<A, T> {
  readonly items: readonly A[]
  readonly resolve: (answers: readonly T[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers what is asked in one turn into one question: a hundred callers, one round trip. What is
 * more than one question may hold is cut into several, which go out side by side.
 */
export class Gather<A, T> {
  readonly #world: World
  readonly #ask: (items: readonly A[]) => Promise<readonly T[]>
  readonly #share: Share<A>
  #waiting: Asker<A, T>[] = []
  #filled = 0

  /** @param share what part of a question an item takes up. @param ask answers in the order of the items. */
  constructor(world: World, share: Share<A>, ask: (items: readonly A[]) => Promise<readonly T[]>) {
    this.#world = world
    this.#share = share
    this.#ask = ask
  }

  /** The answers in the order of the items. */
  ask(items: readonly A[]): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#world.soon(() => this.#send())
      this.#waiting.push({ items, resolve, reject })
      for (const item of items) this.#filled += this.#share(item)
      if (this.#filled >= 1) this.#send()
    })
  }

  #send(): void {
    const askers = this.#waiting
    if (askers.length === 0) return
    this.#waiting = []
    const isTooMuch = this.#filled > 1
    this.#filled = 0
    const answered = isTooMuch ? this.#answerApart(askers) : this.#answer(askers)
    this.#world.background(answered, 'asking for several at once')
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

  /** Each is answered when all portions are that hold something of his. */
  async #answerApart(askers: readonly Asker<A, T>[]): Promise<void> {
    const all = portions(
      askers.flatMap(({ items }) => items),
      this.#share,
    )
    const answers = all.map((portion) => this.#ask(portion))
    let first = 0
    let end = 0
    let skipped = 0
    const settled = askers.map(async ({ items, resolve, reject }) => {
      while (first < all.length - 1 && end + all[first]!.length <= skipped) end += all[first++]!.length
      const from = skipped - end
      let last = first
      for (let reach = end + all[last]!.length; reach < skipped + items.length; reach += all[last]!.length) last++
      skipped += items.length
      try {
        const told = await together(answers.slice(first, last + 1))
        resolve(told.flat().slice(from, from + items.length))
      } catch (error) {
        reject(error)
      }
    })
    await Promise.all(settled)
  }
}
