/** One journey for one key: down through the levels, or to the source and back. */
export class Flight<T, P> {
  readonly key: string
  /** Whom it is made for, where that matters. */
  readonly party: P
  /** What everybody who waits for this flight gets. */
  readonly answer: Promise<T>
  readonly #settle = Promise.withResolvers<T>()
  #grounded = false

  constructor(key: string, party: P) {
    this.key = key
    this.party = party
    this.answer = this.#settle.promise
    // Everybody may have left before it fails. Those who wait get a promise of their own from it.
    this.answer.catch(() => undefined)
  }

  /** An invalidation overtook this flight: nothing it brings may be kept. */
  get grounded(): boolean {
    return this.#grounded
  }

  ground(): void {
    this.#grounded = true
  }

  resolve(answer: T): void {
    this.#settle.resolve(answer)
  }

  reject(error: unknown): void {
    this.#settle.reject(error)
  }
}
