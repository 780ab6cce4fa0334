/**
 * Everybody who waits for one call of a fetcher. A caller without a signal stays to the end; one
 * with a signal leaves when it aborts, and is answered at once. When all have left, the fetcher's
 * own signal aborts: nobody wants the answer any more.
 */
export class Party {
  readonly #onDeserted: () => void
  #controller: AbortController | undefined
  #waiting = 0
  #deserted: { readonly reason: unknown } | undefined

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
    if (signal === undefined) return answer
    const left = Promise.withResolvers<never>()
    const leave = () => {
      left.reject(signal.reason)
      this.#leave(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([answer, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #leave(reason: unknown): void {
    if (--this.#waiting > 0) return
    this.#deserted = { reason }
    this.#onDeserted()
    this.#controller?.abort(reason)
  }
}
