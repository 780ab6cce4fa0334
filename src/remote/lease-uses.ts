/**
 * How many of this process's fetches have use for the lease of a key, by key. The store knows one holder, the process:
 * so the lease is given up when the last of them has ended, not with the first.
 */
export class LeaseUses {
  readonly #uses = new Map<string, number>()

  has(key: string): boolean {
    return this.#uses.has(key)
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1)
  }

  /** One use of each of them is over. @returns those that nobody has use for any more */
  end(keys: readonly string[]): string[] {
    return keys.filter((key) => {
      const left = (this.#uses.get(key) ?? 0) - 1
      if (left > 0) this.#uses.set(key, left)
      return left <= 0 && this.#uses.delete(key)
    })
  }

  /** All uses are over. @returns the keys there were */
  endAll(): string[] {
    const keys = [...this.#uses.keys()]
    this.#uses.clear()
    return keys
  }
}
