/**
 * Things by prefixes of keys, as namespaces have them: each ends in a colon, and the longest one that a key
 * begins with counts. Cost of a look: O(colons of the deepest prefix), whatever the number of prefixes.
 */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T>()
  /** The most colons of a prefix, and its most characters: nothing is looked for beyond. */
  #deepest = 0
  #longest = 0

  get size(): number {
    return this.#byPrefix.size
  }

  /** @param prefix must end in a colon */
  set(prefix: string, thing: T): void {
    this.#byPrefix.set(prefix, thing)
    this.#deepest = Math.max(this.#deepest, prefix.split(':').length - 1)
    this.#longest = Math.max(this.#longest, prefix.length)
  }

  /** What is there under exactly this prefix. */
  get(prefix: string): T | undefined {
    return this.#byPrefix.get(prefix)
  }

  /** What is there under the longest prefix of a key. */
  find(key: string): T | undefined {
    let found: T | undefined
    let at = -1
    for (let depth = 0; depth < this.#deepest; depth++) {
      at = key.indexOf(':', at + 1)
      if (at === -1 || at >= this.#longest) break
      found = this.#byPrefix.get(key.slice(0, at + 1)) ?? found
    }
    return found
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#byPrefix.entries()
  }
}
