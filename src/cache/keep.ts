import { bornAt, type Entry, endingAt } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { Shares } from '../level.ts'
import type { FetchFlight, Parts } from './parts.ts'
import { type Route, routed } from './route.ts'

/** A fetched entry on its way up, with the eras each level gave on the way down. */
export interface Ascent {
  readonly flight: FetchFlight
  readonly entry: Entry
  readonly eras: readonly (Era | undefined)[]
  /** Which levels keep it; `undefined` for all. */
  readonly route: Route | undefined
}

/**
 * Stores what was fetched, deepest level first, each with the era that level gave on the way down.
 * @param asked the moment of `World.tick()` before which the source was not asked
 * @param told of what this level keeps is said
 * @returns the flights whose entries it has kept
 */
export async function keep(
  parts: Parts,
  told: number,
  fetched: readonly Ascent[],
  asked: number,
): Promise<ReadonlySet<FetchFlight>> {
  const keptThere = new Set<FetchFlight>()
  const vouching = new Vouching(asked)
  let rising = fetched
  for (let n = parts.levels.length - 1; n >= 0; n--) {
    const level = parts.levels[n]!
    const { shares } = level.traits
    rising = rising.filter(({ flight }) => !flight.grounded && !parts.expiring.has(flight.key))
    const now = parts.world.tick()
    // One that checks births finds out by itself who has invalidated what meanwhile.
    const endOf = shares?.checksBirths === true ? forever : (flight: FetchFlight) => vouching.endOf(flight)
    const kept = rising.filter(({ flight, eras, route }) => {
      return eras[n] !== undefined && route?.writes[n] !== false && endOf(flight) > now
    })
    const entries = kept.map(({ flight, entry, eras, route }) => {
      const own = ending(bornAt(routed(entry, route, n, now), eras[n]!), endOf(flight))
      return n === 0 ? parts.timed.marked(own) : own
    })
    const keepings = entries.length === 0 ? [] : await level.write(entries)
    const keepers = kept.flatMap(({ flight }, at) => (keepings[at] === 'kept' ? [flight] : []))
    if (parts.observers.hears('kept'))
      for (const { key } of keepers) parts.observers.tell({ type: 'kept', key, level: level.name })
    if (n === told) for (const flight of keepers) keptThere.add(flight)
    const stopped = new Set(kept.filter((_, at) => keepings[at] === 'superseded'))
    if (stopped.size > 0) rising = rising.filter((ascent) => !stopped.has(ascent))
    if (shares !== undefined) vouching.told(keepers, rising, shares)
  }
  return keptThere
}

/**
 * How long what was fetched may be held above levels that tell nothing of what others invalidate. A shared level that
 * keeps it vouches that nobody had invalidated it until then; where none does, somebody may have done so as soon as
 * the source was asked.
 */
class Vouching {
  readonly #asked: number
  readonly #vouched = new Set<FetchFlight>()
  readonly #ends = new Map<FetchFlight, number>()

  constructor(asked: number) {
    this.#asked = asked
  }

  told(keepers: readonly FetchFlight[], rising: readonly Ascent[], { hearing, maxStaleness }: Shares): void {
    for (const flight of keepers) this.#vouched.add(flight)
    if (hearing !== 'nothing') return
    const end = this.#asked + maxStaleness
    for (const { flight } of rising) this.#ends.set(flight, Math.min(this.#ends.get(flight) ?? end, end))
  }

  endOf(flight: FetchFlight): number {
    return this.#vouched.has(flight) ? Number.POSITIVE_INFINITY : (this.#ends.get(flight) ?? Number.POSITIVE_INFINITY)
  }
}

function forever(): number {
  return Number.POSITIVE_INFINITY
}

function ending(entry: Entry, end: number): Entry {
  return end < entry.deadline ? endingAt(entry, end) : entry
}
