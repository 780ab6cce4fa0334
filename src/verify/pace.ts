import type { World } from '../world/world.ts'

/** Lets through at most so many a second, and so many at the same time. The rest is not kept waiting. */
export class Pace {
  readonly #world: World
  readonly #perSecond: number
  readonly #atOnce: number
  #second = Number.NEGATIVE_INFINITY
  #begun = 0
  #underWay = 0

  constructor(world: World, perSecond: number, atOnce: number) {
    this.#world = world
    this.#perSecond = perSecond
    this.#atOnce = atOnce
  }

  /** Runs `begin` if there is room; it is to call what it is given when it has ended. @returns whether there was */
  take(begin: (end: () => void) => void): boolean {
    if (this.#underWay >= this.#atOnce) return false
    const now = this.#world.mono()
    if (now - this.#second >= 1000) {
      this.#second = now
      this.#begun = 0
    }
    if (this.#begun >= this.#perSecond) return false
    this.#begun++
    this.#underWay++
    begin(() => {
      this.#underWay--
    })
    return true
  }
}
