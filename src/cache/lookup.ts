import { isDue, isStale } from '../entry/age.ts'
import { bornAt, type Entry, NO_TAGS } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { arrivals } from '../flight/flight.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Look } from '../remote/level-reads.ts'
import type { Aim, Descent, Journey, Lookup, Parts } from './parts.ts'
import { report } from './report.ts'
import { type Route, routed } from './route.ts'

/**
 * How keys for a far level are asked for. What is asked in one piece is answered in one piece: the server waits while
 * this process reads, then this process waits for the server. In several pieces both have work at once.
 */
const PIECES = 8
const LEAST_TOGETHER = 50
const MOST_TOGETHER = 1000

// Classes, not literals: see `Fact` in `entry/entry.ts`.

class Traveller implements Descent {
  readonly flight: Journey
  readonly eras: (Era | undefined)[]
  readonly route: Route | undefined
  spare: Entry | undefined = undefined
  spareLevel = -1

  constructor(flight: Journey, eras: (Era | undefined)[], route: Route | undefined) {
    this.flight = flight
    this.eras = eras
    this.route = route
  }
}

class Discovery extends Traveller {
  readonly entry: Entry

  constructor({ flight, eras, route }: Descent, entry: Entry) {
    super(flight, eras, route)
    this.entry = entry
  }
}

class Found implements Lookup {
  readonly entry: Entry
  readonly level: number
  readonly eras: readonly (Era | undefined)[]
  readonly spare: undefined = undefined
  readonly spareLevel: number = -1

  constructor({ entry, eras }: Discovery, level: number) {
    this.entry = entry
    this.level = level
    this.eras = eras
  }
}

/**
 * Looks for keys that the near level, if there is one, has just missed: joins the journeys already
 * under way, and starts one for all other keys together. The answers come in the order of the keys,
 * which must be different; they never reject.
 */
export function lookUp(parts: Parts, keys: readonly string[]): Promise<Lookup[]> {
  const { lookups } = parts
  const fresh: Descent[] = []
  const flights = keys.map((key) => joinable(parts, lookups.find(key)) ?? setOut(parts, key, fresh))
  if (fresh.length > 0) depart(parts, fresh)
  if (fresh.length === keys.length) return arrivals(flights)
  const came = parts.tags.now
  return Promise.all(flights.map((flight) => arrival(parts, flight, came)))
}

function joinable(parts: Parts, journey: Journey | undefined): Journey | undefined {
  if (journey === undefined || !parts.currency.isJoinable(journey.at)) return undefined
  report(parts, { type: 'joined', key: journey.key })
  return journey
}

/** What a journey brought that somebody joined who came at `came`; looked for again if it is too old for him. */
async function arrival(parts: Parts, flight: Journey, came: number): Promise<Lookup> {
  const lookup = await flight.answer
  const tags = (lookup.entry ?? lookup.spare)?.tags ?? NO_TAGS
  if (!parts.tags.isOutdated(tags, flight.began, came)) return lookup
  parts.lookups.leave(flight)
  return lookUpOne(parts, flight.key)
}

/** {@link lookUp} for one key. */
export function lookUpOne(parts: Parts, key: string): Promise<Lookup> {
  const underWay = joinable(parts, parts.lookups.find(key))
  if (underWay !== undefined) return arrival(parts, underWay, parts.tags.now)
  const fresh: Descent[] = []
  const flight = setOut(parts, key, fresh)
  depart(parts, fresh)
  return flight.answer
}

/**
 * {@link lookUp} for who is not content with what is fresh, or goes another way: joins nobody. Whoever asks
 * meanwhile may join it where nobody else is under way, unless it goes another way.
 */
export function lookPast(parts: Parts, keys: readonly string[], aim: Aim, route: Route | undefined): Promise<Lookup[]> {
  const fresh: Descent[] = []
  const flights = keys.map((key) => setOut(parts, key, fresh, aim, route))
  depart(parts, fresh)
  return arrivals(flights)
}

/** What a journey found that is not stale at the moment `now`, whatever it looked for. */
export function freshIn({ entry, spare }: Lookup, now: number): Entry | undefined {
  return entry ?? (spare === undefined || isStale(spare, now) ? undefined : spare)
}

/** Which level had what {@link freshIn} tells; -1 if none had anything. */
export function levelOf({ entry, level, spareLevel }: Lookup): number {
  return entry === undefined ? spareLevel : level
}

/** The near level's era is taken now, in the same turn in which it missed. */
function setOut(parts: Parts, key: string, fresh: Descent[], aim: Aim = 'fresh', route?: Route): Journey {
  const { lookups, levels } = parts
  const isAlone = route !== undefined || (aim !== 'fresh' && lookups.find(key) !== undefined)
  const flight = isAlone ? lookups.startAlone(key, aim) : lookups.start(key, aim)
  const eras = new Array<Era | undefined>(levels.length).fill(undefined)
  if (isNear(levels[0])) eras[0] = levels[0]!.nearEra(key)
  if (route !== undefined) {
    // What is not asked is filled only if it tells its era at once.
    for (const [n, level] of levels.entries()) if (!route.reads[n]) eras[n] ??= level.eraAtOnce(key)
  }
  fresh.push(new Traveller(flight, eras, route))
  return flight
}

/**
 * Where a level is far, all who set out in one turn travel together: a hundred callers, one round trip. To
 * one at hand whoever finds nobody under way goes at once: waiting for others would take longer than the journey.
 */
function depart(parts: Parts, fresh: readonly Descent[]): void {
  if (!parts.isFar || (parts.isAtHand && parts.lookups.size === fresh.length)) {
    parts.world.background(descend(parts, fresh), 'looking through the levels')
    return
  }
  const { boarding } = parts
  if (boarding.length === 0) {
    parts.world.soon(() => {
      const size = parts.isAtHand ? MOST_TOGETHER : pieceOf(boarding.length)
      while (boarding.length > 0) {
        const together = boarding.splice(0, size)
        parts.world.background(descend(parts, together), 'looking through the levels')
      }
    })
  }
  for (const each of fresh) boarding.push(each)
}

function pieceOf(keys: number): number {
  return Math.min(MOST_TOGETHER, Math.max(LEAST_TOGETHER, Math.ceil(keys / PIECES)))
}

/** Asks one level after the other. What is found is promoted and answered; the rest ends with its eras. */
async function descend(parts: Parts, all: readonly Descent[]): Promise<void> {
  const { levels, lookups } = parts
  const promotions: Promise<void>[] = []
  let open = all
  try {
    for (let n = isNear(levels[0]) ? 1 : 0; n < levels.length && open.length > 0; n++) {
      const asking = open.some(({ route }) => route !== undefined) ? open.filter(({ route }) => asks(route, n)) : open
      if (asking.length === 0) continue
      const looks = await levels[n]!.read(asking.map(keyOf))
      const now = parts.world.tick()
      const discoveries = asking.map((descent, at) => discovered(descent, looks[at]!, n, now))
      const found = discoveries.filter((each) => each !== undefined)
      if (n === 0) landAll(parts, found, n)
      else if (found.length > 0) promotions.push(arrive(parts, found, n))
      if (found.length === open.length) open = []
      else if (found.length > 0) open = without(open, found)
    }
    for (const { flight, eras, spare, spareLevel } of open) {
      lookups.land(flight, { entry: undefined, level: -1, eras, spare, spareLevel })
    }
    if (promotions.length > 0) await Promise.all(promotions)
  } catch (error) {
    // Only a broken invariant comes here. Nobody may be left waiting for it.
    for (const { flight } of all) lookups.crash(flight, error)
    throw error
  }
}

function asks(route: Route | undefined, n: number): boolean {
  return route === undefined || route.reads[n] === true
}

function without(open: readonly Descent[], found: readonly Discovery[]): Descent[] {
  const flights = new Set(found.map(({ flight }) => flight))
  return open.filter(({ flight }) => !flights.has(flight))
}

/** What level `n` had for one key; where it had nothing, its era is noted. */
function discovered(descent: Descent, look: Look, n: number, now: number): Discovery | undefined {
  if (look.kind === 'unknown') return undefined
  if (look.kind === 'found' && contents(descent.flight.party, look.entry, now))
    return new Discovery(descent, look.entry)
  descent.eras[n] = look.era
  const other = look.kind === 'found' ? look.entry : look.stale
  if (other !== undefined && isFresher(other, descent.spare)) {
    descent.spare = other
    descent.spareLevel = n
  }
  return undefined
}

function contents(aim: Aim, entry: Entry, now: number): boolean {
  return aim === 'fresh' || (aim === 'undue' && !isDue(entry, now))
}

/** Which of two copies was fetched later, as far as can be told. */
export function isFresher(entry: Entry, than: Entry | undefined): boolean {
  return than === undefined || until(entry) > until(than)
}

function until({ upkeep, deadline }: Entry): number {
  return upkeep?.freshUntil ?? deadline
}

/** Keeps what level `from` had in every level above, deepest first, then answers. */
async function arrive(parts: Parts, found: readonly Discovery[], from: number): Promise<void> {
  parts.levels[from]!.carries(found.map(keyOf))
  let rising = found
  for (let n = from - 1; n >= 0 && rising.length > 0; n--) rising = await promote(parts, rising, from, n)
  landAll(parts, found, from)
}

function landAll({ lookups }: Parts, found: readonly Discovery[], level: number): void {
  for (const each of found) lookups.land(each.flight, new Found(each, level))
}

/** @returns those that the levels further up may keep as well */
async function promote(parts: Parts, rising: readonly Discovery[], from: number, n: number): Promise<Discovery[]> {
  const level = parts.levels[n]!
  const flying = rising.filter(({ flight }) => !flight.grounded)
  const kept = flying.filter(({ eras, route }) => eras[n] !== undefined && route?.writes[n] !== false)
  if (kept.length === 0) return flying
  const now = parts.world.tick()
  const keepings = await level.write(
    kept.map(({ entry, eras, route }) => {
      const own = bornAt(routed(entry, route, n, now), eras[n]!)
      return n === 0 ? parts.timed.marked(own) : own
    }),
  )
  const stopped = new Set<Discovery>()
  for (const [at, discovery] of kept.entries()) {
    const { key } = discovery.flight
    if (keepings[at] === 'superseded') stopped.add(discovery)
    if (keepings[at] === 'kept')
      report(parts, { type: 'promotion', key, from: parts.levels[from]!.name, level: level.name })
  }
  return flying.filter((discovery) => !stopped.has(discovery))
}

function keyOf({ flight }: Descent): string {
  return flight.key
}

function isNear(level: GuardedLevel | undefined): boolean {
  return level?.traits.near !== undefined
}
