/** A key, and the size that was last seen. */
export interface SizedKey {
  readonly key: string
  readonly bytes: number
}

/**
 * The keys with the biggest values among those that were looked at: at most `capacity`, each with its last
 * size. Cost: O(capacity) when a new key displaces the least, which is rarer the longer it runs.
 */
export class BiggestKeys {
  readonly #capacity: number
  readonly #bytes = new Map<string, number>()
  /** No key that is held is smaller. */
  #least = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** This key has a value of this size now. */
  note(key: string, bytes: number): void {
    if (!this.#bytes.has(key) && this.#bytes.size >= this.#capacity) {
      if (bytes <= this.#least || !this.#displaces(bytes)) return
    }
    this.#bytes.set(key, bytes)
    if (bytes < this.#least || this.#bytes.size === 1) this.#least = bytes
  }

  /** This key has no value any more. */
  forget(key: string): void {
    this.#bytes.delete(key)
  }

  /** The biggest first; equal ones by key. */
  top(most: number): SizedKey[] {
    return [...this.#bytes]
      .map(([key, bytes]) => ({ key, bytes }))
      .sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1))
      .slice(0, most)
  }

  /** Drops the smallest, unless it is as big. */
  #displaces(bytes: number): boolean {
    let smallest = ''
    let least = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const [key, held] of this.#bytes) {
      if (held < least) {
        next = least
        least = held
        smallest = key
      } else if (held < next) next = held
    }
    const isBigger = bytes > least
    if (isBigger) this.#bytes.delete(smallest)
    this.#least = isBigger ? next : least
    return isBigger
  }
}
