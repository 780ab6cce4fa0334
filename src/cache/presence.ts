import { hex } from '../coherence/random-name.ts'
import type { CacheStats } from '../observe/stats.ts'
import { FleetWatch, type MeetingPlace } from '../presence/fleet-watch.ts'
import { type Portrait, Respondent } from '../presence/respondent.ts'
import type { World } from '../world/world.ts'

/** Of which cache a {@link CachePresence} is. */
export interface PresentCache {
  readonly name: string
  /** What its process is called; `undefined`: its host and id. `false`: it answers nobody. */
  readonly process: string | false | undefined
  readonly stats: () => CacheStats
}

/** What a cache has to do with those that share its levels: it answers who asks for them, and may ask itself. */
export class CachePresence {
  readonly #cache: PresentCache
  readonly #places: readonly MeetingPlace[]
  readonly #world: World
  readonly #respondents: readonly Respondent[]
  readonly #watches = new Set<FleetWatch>()
  /** Drawn when it is wanted: what nobody asks for costs nothing, not a random number. */
  #id: string | undefined

  constructor(cache: PresentCache, places: readonly MeetingPlace[], world: World) {
    this.#cache = cache
    this.#places = places
    this.#world = world
    const answering = cache.process === false ? [] : places
    this.#respondents = answering.map(({ meeting }) => new Respondent(meeting, () => this.#portrait(), world))
  }

  watch(): FleetWatch {
    const watch: FleetWatch = new FleetWatch(this.#places, this.#ownId(), this.#world, () => {
      this.#watches.delete(watch)
    })
    this.#watches.add(watch)
    return watch
  }

  close(): void {
    for (const respondent of this.#respondents) respondent.close()
    for (const watch of [...this.#watches]) watch.close()
  }

  #ownId(): string {
    this.#id ??= hex(this.#world, 16)
    return this.#id
  }

  #portrait(): Portrait {
    const { name, process, stats } = this.#cache
    const { requests, hitRatio, uptime, levels } = stats()
    return {
      id: this.#ownId(),
      cache: name,
      process: process === false ? undefined : process,
      uptime,
      reads: requests,
      hitRatio,
      levels: levels.map((level) => {
        const { breaker, hearing, pending, proven, size } = level
        return { name: level.name, hitRatio: level.hitRatio, size, pending, breaker, hearing, proven }
      }),
    }
  }
}
