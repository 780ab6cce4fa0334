import type { World } from '../world/world.ts'

/** Milliseconds in which one reign is not asked about again: doubled each time, and forgotten after as long as the longest. */
const SHORTEST = 100
const LONGEST = 60_000
/** Questions about reigns that were never heard of: so many at once, and another one after so many milliseconds. */
const MOST_AT_ONCE = 8
const ANOTHER_AFTER = 1000
const MOST_REIGNS = 100

/**
 * Notices that do not fit to the history that is followed: the first sign of a history that was lost, or late, or of
 * somebody else's. Only the store can tell. So each is a reason to ask it, and no more than that; and what it was just
 * asked about is not asked again, for others may go on publishing for ever. What is passed over here the pulse finds out.
 */
export class Rumours {
  readonly #world: World
  /** By reign, the one asked about last at the end. */
  readonly #reigns = new Map<string, { readonly pause: number; readonly until: number }>()
  #left = MOST_AT_ONCE
  #counted: number

  constructor(world: World) {
    this.#world = world
    this.#counted = world.mono()
  }

  /** Whether a notice of this reign is worth a question now; then it counts as asked. */
  isWorthAsking(reign: string): boolean {
    const now = this.#world.mono()
    const asked = this.#reigns.get(reign)
    if (asked !== undefined && now < asked.until) return false
    this.#left = Math.min(MOST_AT_ONCE, this.#left + (now - this.#counted) / ANOTHER_AFTER)
    this.#counted = now
    if (this.#left < 1) return false
    this.#left--
    const isAgain = asked !== undefined && now < asked.until + LONGEST
    const pause = isAgain ? Math.min(LONGEST, asked.pause * 2) : SHORTEST
    this.#reigns.delete(reign)
    this.#reigns.set(reign, { pause, until: now + pause })
    if (this.#reigns.size > MOST_REIGNS) this.#reigns.delete(this.#reigns.keys().next().value!)
    return true
  }

  /** The history was another one indeed: what is heard from now on is about that. */
  cameTrue(): void {
    this.#reigns.clear()
  }
}
