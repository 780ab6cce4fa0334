import type { World } from '../world/world.ts'

interface Asker<T> {
  readonly keys: readonly string[]
  readonly resolve: (answers: readonly T[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers what is asked for in one turn into one question: a hundred callers, one round trip. A
 * question holds up to `most` keys; what is more goes out beside it.
 */
export class Gather<T> {
  readonly #world: World
  readonly #ask: (keys: readonly string[]) => Promise<readonly T[]>
  readonly #most: number
  #waiting: Asker<T>[] = []
  #count = 0

  constructor(world: World, ask: (keys: readonly string[]) => Promise<readonly T[]>, most = 1000) {
    this.#world = world
    this.#ask = ask
    this.#most = most
  }

  /** The answers in the order of the keys. */
  ask(keys: readonly string[]): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#world.soon(() => this.#send())
      this.#waiting.push({ keys, resolve, reject })
      this.#count += keys.length
      if (this.#count >= this.#most) this.#send()
    })
  }

  #send(): void {
    const askers = this.#waiting
    if (askers.length === 0) return
    this.#waiting = []
    this.#count = 0
    const keys = askers.length === 1 ? askers[0]!.keys : askers.flatMap((asker) => asker.keys)
    this.#put(keys).then(
      (answers) => {
        let from = 0
        for (const asker of askers) {
          const to = from + asker.keys.length
          asker.resolve(askers.length === 1 ? answers : answers.slice(from, to))
          from = to
        }
      },
      (error: unknown) => {
        for (const { reject } of askers) reject(error)
      },
    )
  }

  /** A throw and a rejection are the same. */
  async #put(keys: readonly string[]): Promise<readonly T[]> {
    return this.#ask(keys)
  }
}
