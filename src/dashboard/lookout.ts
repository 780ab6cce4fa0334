import type { FleetWatch } from '../presence/fleet-watch.ts'
import type { Cancel, World } from '../world/world.ts'
import type { ShownCache } from './shown-cache.ts'

/** Milliseconds without a look after which nobody is asked any more who is there. */
const LONGEST_PAUSE = 15_000

/** Watches the fleet of a cache as long as somebody looks now and then, and no longer. */
export class Lookout {
  readonly #cache: Pick<ShownCache, 'watchFleet'>
  readonly #world: World
  #watch: FleetWatch | undefined
  #cancel: Cancel | undefined

  constructor(cache: Pick<ShownCache, 'watchFleet'>, world: World) {
    this.#cache = cache
    this.#world = world
  }

  /** Who is there, as far as is known by now: at the first look nobody, for then they are asked. */
  look(): FleetWatch {
    this.#cancel?.()
    this.#cancel = this.#world.after(LONGEST_PAUSE, () => this.close())
    this.#watch ??= this.#cache.watchFleet()
    return this.#watch
  }

  /**
   * Milliseconds there and back over the feed, of the slowest that answers; `undefined` while nobody looks, or before
   * anybody has answered.
   */
  get lag(): number | undefined {
    const here = this.#watch?.nodes().filter(({ isGone }) => !isGone) ?? []
    const lags = here.flatMap(({ lag }) => lag ?? [])
    return lags.length === 0 ? undefined : Math.max(...lags)
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#watch?.close()
    this.#watch = undefined
  }
}
