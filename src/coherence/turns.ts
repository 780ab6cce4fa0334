/**
 * The order of writes: those that touch the same key run one after another in the order of their
 * calls, those that touch everything run alone, all others run side by side. A write that meets no
 * other begins at once, within the call.
 *
 * Without it two writes that take different times in different levels would leave the levels with
 * different winners. It holds one promise a key, only while a write of that key is under way.
 */
export class Turns {
  readonly #lastOfKey = new Map<string, Promise<void>>()
  #lastWide: Promise<void> | undefined

  /** Runs `work` after every earlier write that touches one of the keys. */
  keys<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const earlier = new Set<Promise<void>>()
    for (const key of keys) {
      const last = this.#lastOfKey.get(key)
      if (last !== undefined) earlier.add(last)
    }
    if (this.#lastWide !== undefined) earlier.add(this.#lastWide)
    const { done, over } = begin(earlier, work)
    const end = over.then(() => {
      for (const key of keys) if (this.#lastOfKey.get(key) === end) this.#lastOfKey.delete(key)
    })
    for (const key of keys) this.#lastOfKey.set(key, end)
    return done
  }

  /** Runs `work` after every earlier write, and before every later one. */
  wide<T>(work: () => Promise<T>): Promise<T> {
    const earlier = new Set(this.#lastOfKey.values())
    if (this.#lastWide !== undefined) earlier.add(this.#lastWide)
    const { done, over } = begin(earlier, work)
    const end = over.then(() => {
      if (this.#lastWide === end) this.#lastWide = undefined
    })
    this.#lastWide = end
    return done
  }
}

function begin<T>(earlier: Set<Promise<void>>, work: () => Promise<T>): { done: Promise<T>; over: Promise<void> } {
  const done = earlier.size === 0 ? work() : Promise.all(earlier).then(work)
  const end = () => undefined
  return { done, over: done.then(end, end) }
}
