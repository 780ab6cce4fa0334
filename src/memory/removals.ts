import { invariant, TerraceError } from '../errors.ts'
import type { World } from '../world/world.ts'

/** Why an entry left: `refused` is one that was larger than the bounds allow and never came in. */
export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'cleared' | 'refused'

export type RemovalListener<K, V> = (key: K, value: V, reason: RemovalReason) => void

/** One listener after the other; what the second returns is waited for. */
export function both<K, V>(first: RemovalListener<K, V>, second: RemovalListener<K, V>): RemovalListener<K, V> {
  return (key, value, reason) => {
    first(key, value, reason)
    return second(key, value, reason)
  }
}

/** Deliveries a listener may cause by what it does itself before the event loop gets a turn. */
const AT_ONCE = 10_000

/**
 * Removals waiting to be told to the listener. They are told when the operation that caused them is
 * complete, in order, so that a listener finds the cache consistent and may call it. What a listener
 * causes is told after it has returned. One that causes removals without end does not stop the
 * process: the event loop gets its turns, and when more removals wait than the cache can hold twice
 * over, they are dropped, which is reported.
 *
 * Invariants (`check`): nothing waits that nobody will tell, and while no listener is at work no more than that.
 */
export class Removals<K, V> {
  readonly #listener: RemovalListener<K, V>
  readonly #world: World
  readonly #slots: () => number
  #waiting: { readonly key: K; readonly value: V; readonly reason: RemovalReason }[] = []
  #telling = false
  /** Whether a timer will tell what still waits. */
  #postponed = false

  /** @param slots how many entries the cache can hold */
  constructor(listener: RemovalListener<K, V>, world: World, slots: () => number) {
    this.#listener = listener
    this.#world = world
    this.#slots = slots
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
    this.#waiting = this.#waiting.slice(most)
    this.#telling = false
    if (this.#waiting.length > 0) this.#postpone()
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    if (this.#telling) return
    const { length } = this.#waiting
    const most = this.#most
    invariant(length === 0 || this.#postponed, () => `removals: ${length} wait, and nobody will tell them`)
    invariant(length <= most, () => `removals: ${length} wait, ${most} allowed`)
  }

  /** Removals that may wait. */
  get #most(): number {
    return 2 * this.#slots() + AT_ONCE
  }

  #tellOne(index: number): void {
    const { key, value, reason } = this.#waiting[index]!
    const why = `onRemoval listener (${reason})`
    try {
      const outcome: unknown = this.#listener(key, value, reason)
      if (outcome instanceof Promise) this.#world.background(outcome, why)
    } catch (cause) {
      // The caller's operation succeeded: its listener's failure is reported, not thrown.
      this.#world.background(Promise.reject(cause), why)
    }
  }

  #postpone(): void {
    const { length } = this.#waiting
    if (length > this.#most) {
      this.#waiting = []
      const text = `onRemoval: the listener causes removals without end; ${length} were not told`
      this.#world.background(Promise.reject(new TerraceError('ERR_OPTION_INVALID', text)), 'onRemoval listener')
      return
    }
    if (this.#postponed) return
    this.#postponed = true
    this.#world.after(1, () => {
      this.#postponed = false
      this.tell()
    })
  }
}
