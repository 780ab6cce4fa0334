import { invariant } from '../errors.ts'
import type { World } from '../world/world.ts'
import type { Outcome } from './concurrency-limit.ts'

/** A fetch's place among those under way. */
export class Permit {
  /** The moment of `World.mono()` at which it was given. */
  readonly began: number
  /** How many were under way then, this one included. */
  readonly among: number
  /** Neighbours by age; of {@link Permits} alone. */
  before: Permit | undefined
  after: Permit | undefined
  isOut = true
  readonly #permits: Permits

  constructor(permits: Permits, began: number, among: number) {
    this.#permits = permits
    this.began = began
    this.among = among
  }

  /** The fetch has ended: its place is free. Once is enough, and not too late. */
  done(outcome: Outcome): void {
    this.#permits.take(this, outcome)
  }
}

/** The permits that are out, by age, so that those of fetches that never end can be told. O(1) a step. */
export class Permits {
  readonly #world: World
  readonly #onDone: (permit: Permit, outcome: Outcome) => void
  #oldest: Permit | undefined
  #youngest: Permit | undefined
  #size = 0

  /** @param onDone told when a permit is back */
  constructor(world: World, onDone: (permit: Permit, outcome: Outcome) => void) {
    this.#world = world
    this.#onDone = onDone
  }

  get size(): number {
    return this.#size
  }

  oldest(): Permit | undefined {
    return this.#oldest
  }

  give(): Permit {
    const permit = new Permit(this, this.#world.mono(), ++this.#size)
    permit.before = this.#youngest
    if (this.#youngest === undefined) this.#oldest = permit
    else this.#youngest.after = permit
    this.#youngest = permit
    return permit
  }

  /** Takes a permit back, unless that has been done. */
  take(permit: Permit, outcome: Outcome): void {
    if (!permit.isOut) return
    permit.isOut = false
    const { before, after } = permit
    if (before === undefined) this.#oldest = after
    else before.after = after
    if (after === undefined) this.#youngest = before
    else after.before = before
    permit.before = undefined
    permit.after = undefined
    this.#size--
    this.#onDone(permit, outcome)
  }

  /** Takes back, as failed, those that have been out for `longest` milliseconds. */
  expire(longest: number): void {
    const since = this.#world.mono() - longest
    while (this.#oldest !== undefined && this.#oldest.began <= since) this.take(this.#oldest, 'failed')
  }

  /** @throws TerraceError `ERR_INVARIANT` if it is not what it should be */
  check(): void {
    let size = 0
    let before: Permit | undefined
    for (let permit = this.#oldest; permit !== undefined; permit = permit.after) {
      invariant(permit.isOut && permit.before === before, () => 'a permit is misplaced')
      invariant(before === undefined || before.began <= permit.began, () => 'a permit is younger than the next')
      before = permit
      size++
    }
    invariant(this.#youngest === before && size === this.#size, () => `${size} permits, ${this.#size} were counted`)
  }
}
