import { isStale } from '../entry/age.ts'
import { type Entry, NO_TAGS } from '../entry/entry.ts'
import { heldIn } from '../entry/held.ts'
import type { StaleReason } from '../events.ts'
import { isShed } from '../governor/governed.ts'
import type { FetchCall } from './calls.ts'
import { type Fetching, fetchAll } from './fetch.ts'
import type { Ask } from './fetch-context.ts'
import { handed, inOrder } from './handing.ts'
import { freshIn, levelOf, lookPast, lookUp, lookUpOne } from './lookup.ts'
import { answered, type Fetched, type FetchFlight, type Lookup, type Parts } from './parts.ts'
import { inTime, standIn } from './patience.ts'
import { keepInTime, refresh, refreshFound, rest } from './refreshing.ts'
import { report } from './report.ts'
import type { Route } from './route.ts'
import { makeEntry } from './source.ts'
import { noteHit } from './tell-hit.ts'

/** What the levels below hold for a key that the near level has just missed. */
export async function getBelow(parts: Parts, key: string): Promise<unknown> {
  if (!parts.currency.isProven) {
    const proven = await lookAgain(parts, key)
    if (proven !== undefined) return proven
  }
  const due = heldIn(lookDue(parts, key))
  if (due !== undefined) return due
  return handed(parts, taken(parts, key, await lookUpOne(parts, key)))
}

/** What the levels below hold or the source has for a key that the near level has just missed. */
export async function fetchBelow(parts: Parts, key: string, call: FetchCall, ask: Ask): Promise<unknown> {
  if (call.onlyIfCached) return call.route === undefined ? getBelow(parts, key) : getAlong(parts, key, call.route)
  if (call.route?.reads[0] === true && call.aim === 'fresh') {
    const held = lookFirst(parts, key)
    if (held !== undefined) return held
  }
  if (call.aim === 'fresh' && call.route?.reads[0] !== false) {
    const proven = parts.currency.isProven ? undefined : await lookAgain(parts, key)
    if (proven !== undefined) return proven
    const isTimed = parts.timed.has(key)
    const due = lookDue(parts, key)
    const fetching: Fetching = { terms: call.terms, ask, aim: 'undue', route: call.route }
    keepInTime(parts, key, fetching)
    if (due !== undefined) {
      if (!isTimed) refresh(parts, [key], fetching)
      return heldIn(due)
    }
  }
  const fetched = await fetchOne(parts, key, call, ask)
  if (call.aim === 'fresh' && fetched.entry?.upkeep !== undefined)
    refreshFound(parts, [fetched], { terms: call.terms, ask, aim: 'undue', route: call.route })
  return handed(parts, fetched.entry)
}

/** What the levels on a route hold for a key. */
async function getAlong(parts: Parts, key: string, route: Route): Promise<unknown> {
  if (route.reads[0] === true) {
    const held = lookFirst(parts, key)
    if (held !== undefined) return held
    const proven = parts.currency.isProven ? undefined : await lookAgain(parts, key)
    const due = proven ?? heldIn(lookDue(parts, key))
    if (due !== undefined) return due
  }
  const [lookup] = await lookPast(parts, [key], 'fresh', route)
  return handed(parts, taken(parts, key, lookup!))
}

/** What the levels hold for several keys, in their order. */
export async function getMany(parts: Parts, keys: readonly string[]): Promise<unknown[]> {
  const held = lookNear(parts, keys)
  if (!parts.currency.isProven) await lookAllAgain(parts, held)
  lookAllDue(parts, held)
  const missing = missingIn(held)
  if (missing.length === 0) return inOrder(parts, keys, held)
  const lookups = await lookUp(parts, missing)
  const found = lookups.map((lookup, n) => handed(parts, taken(parts, missing[n]!, lookup)))
  if (missing.length === keys.length) return found
  for (const [n, key] of missing.entries()) held.set(key, found[n])
  return inOrder(parts, keys, held)
}

/** What the levels hold or the source has for several keys, in their order. */
export async function fetchMany(parts: Parts, keys: readonly string[], call: FetchCall, ask: Ask): Promise<unknown[]> {
  if (call.onlyIfCached) return getManyAlong(parts, keys, call.route)
  const { terms, aim, isStrict, route } = call
  // What level 1 holds is for those who may have it.
  const isFresh = aim === 'fresh' && isStrict !== true && route?.reads[0] !== false
  const held = isFresh ? lookNear(parts, keys) : new Map(keys.map((key): [string, unknown] => [key, undefined]))
  if (isFresh && !parts.currency.isProven) await lookAllAgain(parts, held)
  const fetching: Fetching = { terms, ask, aim: 'undue', route }
  if (isFresh) {
    const due = lookAllDue(parts, held)
    const untimed = due.filter((key) => !parts.timed.has(key))
    refresh(parts, untimed, fetching)
    for (const [key, answer] of held) if (answer === undefined || due.includes(key)) keepInTime(parts, key, fetching)
  }
  const missing = missingIn(held)
  const came = parts.tags.now
  const flights = fetchAll(parts, missing, { terms, ask, aim, isStrict, route })
  const fetched = await Promise.all(
    flights.map(async (flight) => {
      const first = await waitFor(parts, flight, call, came)
      return first ?? fetchOne(parts, flight.key, call, ask)
    }),
  )
  if (aim === 'fresh' && isStrict !== true) refreshFound(parts, fetched, fetching)
  for (const [n, { entry }] of fetched.entries()) held.set(missing[n]!, handed(parts, entry))
  return inOrder(parts, keys, held)
}

function getManyAlong(parts: Parts, keys: readonly string[], route: Route | undefined): Promise<unknown[]> {
  return route === undefined ? getMany(parts, keys) : Promise.all(keys.map((key) => getAlong(parts, key, route)))
}

/** What a journey found that may be served; counted. */
export function taken(parts: Parts, key: string, lookup: Lookup): Entry | undefined {
  const entry = freshIn(lookup, parts.world.tick())
  answered(parts, key, entry === undefined ? -1 : levelOf(lookup))
  return entry
}

/** What level 1 holds that is due, but not stale, where level 1 is believed; counted as the hit it is. */
function lookDue(parts: Parts, key: string): Entry | undefined {
  const { currency, levels, plan, world } = parts
  if (levels[0]!.traits.near === undefined) return undefined
  if (!currency.isProven && plan.whenCutOff === 'fetch') return undefined
  const entry = levels[0]!.lookDue(key)
  if (entry === undefined || isStale(entry, world.tick())) return undefined
  if (!currency.isProven) countUnproven(parts, key)
  noteHit(parts, key)
  if (parts.timed.has(key)) rest(parts, entry)
  return entry
}

/** {@link lookDue} for all keys still without an answer. @returns those that have one now */
function lookAllDue(parts: Parts, held: Map<string, unknown>): string[] {
  return missingIn(held).filter((key) => {
    const due = lookDue(parts, key)
    if (due !== undefined) held.set(key, heldIn(due))
    return due !== undefined
  })
}

/** What the near level has, at once, by key. */
function lookNear(parts: Parts, keys: readonly string[]): Map<string, unknown> {
  const held = new Map<string, unknown>()
  for (const key of keys) if (!held.has(key)) held.set(key, lookFirst(parts, key))
  return held
}

/** What the near level has for a key, at once. Level 1 itself doubts in a session, of which only reads come here that need not. */
function lookFirst(parts: Parts, key: string): unknown {
  const { currency, levels, sessions } = parts
  const near = levels[0]!
  const held = sessions === undefined ? near.look(key) : currency.isProven ? near.lookAnyway(key) : undefined
  if (held !== undefined) noteHit(parts, key)
  return held
}

/** The keys still without an answer, each once. Nothing is awaited where level 1 is believed. */
function missingIn(held: ReadonlyMap<string, unknown>): string[] {
  const missing: string[] = []
  for (const [key, answer] of held) if (answer === undefined) missing.push(key)
  return missing
}

/** The flight for one key: the one under way, or another if what that brings is too old for who comes now. */
export async function fetchOne(parts: Parts, key: string, call: FetchCall, ask: Ask): Promise<Fetched> {
  const came = parts.tags.now
  const { terms, aim, isStrict, route } = call
  for (;;) {
    const [flight] = fetchAll(parts, [key], { terms, ask, aim, isStrict, route })
    const fetched = await waitFor(parts, flight!, call, came)
    if (fetched !== undefined) return fetched
  }
}

/**
 * Waits with the others for a flight, and counts what came of it: a fetch that fails is a miss, too, unless
 * there is a stale copy.
 *
 * @returns `undefined` if it is too old for somebody who came at `came`
 */
async function waitFor(parts: Parts, flight: FetchFlight, call: FetchCall, came: number): Promise<Fetched | undefined> {
  const { key, party, began } = flight
  const { terms, signal } = call
  try {
    const fetched = await party.wait(inTime(parts, flight, call), signal)
    const isUnwanted = fetched.stale === 'spared' && !terms.staleOnError
    const isOutdated = parts.tags.isOutdated(fetched.entry?.tags ?? NO_TAGS, began, came)
    if (isUnwanted || isOutdated || hasGoneStale(parts, fetched)) {
      parts.fetches.leave(flight)
      return undefined
    }
    served(parts, key, fetched)
    return fetched
  } catch (error) {
    const isOwn = signal?.aborted === true && error === signal.reason
    const stale =
      terms.staleOnError && !isOwn && call.isStrict !== true ? standIn(parts, flight, whyStale(error)) : undefined
    if (stale !== undefined) {
      served(parts, key, stale)
      return stale
    }
    answered(parts, key, -1)
    if (isOwn || call.fallback === undefined) throw error
    return { entry: makeEntry(parts, key, call.fallback(), 0, terms), level: -1 }
  }
}

function whyStale(error: unknown): StaleReason {
  return isShed(error) ? 'spared' : 'failed'
}

/** A flight that was to fetch something anew, and left that to others, brings what there was: that has an end. */
function hasGoneStale(parts: Parts, { entry, level, stale }: Fetched): boolean {
  return level !== -1 && stale === undefined && entry !== undefined && isStale(entry, parts.world.tick())
}

function served(parts: Parts, key: string, { entry, level, stale }: Fetched): void {
  answered(parts, key, level)
  if (stale !== undefined && !parts.currency.isProven) countUnproven(parts, key)
  if (stale === undefined || entry === undefined || !isStale(entry, parts.world.tick())) return
  parts.tally.stale++
  parts.spaces.count(key, 'stale')
  report(parts, { type: 'stale', key, level: parts.levels[level]!.name, reason: stale })
}

/**
 * Level 1 once more, where it was not believed: it is if the shared levels say that they hear of the
 * key, or if they cannot be reached and that is how it is wanted.
 */
async function lookAgain(parts: Parts, key: string): Promise<unknown> {
  const { currency, levels, plan } = parts
  if (levels[0]!.traits.near === undefined) return undefined
  const isProven = await currency.proves(key)
  if (!isProven && plan.whenCutOff === 'fetch') return undefined
  const held = levels[0]!.lookAnyway(key)
  if (held === undefined) return undefined
  if (!isProven) countUnproven(parts, key)
  noteHit(parts, key)
  return held
}

function countUnproven(parts: Parts, key: string): void {
  parts.tally.unproven++
  parts.spaces.count(key, 'unproven')
}

async function lookAllAgain(parts: Parts, held: Map<string, unknown>): Promise<void> {
  await Promise.all(missingIn(held).map(async (key) => held.set(key, await lookAgain(parts, key))))
}
