import type { World } from '../world/world.ts'

/** Why an entry left: `refused` is one that was larger than the bounds allow and never came in. */
export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'cleared' | 'refused'

export type RemovalListener<K, V> = (key: K, value: V, reason: RemovalReason) => void

/** Deliveries a listener may cause by what it does itself before the event loop gets a turn. */
const AT_ONCE = 10_000

/**
 * Removals waiting to be told to the listener. They are told when the operation that caused them is
 * complete, in order, so that a listener finds the cache consistent and may call it. What a listener
 * causes is told after it has returned; one that causes removals without end does not stop the process.
 */
export class Removals<K, V> {
  readonly #listener: RemovalListener<K, V>
  readonly #world: World
  #waiting: { readonly key: K; readonly value: V; readonly reason: RemovalReason }[] = []
  #telling = false

  constructor(listener: RemovalListener<K, V>, world: World) {
    this.#listener = listener
    this.#world = world
  }

  add(key: K, value: V, reason: RemovalReason): void {
    this.#waiting.push({ key, value, reason })
  }

  /** Tells what waits. Called at the end of every operation that may remove. */
  tell(): void {
    if (this.#telling || this.#waiting.length === 0) return
    this.#telling = true
    const most = this.#waiting.length + AT_ONCE
    for (let told = 0; told < this.#waiting.length && told < most; told++) this.#tellOne(told)
    const left = this.#waiting.slice(most)
    this.#waiting = left
    this.#telling = false
    if (left.length > 0) this.#world.after(0, () => this.tell())
  }

  #tellOne(index: number): void {
    const { key, value, reason } = this.#waiting[index]!
    try {
      this.#listener(key, value, reason)
    } catch (cause) {
      // The caller's operation succeeded: its listener's failure is reported, not thrown.
      this.#world.background(Promise.reject(cause), `onRemoval listener (${reason})`)
    }
  }
}
