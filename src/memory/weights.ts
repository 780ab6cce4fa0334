import { invariant, shown, TerraceError } from '../errors.ts'
import type { Slot } from '../policies/policy.ts'

/** The heaviest entry that is ever kept, in bytes. */
export const HEAVIEST: number = 2 ** 32 - 1

/**
 * The weight in bytes of each resident entry, as `sizeOf` gave it when the value was set.
 *
 * Invariant (`check`): every slot of the table has a place, or the weight put there would be lost. That their sum
 * is what the cache counts, its residents prove.
 */
export class Weights<K, V> {
  readonly #sizeOf: (value: V, key: K) => number
  #weights: Uint32Array

  constructor(slots: number, sizeOf: (value: V, key: K) => number) {
    this.#sizeOf = sizeOf
    this.#weights = new Uint32Array(slots + 1)
  }

  /** @throws TerraceError `ERR_OPTION_INVALID` when `sizeOf` returns no size; whatever `sizeOf` throws */
  weigh(value: V, key: K): number {
    const size = this.#sizeOf(value, key)
    if (typeof size !== 'number' || !(size >= 0)) {
      throw new TerraceError(
        'ERR_OPTION_INVALID',
        `sizeOf: expected to return a number of at least 0, got ${shown(size)}`,
      )
    }
    return Math.ceil(size)
  }

  at(slot: Slot): number {
    return this.#weights[slot]!
  }

  put(slot: Slot, weight: number): void {
    this.#weights[slot] = weight
  }

  extend(slots: number): void {
    const weights = new Uint32Array(slots + 1)
    weights.set(this.#weights)
    this.#weights = weights
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(slots: number): void {
    const places = this.#weights.length - 1
    invariant(places >= slots, () => `weights: ${places} places for ${slots} slots`)
  }
}
