import type { World } from '../world/world.ts'

/** Those who wait for another process to fetch a key. */
export class Waiting {
  readonly #world: World
  readonly #waking = new Map<string, Set<() => void>>()

  constructor(world: World) {
    this.#world = world
  }

  /** Resolves when the key is settled, or after so many milliseconds; tells which. */
  settled(key: string, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const wakers = this.#waking.get(key) ?? new Set()
      this.#waking.set(key, wakers)
      const end = (wasSettled: boolean): void => {
        cancel()
        wakers.delete(wake)
        if (wakers.size === 0 && this.#waking.get(key) === wakers) this.#waking.delete(key)
        resolve(wasSettled)
      }
      const wake = (): void => end(true)
      const cancel = this.#world.after(ms, () => end(false), true)
      wakers.add(wake)
    })
  }

  /** Wakes whoever waits for these keys. */
  wake(keys: Iterable<string>): void {
    for (const key of keys) for (const wake of [...(this.#waking.get(key) ?? [])]) wake()
  }

  wakeAll(): void {
    this.wake([...this.#waking.keys()])
  }
}
