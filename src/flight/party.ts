import type { FetchPriority } from '../events.ts'

/**
 * Everybody who waits for one call of a fetcher. A caller without a signal stays until he is
 * answered; one with a signal leaves when it aborts, and is rejected at once. When nobody waits any
 * more, though the call is not over, the fetcher's own signal aborts: nobody wants the answer; unless
 * somebody has left who wants it to be kept.
 */
export class Party {
  readonly #onDeserted: () => void
  #controller: AbortController | undefined
  #waiting = 0
  /** Why the last caller who was not answered has left. */
  #left: { readonly reason: unknown } | undefined
  #deserted: { readonly reason: unknown } | undefined
  #over = false
  #isWanted = false
  #patience = 0
  #priority: FetchPriority | undefined

  /** @param onDeserted called once, when the last caller has left. */
  constructor(onDeserted: () => void) {
    this.#onDeserted = onDeserted
  }

  /** Why nobody waits any more; `undefined` while somebody does. */
  get deserted(): { readonly reason: unknown } | undefined {
    return this.#deserted
  }

  /** For the fetcher: aborts when all callers have left. Made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#deserted !== undefined) this.#controller.abort(this.#deserted.reason)
    }
    return this.#controller.signal
  }

  /** Waits for `answer`, or until the caller's signal aborts: then rejects with the signal's reason. */
  async wait<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#waiting++
    if (signal === undefined) {
      try {
        return await answer
      } finally {
        this.#oneLess()
      }
    }
    const leaving = Promise.withResolvers<never>()
    let hasLeft = false
    const leave = () => {
      hasLeft = true
      this.#left = { reason: signal.reason }
      leaving.reject(signal.reason)
      this.#oneLess()
    }
    // It may have aborted since the caller was last asked; then it does not tell.
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([answer, leaving.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      // A batch waits for several answers: one of them may come early, and those who stayed for it be the last.
      if (!hasLeft) this.#oneLess()
    }
  }

  /** The longest that anybody who ever came would wait, in milliseconds. */
  get patience(): number {
    return this.#patience
  }

  /** Somebody has come who waits for so many milliseconds. */
  bear(patience: number): void {
    if (patience > this.#patience) this.#patience = patience
  }

  /** The highest priority of anybody who ever came. */
  get priority(): FetchPriority {
    return this.#priority ?? 'normal'
  }

  /** Somebody has come to whom it matters so much. */
  press(priority: FetchPriority): void {
    if (this.#priority === undefined || isHigher(priority, this.#priority)) this.#priority = priority
  }

  /** From now on the answer is wanted, whether somebody waits for it or not. */
  want(): void {
    this.#isWanted = true
  }

  /** Nobody wants the answer any more, for this reason, whoever waits. */
  abandon(reason: unknown): void {
    if (this.#over || this.#deserted !== undefined) return
    this.#desert(reason)
  }

  /** Everybody has been answered: whoever leaves now changes nothing. */
  end(): void {
    this.#over = true
  }

  #oneLess(): void {
    this.#waiting--
    if (this.#over || this.#isWanted || this.#waiting > 0 || this.#left === undefined) return
    this.#desert(this.#left.reason)
  }

  #desert(reason: unknown): void {
    this.#deserted = { reason }
    this.#onDeserted()
    this.#controller?.abort(reason)
  }
}

function isHigher(one: FetchPriority, other: FetchPriority): boolean {
  return one !== other && (one === 'high' || other === 'low')
}
