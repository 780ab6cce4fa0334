import type { GuardedLevel } from '../../remote/guarded-level.ts'
import { type Part, Room } from './room.ts'

/** Keys of one part of level 1 that were passed over while it had no room. */
interface PassedOver {
  readonly keys: string[]
  next: number
}

/** Keys to be warmed, in their order, as far as there is room for them where they lie. */
export class Candidates {
  readonly #level: GuardedLevel
  readonly #keys: readonly string[]
  readonly #room: Room
  #next = 0
  /** How many are on their way into which part. */
  readonly #coming = new Map<Part | undefined, number>()
  /** There may be room after all, where what was on its way has not come. */
  readonly #passedOver = new Map<Part | undefined, PassedOver>()

  constructor(level: GuardedLevel, keys: readonly string[]) {
    this.#level = level
    this.#keys = keys
    this.#room = new Room(level)
  }

  /** The next keys that level 1 does not hold yet, up to `most`. @param onPresent told of each that it holds */
  take(most: number, onPresent: () => void): string[] {
    const some: string[] = []
    const free = new Map<Part | undefined, number>()
    const freeIn = (part: Part | undefined): number => {
      const known = free.get(part) ?? this.#room.leftIn(part) - (this.#coming.get(part) ?? 0)
      free.set(part, known)
      return known
    }
    const consider = (key: string, part: Part | undefined): void => {
      if (this.#level.entry(key) !== undefined) {
        onPresent()
        return
      }
      some.push(key)
      free.set(part, freeIn(part) - 1)
      this.#coming.set(part, (this.#coming.get(part) ?? 0) + 1)
    }
    for (const [part, passed] of this.#passedOver) {
      while (some.length < most && passed.next < passed.keys.length && freeIn(part) > 0) {
        consider(passed.keys[passed.next++]!, part)
      }
    }
    while (some.length < most && this.#next < this.#keys.length) {
      const key = this.#keys[this.#next]!
      const part = this.#room.partOf(key)
      if (freeIn(part) <= 0) {
        if (!this.#room.isDivided) break
        this.#passOver(key, part)
      } else consider(key, part)
      this.#next++
    }
    return some
  }

  /** These are not on their way any more. */
  arrived(keys: readonly string[]): void {
    for (const key of keys) {
      const part = this.#room.partOf(key)
      this.#coming.set(part, (this.#coming.get(part) ?? 0) - 1)
    }
  }

  #passOver(key: string, part: Part | undefined): void {
    const passed = this.#passedOver.get(part)
    if (passed === undefined) this.#passedOver.set(part, { keys: [key], next: 0 })
    else passed.keys.push(key)
  }
}
