import { DAWN, type Era } from '../entry/era.ts'

/**
 * The floors of one kind by name, at most `limit` of them. The oldest half is forgotten at a time,
 * and the highest era in it becomes the `horizon`.
 *
 * Two maps, an older and a younger one, instead of one from which the oldest is deleted: deleting
 * leaves holes at the front of a `Map`, and finding its first entry walks over all of them.
 * Cost: O(1) amortised. Invariant: no era in a map is above the highest noted for it.
 */
export class FloorMap {
  readonly #half: number
  #young = new Map<string, Era>()
  #old = new Map<string, Era>()
  #highestOld: Era = DAWN
  #highestYoung: Era = DAWN
  #horizon: Era = DAWN

  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2)
  }

  /** Of floors in any order. */
  static of(limit: number, floors: readonly (readonly [string, Era])[]): FloorMap {
    const map = new FloorMap(limit)
    for (const [name, era] of oldestFirst(floors)) map.raise(name, era)
    return map
  }

  /** No forgotten floor is above this era. */
  get horizon(): Era {
    return this.#horizon
  }

  /** How many floors are remembered; a name raised twice may count twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The floor of `name`, as far as it is remembered. */
  get(name: string): Era {
    return this.#young.get(name) ?? this.#old.get(name) ?? DAWN
  }

  /** Raises the floor of `name` to `era`, unless it is known to be as high. */
  raiseTo(name: string, era: Era): void {
    if (this.get(name) < era) this.raise(name, era)
  }

  raise(name: string, era: Era): void {
    if (this.#young.size >= this.#half && !this.#young.has(name)) {
      this.#horizon = this.#highestOld
      this.#highestOld = this.#highestYoung
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, era)
    if (era > this.#highestYoung) this.#highestYoung = era
  }

  /** Those that are not above an era. */
  upTo(era: Era): FloorMap {
    const some = new FloorMap(this.#half * 2)
    for (const [name, own] of this) if (own <= era) some.raise(name, own)
    return some
  }

  /** Forgets all: something stands above every floor here. */
  clear(): void {
    if (this.size === 0) return
    this.#young = new Map()
    this.#old = new Map()
  }

  /** Every floor remembered; of a name raised twice maybe both. */
  *[Symbol.iterator](): Generator<[string, Era]> {
    yield* this.#old
    yield* this.#young
  }
}

export function oldestFirst(floors: readonly (readonly [string, Era])[]): (readonly [string, Era])[] {
  return [...floors].sort(([, a], [, b]) => a - b)
}
