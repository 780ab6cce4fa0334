import type { Slot } from './policy.ts'
import { carried } from './slot-array.ts'

/** Weights by slot. Takes no memory while every weight is 1. */
export class SlotWeights {
  #slots: number
  #weights: Float64Array | null = null

  constructor(slots: number) {
    this.#slots = slots
  }

  of(slot: Slot): number {
    return this.#weights === null ? 1 : this.#weights[slot]
  }

  set(slot: Slot, weight: number): void {
    if (this.#weights === null) {
      if (weight === 1) return
      this.#weights = new Float64Array(this.#slots + 1).fill(1)
    }
    this.#weights[slot] = weight
  }

  resize(slots: number): void {
    this.#slots = slots
    if (this.#weights !== null) this.#weights = carried(this.#weights, new Float64Array(slots + 1))
  }
}
