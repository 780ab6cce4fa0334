/**
 * The optimum: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer",
 * IBM Systems Journal 5(2), 1966, in its form with bypass: of the residents and the newcomer, the
 * one whose next use is furthest away does not stay. No cache that only holds what was asked for
 * can have more hits with as many entries.
 *
 * A resident is known by the place of its next use, which tells it from all others and is all that
 * matters about it: a request is a hit if its own place is in the set of kept next uses. The set
 * answers its maximum in at most seven steps, so a request costs O(1) and a cell one bit a request.
 *
 * Invariant: every kept place is ahead of the replay. Nothing here depends on what the keys are, so
 * there is no order of keys that slows it down.
 */
import type { Cell, Tally } from './cell.ts'
import type { NumberList } from './number-list.ts'
import { PositionSet } from './position-set.ts'
import { NEVER } from './survey.ts'
import type { Batch } from './trace.ts'

export class OptimumCell implements Cell {
  readonly #capacity: number
  readonly #nextUses: NumberList
  readonly #kept: PositionSet
  #position = 0
  #hits = 0
  #hitBytes = 0
  #evictions = 0

  constructor(capacity: number, nextUses: NumberList) {
    this.#capacity = capacity
    this.#nextUses = nextUses
    this.#kept = new PositionSet(nextUses.length)
  }

  replay(batch: Batch): void {
    const { keys, sizes } = batch
    for (let i = 0; i < keys.length; i++) {
      if (this.#kept.delete(this.#position)) {
        this.#hits++
        if (sizes !== undefined) this.#hitBytes += sizes[i]!
      }
      this.#keep(this.#nextUses.at(this.#position))
      this.#position++
    }
  }

  tally(): Tally {
    return { hits: this.#hits, evictions: this.#evictions, hitBytes: this.#hitBytes }
  }

  close(): void {}

  #keep(nextUse: number): void {
    if (nextUse === NEVER) return
    if (this.#kept.size === this.#capacity) {
      const furthest = this.#kept.greatest()
      if (furthest < nextUse) return
      this.#kept.delete(furthest)
      this.#evictions++
    }
    this.#kept.add(nextUse)
  }
}
