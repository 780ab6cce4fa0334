/** One journey for one key: down through the levels, or to the source and back. */
export class Flight<T, P> {
  readonly key: string
  /** Whom it is made for, where that matters. */
  readonly party: P
  /** How many invalidations of tags there had been when it set out. */
  readonly began: number
  /** The moment of `World.tick()` at which it set out. */
  readonly at: number
  #state: 'flying' | 'landed' | 'crashed' = 'flying'
  /** What it brought, or why it failed. */
  #outcome: unknown
  #waiting: PromiseWithResolvers<T> | undefined
  #grounded = false
  #isSpareGone = false
  #spare: T | undefined
  #onSpare: (() => void)[] | undefined

  constructor(key: string, party: P, began: number, at: number) {
    this.key = key
    this.party = party
    this.began = began
    this.at = at
  }

  /**
   * What everybody who waits for this flight gets. The promise is made when it is first asked for: of
   * many flights that land together most are never waited for one by one.
   */
  get answer(): Promise<T> {
    if (this.#waiting === undefined) {
      this.#waiting = Promise.withResolvers<T>()
      if (this.#state !== 'flying') this.#settle()
    }
    return this.#waiting.promise
  }

  get hasLanded(): boolean {
    return this.#state === 'landed'
  }

  /** What a flight that has landed brought. */
  get brought(): T {
    return this.#outcome as T
  }

  /** What there is in place of what it brings, should it be late or fail. */
  get spare(): T | undefined {
    return this.#spare
  }

  /** From now on this is its spare. */
  offer(spare: T): void {
    this.#spare = spare
    const told = this.#onSpare
    this.#onSpare = undefined
    if (told !== undefined) for (const tell of told) tell()
  }

  /** Tells `tell` when a spare is next offered; never, if none is. */
  onSpare(tell: () => void): void {
    this.#onSpare ??= []
    this.#onSpare.push(tell)
  }

  /** An invalidation overtook this flight: nothing it brings may be kept. */
  get grounded(): boolean {
    return this.#grounded
  }

  /** Whether what grounded it stands against its spare as well. */
  get isSpareGone(): boolean {
    return this.#isSpareGone
  }

  /** @param keepsSpare its spare may be served as stale afterwards */
  ground(keepsSpare: boolean): void {
    this.#grounded = true
    if (!keepsSpare) this.#isSpareGone = true
  }

  resolve(answer: T): void {
    this.#end('landed', answer)
  }

  reject(error: unknown): void {
    this.#end('crashed', error)
  }

  #end(state: 'landed' | 'crashed', outcome: unknown): void {
    if (this.#state !== 'flying') return
    this.#state = state
    this.#outcome = outcome
    if (this.#waiting !== undefined) this.#settle()
  }

  #settle(): void {
    const { promise, resolve, reject } = this.#waiting!
    if (this.#state === 'landed') resolve(this.#outcome as T)
    else {
      // Everybody may have left before it failed. Those who wait get a promise of their own from it.
      promise.catch(() => undefined)
      reject(this.#outcome)
    }
  }
}

/** What all these flights bring, in their order; rejects with the first that fails. Those that land together cost one promise. */
export async function arrivals<T>(flights: readonly Flight<T, unknown>[]): Promise<T[]> {
  for (const flight of flights) if (!flight.hasLanded) await flight.answer
  return flights.map(({ brought }) => brought)
}
