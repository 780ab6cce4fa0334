/** One question after another: who asks while one is under way shares it, or the next one. */
export class Questions {
  readonly #ask: () => Promise<void>
  #asking: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** @param ask puts the question, and settles with what became of it */
  constructor(ask: () => Promise<void>) {
    this.#ask = ask
  }

  /** The question under way, or one that is put now. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** A question that is put from now on. */
  askAnew(): Promise<void> {
    if (this.#asking === undefined) return this.ask()
    const last = this.#asking.catch(() => undefined)
    this.#next ??= last.then(() => {
      this.#next = undefined
      return this.ask()
    })
    return this.#next
  }

  /** A question that is put from now on, unless the answer to the one under way is enough. */
  async askUntil(isEnough: () => boolean): Promise<void> {
    if (this.#asking !== undefined) {
      await this.#asking.catch(() => undefined)
      if (isEnough()) return
    }
    return this.askAnew()
  }
}
