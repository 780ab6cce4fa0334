import { deadlineAfter, isDead } from '../entry/age.ts'
import { Found, NotFound } from '../entry/answer.ts'
import { bornAt, type Entry, Fact, NO_TAGS } from '../entry/entry.ts'
import { DAWN, type Era } from '../entry/era.ts'
import { ABSENT } from '../entry/held.ts'
import { Party } from '../flight/party.ts'
import { fetchInTurn, type Missing } from './leasing.ts'
import { lookUp } from './lookup.ts'
import type { FetchFlight, Parts } from './parts.ts'
import { report } from './report.ts'

/** What a fetcher may say about a key: a value, nothing (`undefined`), or more through `found` and `notFound`. */
export type Answer<T> = T | undefined | Found<T> | NotFound

/** What a fetcher is given beside the key. */
export interface FetchContext {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** How what is fetched is kept, unless the fetcher says otherwise: checked options of the call. */
export interface FetchTerms {
  readonly ttl: number
  readonly tags: readonly string[]
}

/** Asks the source for several keys at once; answers in their order. */
export type Ask = (keys: readonly string[], context: FetchContext) => Promise<readonly Answer<unknown>[]>

/** Callers wait so many milliseconds for the levels to keep what was fetched; a slow one is not their business. */
const GRACE = 20

/** A fetched entry on its way up, with the eras each level gave on the way down. */
interface Ascent {
  readonly flight: FetchFlight
  readonly entry: Entry
  readonly eras: readonly (Era | undefined)[]
}

/**
 * Finds keys that the near level has just missed, in the levels or at their source: joins the
 * flights under way, and starts one for all other keys together. Flights come in the order of the
 * keys, which must be different.
 */
export function fetchAll(parts: Parts, keys: readonly string[], terms: FetchTerms, ask: Ask): FetchFlight[] {
  const { fetches } = parts
  const fresh: FetchFlight[] = []
  const party = new Party(() => {
    // Nobody is left: a later caller starts a flight of its own, which must not meet this one's writes.
    for (const flight of fresh) if (fetches.find(flight.key) === flight) fetches.ground(flight.key)
  })
  const flights = keys.map((key) => {
    const underWay = fetches.find(key)
    if (underWay !== undefined && parts.currency.isJoinable(underWay.at)) {
      report(parts, { type: 'joined', key })
      return underWay
    }
    const flight = fetches.start(key, party)
    fresh.push(flight)
    return flight
  })
  if (fresh.length > 0) parts.world.background(fly(parts, fresh, party, terms, ask), 'fetching')
  return flights
}

/** Down through the levels, to the source for what they do not have, and up again. */
async function fly(
  parts: Parts,
  flights: readonly FetchFlight[],
  party: Party,
  terms: FetchTerms,
  ask: Ask,
): Promise<void> {
  const began = parts.world.mono()
  try {
    const lookups = await lookUp(
      parts,
      flights.map(({ key }) => key),
    )
    const missing: Missing[] = []
    for (const [n, flight] of flights.entries()) {
      const { entry, level, eras } = lookups[n]!
      if (entry === undefined) missing.push({ flight, eras })
      else parts.fetches.land(flight, { entry, level })
    }
    if (missing.length === 0) return
    let open = missing.length
    const onLanded = (landed: number): void => {
      open -= landed
      if (open === 0) party.end()
    }
    await fetchInTurn(parts, missing, party, began, (own, n) => bring(parts, own, n, { party, terms, ask, onLanded }))
  } catch (error) {
    for (const flight of flights) parts.fetches.crash(flight, error)
  } finally {
    party.end()
  }
}

/** What one journey to the source needs to know. */
interface Errand {
  readonly party: Party
  readonly terms: FetchTerms
  readonly ask: Ask
  /** Told how many flights were answered, in the turn in which they were. */
  readonly onLanded: (landed: number) => void
}

/** To the source and up again. Fails its own flights at once. @returns the flights whose entries level `n` has kept */
async function bring(
  parts: Parts,
  missing: readonly Missing[],
  n: number,
  { party, terms, ask, onLanded }: Errand,
): Promise<ReadonlySet<FetchFlight>> {
  try {
    if (party.deserted !== undefined) throw party.deserted.reason
    const keys = missing.map(({ flight }) => flight.key)
    const answers = await askSource(parts, keys, party, ask)
    const ascents = missing.map(({ flight, eras }, at) => {
      return { flight, eras, entry: entryOf(parts, flight.key, answers[at], terms) }
    })
    const rising = ascents.filter((ascent): ascent is Ascent => mayKeep(parts, ascent.entry))
    let isAnswered = false
    const answer = (): void => {
      if (isAnswered) return
      isAnswered = true
      // Still in the table, the flights can be joined and grounded.
      for (const { flight, entry } of ascents) flight.resolve({ entry, level: -1 })
      onLanded(missing.length)
    }
    const cancel = parts.isFar ? parts.world.after(GRACE, answer) : undefined
    const kept = await keep(parts, n, rising)
    cancel?.()
    for (const { flight, entry } of ascents) parts.fetches.land(flight, { entry, level: -1 })
    answer()
    return kept
  } catch (error) {
    for (const { flight } of missing) parts.fetches.crash(flight, error)
    throw error
  }
}

async function askSource(
  parts: Parts,
  keys: readonly string[],
  party: Party,
  ask: Ask,
): Promise<readonly Answer<unknown>[]> {
  const { tally, world, observers } = parts
  const context: FetchContext = {
    // Most fetchers do not look at it: it is made for those that do.
    get signal() {
      return party.signal
    },
  }
  tally.fetches += keys.length
  report(parts, { type: 'fetch', keys })
  const began = world.mono()
  try {
    const answers = await observers.trace({ kind: 'fetch', keys }, () => ask(keys, context))
    tally.fetched(world.mono() - began)
    report(parts, { type: 'fetched', keys, duration: world.mono() - began })
    return answers
  } catch (error) {
    tally.fetchFailures += keys.length
    report(parts, { type: 'fetchFailed', keys, duration: world.mono() - began, error })
    throw error
  }
}

/** What the source's answer amounts to: an entry, perhaps one that says there is nothing, or nothing. */
function entryOf(parts: Parts, key: string, answer: Answer<unknown>, terms: FetchTerms): Entry | undefined {
  if (answer === undefined || answer === ABSENT) return undefined
  if (answer instanceof NotFound)
    return answer.ttl === 0 ? undefined : makeEntry(parts, key, undefined, answer.ttl, NO_TAGS)
  if (!(answer instanceof Found)) return makeEntry(parts, key, answer, terms.ttl, terms.tags)
  const { ttl, tags, version } = answer.keep
  return makeEntry(parts, key, answer.foundData, ttl ?? terms.ttl, tags ?? terms.tags, version)
}

/** An entry that begins its life now. `undefined` as value: the key is known to have none. */
export function makeEntry(
  { world, plan }: Pick<Parts, 'world' | 'plan'>,
  key: string,
  value: unknown,
  ttl: number,
  tags: readonly string[],
  version?: number,
): Entry {
  const chance = plan.ttlJitter === 0 ? 0 : world.random()
  const deadline = deadlineAfter(world.tick(), ttl, plan.ttlJitter, chance)
  return new Fact(key, value !== undefined, value, DAWN, deadline, tags, version, undefined)
}

function mayKeep(parts: Parts, entry: Entry | undefined): boolean {
  return entry !== undefined && !isDead(entry, parts.world.tick())
}

/** Stores what was fetched, deepest level first, each with the era that level gave on the way down. */
async function keep(parts: Parts, told: number, fetched: readonly Ascent[]): Promise<ReadonlySet<FetchFlight>> {
  const keptThere = new Set<FetchFlight>()
  let rising = fetched
  for (let n = parts.levels.length - 1; n >= 0; n--) {
    rising = rising.filter(({ flight }) => !flight.grounded)
    const kept = rising.filter(({ eras }) => eras[n] !== undefined)
    if (kept.length === 0) continue
    const keepings = await parts.levels[n]!.write(kept.map(({ entry, eras }) => bornAt(entry, eras[n]!)))
    if (parts.observers.hears('kept')) tellKept(parts, n, kept, keepings)
    if (n === told) for (const [at, { flight }] of kept.entries()) if (keepings[at] === 'kept') keptThere.add(flight)
    const stopped = new Set(kept.filter((_, at) => keepings[at] === 'superseded'))
    if (stopped.size > 0) rising = rising.filter((ascent) => !stopped.has(ascent))
  }
  return keptThere
}

function tellKept(
  { levels, observers }: Parts,
  n: number,
  ascents: readonly Ascent[],
  keepings: readonly string[],
): void {
  const level = levels[n]!.name
  for (const [at, { flight }] of ascents.entries()) {
    if (keepings[at] === 'kept') observers.tell({ type: 'kept', key: flight.key, level })
  }
}
