import { invariant } from '../errors.ts'
import type { Slot } from '../policies/policy.ts'
import type { Cancel, World } from '../world/world.ts'
import { Wheel } from './wheel.ts'

/** How often entries that nobody asks for are looked through, in milliseconds. */
const BEAT = 1000
/** Slots that expire in one turn of the event loop; the next turn goes on. */
const AT_ONCE = 1024

/**
 * When entries expire: their time to live, their idle time, and the one timer that gives their memory
 * back without being asked. The timer beats once a second while anything has a deadline, does not
 * keep the process alive, and holds the cache weakly.
 */
export class Expiry {
  readonly #world: World
  readonly #idle: number
  readonly #expired: (slot: Slot) => void
  readonly #swept: () => void
  readonly #wheel: Wheel
  /** Deadlines by time to live alone, on the world's clock; kept where an idle time may come first. */
  #hard: Float64Array | undefined
  #cancelBeat: Cancel | undefined

  /**
   * @param idle milliseconds, `Infinity` for none
   * @param expired removes an entry whose deadline has come
   * @param swept called after a beat of the timer that removed entries
   */
  constructor(slots: number, idle: number, world: World, expired: (slot: Slot) => void, swept: () => void) {
    this.#world = world
    this.#idle = idle
    this.#expired = expired
    this.#swept = swept
    this.#wheel = new Wheel(slots, world.tick())
    this.#hard = idle === Number.POSITIVE_INFINITY ? undefined : new Float64Array(slots + 1)
  }

  /** The entry lives until `end`, `Infinity` for no end; its idle time begins. */
  start(slot: Slot, end: number): void {
    if (end === Number.POSITIVE_INFINITY && this.#hard === undefined) {
      this.#wheel.cancel(slot)
      return
    }
    if (this.#hard === undefined) this.#wheel.schedule(slot, end)
    else {
      this.#hard[slot] = end
      this.#wheel.schedule(slot, Math.min(end, this.#world.tick() + this.#idle))
    }
    if (this.#cancelBeat === undefined) this.#nextBeat(BEAT)
  }

  isDue(slot: Slot): boolean {
    return this.#wheel.isDue(slot, this.#world.tick())
  }

  /** The entry was read: its idle time begins anew. */
  touched(slot: Slot): void {
    if (this.#hard === undefined) return
    this.#wheel.schedule(slot, Math.min(this.#hard[slot]!, this.#world.tick() + this.#idle))
  }

  /** On the world's monotonic clock, in whole milliseconds; `Infinity` for never. */
  deadline(slot: Slot): number {
    return this.#wheel.deadline(slot)
  }

  /** The deadline by time to live alone, whatever the idle time. */
  end(slot: Slot): number {
    return this.#hard === undefined ? this.#wheel.deadline(slot) : this.#hard[slot]!
  }

  forget(slot: Slot): void {
    this.#wheel.cancel(slot)
  }

  /** Removes one entry whose deadline has come. @returns whether there was one */
  reclaim(): boolean {
    const slot = this.#wheel.pop(this.#world.tick())
    if (slot > 0) this.#expired(slot)
    return slot > 0
  }

  /** Forgets all deadlines. */
  clear(): void {
    this.#wheel.clear()
  }

  extend(slots: number): void {
    this.#wheel.extend(slots)
    if (this.#hard === undefined) return
    const hard = new Float64Array(slots + 1)
    hard.set(this.#hard)
    this.#hard = hard
  }

  /** Stops the timer. */
  close(): void {
    this.#cancelBeat?.()
    this.#cancelBeat = undefined
  }

  #nextBeat(delay: number): void {
    const self = new WeakRef(this)
    this.#cancelBeat = this.#world.after(delay, () => {
      const expiry = self.deref()
      if (expiry !== undefined) expiry.#beat()
    })
  }

  #beat(): void {
    this.#cancelBeat = undefined
    const now = this.#world.mono()
    let slot: Slot | -1 = 0
    for (let turn = 0; turn < AT_ONCE; turn++) {
      slot = this.#wheel.pop(now)
      if (slot === 0) break
      if (slot > 0) this.#expired(slot)
    }
    if (this.#wheel.waiting > 0) this.#nextBeat(slot === 0 ? BEAT : 1)
    this.#swept()
  }

  /** How many slots have a deadline. */
  get waiting(): number {
    return this.#wheel.waiting
  }

  /** Proves the invariants. @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#wheel.check()
    invariant(this.waiting === 0 || this.#cancelBeat !== undefined, () => 'entries have deadlines and no timer runs')
  }
}
