import type { World } from '../../world/world.ts'

/** So often everything that was ready has run, and nobody has read. */
const QUIET = 2
const READY = Promise.resolve()

/**
 * Reads that follow each other before the event loop goes on: a caller who reads again as soon as he
 * has his answer, and callers side by side. No message of another process comes in between.
 */
export class ReadChain {
  readonly #world: World
  readonly #onOver: () => void
  #isOpen = false
  #reads = 0
  #quiet = 0

  /** @param onOver called when nobody goes on reading, before the event loop goes on */
  constructor(world: World, onOver: () => void) {
    this.#world = world
    this.#onOver = onOver
  }

  /** To be called before a read. @returns whether it follows another one */
  follows(): boolean {
    this.#reads++
    if (this.#isOpen) return true
    this.#isOpen = true
    this.#quiet = 0
    this.#world.soon(this.#look)
    return false
  }

  readonly #look = (): void => {
    this.#quiet = this.#reads > 0 ? 0 : this.#quiet + 1
    this.#reads = 0
    if (this.#quiet < QUIET) {
      // `soon` alone would come before the reactions that are ready now, among them the next to read.
      READY.then(this.#lookAgain)
      return
    }
    this.#isOpen = false
    this.#onOver()
  }

  readonly #lookAgain = (): void => this.#world.soon(this.#look)
}
