import { isDead } from '../entry/age.ts'
import { type Answer, Failed, Found, NotModified } from '../entry/answer.ts'
import { bornAt, disowned, type Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import type { FetchPriority } from '../events.ts'
import { Party } from '../flight/party.ts'
import { isShed } from '../governor/governed.ts'
import { type Extra, Extras } from './extras.ts'
import type { Ask } from './fetch-context.ts'
import { type Ascent, keep } from './keep.ts'
import { fetchInTurn, type Missing } from './leasing.ts'
import { freshIn, isFresher, levelOf, lookPast, lookUp } from './lookup.ts'
import type { Aim, FetchFlight, Lookup, Parts } from './parts.ts'
import { abandonLate } from './patience.ts'
import { report } from './report.ts'
import { narrowed, type Route, readRoute } from './route.ts'
import { askSource, entryOf } from './source.ts'
import type { Terms } from './terms.ts'

/** Callers wait so many milliseconds for the levels to keep what was fetched; a slow one is not their business. */
const GRACE = 20

/** How to fetch. */
export interface Fetching {
  readonly terms: Terms
  readonly ask: Ask
  /** What of the levels will do; `fresh`, unless a value is fetched anew though there is one. */
  readonly aim: Aim
  /** See `FetchCall`. */
  readonly isStrict?: boolean | undefined
  /** Which levels are asked and filled; `undefined` for all. */
  readonly route?: Route | undefined
}

/**
 * Finds keys that the near level has just missed, in the levels or at their source: joins the
 * flights under way, and starts one for all other keys together. Flights come in the order of the
 * keys, which must be different.
 */
export function fetchAll(parts: Parts, keys: readonly string[], fetching: Fetching): FetchFlight[] {
  const { fetches } = parts
  const fresh: FetchFlight[] = []
  const party = new Party(() => {
    // Nobody is left: a later caller starts a flight of its own, which must not meet this one's writes.
    for (const flight of fresh) fetches.groundOne(flight)
  })
  party.bear(fetching.terms.hardTimeout)
  party.press(priorityOf(fetching))
  const flights = keys.map((key) => {
    const underWay = fetches.find(key)
    if (underWay !== undefined && mayJoin(parts, underWay, fetching)) {
      report(parts, { type: 'joined', key })
      underWay.party.bear(fetching.terms.hardTimeout)
      underWay.party.press(priorityOf(fetching))
      parts.governor?.hasten(underWay.party, underWay.party.priority)
      return underWay
    }
    // In the table a strict one takes the place of what was there: others as strict as it join it.
    const isAlone = fetching.route !== undefined || (underWay !== undefined && isApart(fetching))
    const flight = isAlone ? fetches.startAlone(key, party) : fetches.start(key, party)
    if (fetching.isStrict === true) parts.strict.set(flight, parts.waymarks.demands)
    else offerNear(parts, flight)
    fresh.push(flight)
    return flight
  })
  if (fresh.length > 0) parts.world.background(fly(parts, fresh, party, fetching), 'fetching')
  return flights
}

function isApart({ aim, isStrict }: Fetching): boolean {
  return aim === 'nothing' && isStrict !== true
}

function mayJoin({ currency, strict }: Parts, flight: FetchFlight, { aim, isStrict, route }: Fetching): boolean {
  if (route !== undefined) return false
  return currency.isJoinable(flight.at) && (isStrict === true ? strict.has(flight) : aim !== 'nothing')
}

/** What level 1 holds may stand in for what is fetched. */
function offerNear({ levels }: Parts, flight: FetchFlight): void {
  const spare = levels[0]!.entry(flight.key)
  if (spare?.upkeep !== undefined) flight.offer({ entry: spare, level: 0 })
}

/** What is fetched though there is a value that may be served can wait. */
function priorityOf({ terms, aim }: Fetching): FetchPriority {
  return aim === 'undue' ? 'low' : terms.fetchPriority
}

/** Down through the levels, to the source for what they do not have, and up again. */
async function fly(parts: Parts, flights: readonly FetchFlight[], party: Party, fetching: Fetching): Promise<void> {
  const began = parts.world.mono()
  const cancel = abandonLate(parts, flights, party)
  try {
    const keys = flights.map(({ key }) => key)
    const { aim, route } = fetching
    const isUsual = aim === 'fresh' && route === undefined
    const lookups = await (isUsual ? lookUp(parts, keys) : lookPast(parts, keys, aim, route))
    const missing = flights.flatMap((flight, n) => takeUp(parts, flight, lookups[n]!, fetching))
    if (missing.length === 0) return
    let open = missing.length
    const onLanded = (landed: number): void => {
      open -= landed
      if (open === 0) party.end()
    }
    const errand = { ...fetching, party, onLanded }
    await fetchInTurn(parts, missing, party, { began, aim }, (own, n) => bring(parts, own, n, errand))
  } catch (error) {
    for (const flight of flights) parts.fetches.crash(flight, error)
  } finally {
    cancel?.()
    party.end()
  }
}

/** Lands a flight that need not go to the source. @returns it, if it must */
function takeUp(parts: Parts, flight: FetchFlight, lookup: Lookup, { aim, terms }: Fetching): Missing[] {
  const { world, fetches, pauses, levels } = parts
  const now = world.tick()
  const { eras, spare, spareLevel } = lookup
  const entry = aim === 'fresh' ? freshIn(lookup, now) : lookup.entry
  if (entry !== undefined) {
    fetches.land(flight, { entry, level: levelOf(lookup) })
    return []
  }
  if (parts.strict.has(flight)) return [{ flight, eras }]
  // Another level may have a fresher copy than level 1, and another process may have invalidated that.
  // What has no upkeep was never to be served in the place of anything.
  if (spare?.upkeep !== undefined && isFresher(spare, flight.spare?.entry))
    flight.offer({ entry: spare, level: spareLevel })
  const held = flight.spare
  const isSpared = aim === 'fresh' && terms.staleOnError && pauses.spares(flight.key, now)
  if (isSpared && held?.entry !== undefined && !isDead(held.entry, now)) {
    const isBelow = held.level > 0 && levels[0]!.traits.near !== undefined
    if (isBelow) keepSpare(parts, flight, eras[0])
    fetches.land(flight, { ...held, stale: 'spared' })
    return []
  }
  return [{ flight, eras }]
}

/** A stale copy that has to be served is kept in level 1, too, as stale as it is. */
function keepSpare(parts: Parts, flight: FetchFlight, era: Era | undefined): void {
  const spare = flight.spare?.entry
  if (spare === undefined || flight.spare!.level <= 0 || era === undefined || flight.grounded) return
  // The levels may have been looked through again since it was found: the era may be a later one.
  if (parts.tags.isOutdated(spare.tags, flight.began, Number.POSITIVE_INFINITY)) return
  parts.world.background(parts.levels[0]!.write([bornAt(spare, era)]), 'keeping a stale copy')
}

/** What one journey to the source needs to know. */
interface Errand extends Fetching {
  readonly party: Party
  /** Told how many flights were answered, in the turn in which they were. */
  readonly onLanded: (landed: number) => void
}

/** To the source and up again. Fails its own flights at once. @returns the flights whose entries level `n` has kept */
async function bring(
  parts: Parts,
  missing: readonly Missing[],
  n: number,
  errand: Errand,
): Promise<ReadonlySet<FetchFlight>> {
  const { world, fetches, pauses } = parts
  const { party, terms, ask, onLanded } = errand
  try {
    if (party.deserted !== undefined) throw party.deserted.reason
    const wanted = missing.map(({ flight }) => ({ key: flight.key, spare: flight.spare?.entry }))
    const began = world.mono()
    const asked = world.tick()
    const extras = new Extras(parts.levels)
    const answers = await askSource(parts, wanted, { party, extras }, ask)
    const took = world.mono() - began
    // Where nothing is kept of what was asked for, for all have left or the cache is closed, neither is this.
    const isVain = missing.every(({ flight }) => flight.grounded)
    const more = isVain ? [] : extras.all.flatMap((extra) => ascentOf(parts, extra, errand, took))
    const ascents: (Omit<Ascent, 'entry'> & { readonly entry: Entry | undefined })[] = []
    for (const [at, each] of missing.entries()) {
      const { flight, eras } = each
      try {
        const answer = answers[at]
        if (answer instanceof Failed) throw answer.error
        const route = routeOf(parts, answer, errand)
        ascents.push({ flight, eras, route, entry: entryOf(parts, wanted[at]!, answer, terms, took) })
        pauses.succeeded(flight.key)
      } catch (error) {
        fail(parts, each, terms, error)
      }
    }
    if (parts.isFar)
      parts.fetchTimes.took(
        ascents.map(({ flight }) => flight.key),
        took,
      )
    const kept = ascents.map((each) =>
      each.entry === undefined ? { ...each, entry: noMore(parts, each.flight, errand) } : each,
    )
    const rising = [...kept, ...more].filter((ascent): ascent is Ascent => mayKeep(parts, ascent.entry))
    let isAnswered = false
    const answer = (): void => {
      if (isAnswered) return
      isAnswered = true
      // Still in the table, the flights can be joined and grounded.
      for (const { flight, entry } of ascents) flight.resolve({ entry, level: -1 })
      onLanded(missing.length)
    }
    const cancel = parts.isFar ? world.after(GRACE, answer) : undefined
    const keptThere = await keep(parts, n, rising, asked)
    cancel?.()
    for (const { flight, entry } of [...ascents, ...more]) fetches.land(flight, { entry, level: -1 })
    answer()
    return keptThere
  } catch (error) {
    for (const each of missing) fail(parts, each, terms, error)
    throw error
  }
}

/** What was told of a key that nobody asked for; nothing, where it cannot be kept as was said: that fails no other. */
function ascentOf(
  parts: Parts,
  { key, answer, eras }: Extra,
  errand: Errand,
  took: number,
): (Omit<Ascent, 'entry'> & { readonly entry: Entry | undefined })[] {
  try {
    const route = routeOf(parts, answer, errand)
    const entry = entryOf(parts, { key, spare: undefined }, answer, errand.terms, took)
    return [{ flight: parts.fetches.startAlone(key, errand.party), eras, route, entry }]
  } catch {
    return []
  }
}

/** Which levels keep an answer: those that the call fills, and the fetcher does not leave out. */
function routeOf({ levels }: Parts, answer: Answer<unknown>, { route }: Fetching): Route | undefined {
  const isSaid = answer instanceof Found || answer instanceof NotModified
  return isSaid ? narrowed(route, readRoute('found', answer.keep.levels, levels)) : route
}

/** What takes the place of the copies there may be of what the source has no more: none of them is served again. */
function noMore({ world }: Parts, { key, spare }: FetchFlight, { aim, isStrict, route }: Fetching): Entry | undefined {
  const isAbsent = spare === undefined && aim === 'fresh' && isStrict !== true && route === undefined
  return isAbsent ? undefined : disowned(key, world.tick())
}

/** The source has failed for a key: it is spared for a while, if there is a copy to serve meanwhile. */
function fail(parts: Parts, { flight, eras }: Missing, terms: Terms, error: unknown): void {
  if (flight.spare !== undefined && flight.party.deserted === undefined) {
    const now = parts.world.tick()
    // That it has too much to do is no failure.
    if (isShed(error)) parts.pauses.shed(flight.key, terms.retryAfter, now)
    else parts.pauses.failed(flight.key, terms.retryAfter, now)
    keepSpare(parts, flight, eras[0])
  }
  parts.fetches.crash(flight, error)
}

function mayKeep(parts: Parts, entry: Entry | undefined): boolean {
  return entry !== undefined && !isDead(entry, parts.world.tick())
}
