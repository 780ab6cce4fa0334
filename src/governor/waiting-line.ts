import { invariant } from '../errors.ts'
import type { FetchPriority } from '../events.ts'

/** Where somebody stands in a {@link WaitingLine}: one object, linked into it. */
export interface Place {
  /** The moment of `World.mono()` at which it came. */
  readonly since: number
  rank: number
  before: Place | undefined
  after: Place | undefined
}

const RANKS: Readonly<Record<FetchPriority, number>> = { high: 0, normal: 1, low: 2 }
/** Of so many that leave the line in front, one is whoever has waited longest, whatever its priority. */
const TURN = 8

/** The number of a priority: the lower, the sooner. */
export function rankOf(priority: FetchPriority): number {
  return RANKS[priority]
}

/**
 * A line for each priority, first come, first served. Higher priorities go first, but one in eight is
 * whoever has waited longest: of n that were there before it, somebody waits for at most 8 × (n + 1)
 * to go, whoever comes meanwhile. Each step but `raise` is O(1).
 */
export class WaitingLine<P extends Place> {
  readonly #first: (P | undefined)[] = [undefined, undefined, undefined]
  readonly #last: (P | undefined)[] = [undefined, undefined, undefined]
  #size = 0
  #gone = 0

  get size(): number {
    return this.#size
  }

  /** At the end of those of its rank, but before those who came later. */
  add(place: P): void {
    const { rank, since } = place
    let before: Place | undefined = this.#last[rank]
    while (before !== undefined && before.since > since) before = before.before
    const after = before === undefined ? this.#first[rank] : before.after
    place.before = before
    place.after = after
    if (before === undefined) this.#first[rank] = place
    else before.after = place
    if (after === undefined) this.#last[rank] = place
    else after.before = place
    this.#size++
  }

  /** Gives somebody who is in it another rank: a step for each of that rank who came later. */
  raise(place: P, rank: number): void {
    this.remove(place)
    place.rank = rank
    this.add(place)
  }

  /** Takes out somebody who is in it. */
  remove(place: P): void {
    const { before, after, rank } = place
    if (before === undefined) this.#first[rank] = after as P | undefined
    else before.after = after
    if (after === undefined) this.#last[rank] = before as P | undefined
    else after.before = before
    place.before = undefined
    place.after = undefined
    this.#size--
  }

  /** Takes out whose turn it is; `undefined` if nobody is there. */
  next(): P | undefined {
    this.#gone = (this.#gone + 1) % TURN
    const place = this.#gone === 0 ? this.oldest() : this.#first.find((first) => first !== undefined)
    if (place !== undefined) this.remove(place)
    return place
  }

  /** Who has waited longest. */
  oldest(): P | undefined {
    let oldest: P | undefined
    for (const first of this.#first) {
      if (first !== undefined && (oldest === undefined || first.since < oldest.since)) oldest = first
    }
    return oldest
  }

  /** Who came last of the lowest rank there is, if that is lower than `rank`: who makes room for it. */
  lowerThan(rank: number): P | undefined {
    for (let lower = RANKS.low; lower > rank; lower--) {
      if (this.#last[lower] !== undefined) return this.#last[lower]
    }
    return undefined
  }

  /** @throws TerraceError `ERR_INVARIANT` if it is not what it should be */
  check(): void {
    let size = 0
    for (const [rank, first] of this.#first.entries()) {
      let before: Place | undefined
      for (let place: Place | undefined = first; place !== undefined; place = place.after) {
        invariant(place.before === before && place.rank === rank, () => `a place of rank ${place?.rank} is misplaced`)
        invariant(before === undefined || before.since <= place.since, () => 'somebody has overtaken')
        before = place
        size++
      }
      invariant(this.#last[rank] === before, () => `the line of rank ${rank} ends elsewhere`)
    }
    invariant(size === this.#size, () => `${size} wait, ${this.#size} were counted`)
  }
}
