import type { Cancel, World } from '../world/world.ts'

/**
 * The world of a replay: time stands still, nothing is ever due, and randomness follows from a seed,
 * so that a replay is the same on every run and every machine.
 *
 * Randomness is mulberry32: 32 bits of state, a period of 2^32, ample for choosing whom to evict.
 */
export class ReplayWorld implements World {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  wall(): number {
    return 0
  }

  mono(): number {
    return 0
  }

  tick(): number {
    return 0
  }

  after(_delay: number, _run: () => void): Cancel {
    return () => {}
  }

  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  soon(run: () => void): void {
    queueMicrotask(run)
  }

  background(work: Promise<unknown>): void {
    work.catch(() => {})
  }
}
