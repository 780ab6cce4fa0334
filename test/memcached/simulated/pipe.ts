import type { FakeWorld } from '../../../src/testing/fake-world.ts'

/** One direction of a connection: what is sent comes out in that order, each after some time. */
export class Pipe {
  readonly #world: FakeWorld
  readonly #isHeld: () => boolean
  readonly #queue: { readonly due: number; readonly arrive: () => void }[] = []
  #isArmed = false
  #lastDue = 0

  /** @param isHeld whether nothing gets through now: what was sent arrives when that is over */
  constructor(world: FakeWorld, isHeld: () => boolean) {
    this.#world = world
    this.#isHeld = isHeld
  }

  send(ms: number, arrive: () => void): void {
    this.#lastDue = Math.max(this.#lastDue, this.#world.mono() + ms)
    this.#queue.push({ due: this.#lastDue, arrive })
    this.#arm()
  }

  /** What has not arrived never does. */
  drop(): void {
    this.#queue.length = 0
  }

  #arm(): void {
    const next = this.#queue[0]
    if (next === undefined || this.#isArmed) return
    this.#isArmed = true
    this.#world.after(next.due - this.#world.mono(), () => this.#deliver())
  }

  #deliver(): void {
    this.#isArmed = false
    if (this.#queue.length === 0) return
    if (this.#isHeld()) {
      this.#isArmed = true
      this.#world.after(RETRY, () => this.#deliver())
      return
    }
    // What was sent since may have been dropped and replaced: only what is due arrives.
    if (this.#queue[0]!.due <= this.#world.mono()) this.#queue.shift()!.arrive()
    this.#arm()
  }
}

/** Milliseconds after which what did not get through is sent again. */
const RETRY = 5
