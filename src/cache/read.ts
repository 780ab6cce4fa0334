import { NO_TAGS } from '../entry/entry.ts'
import { heldIn } from '../entry/held.ts'
import type { CacheEvent } from '../events.ts'
import { type Ask, type FetchTerms, fetchAll } from './fetch.ts'
import { lookUp, lookUpOne } from './lookup.ts'
import { answered, type Fetched, type FetchFlight, type Parts } from './parts.ts'

/** What the levels below hold for a key that the near level has just missed. */
export async function getBelow(parts: Parts, key: string): Promise<unknown> {
  if (!parts.currency.isProven) {
    const proven = await lookAgain(parts, key)
    if (proven !== undefined) return proven
  }
  const { entry, level } = await lookUpOne(parts, key)
  answered(parts, key, level)
  return heldIn(entry)
}

/** What the levels below hold or the source has for a key that the near level has just missed. */
export async function fetchBelow(
  parts: Parts,
  key: string,
  terms: FetchTerms,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<unknown> {
  const proven = parts.currency.isProven ? undefined : await lookAgain(parts, key)
  if (proven !== undefined) return proven
  return heldIn((await fetchOne(parts, key, terms, signal, ask)).entry)
}

/** What the levels hold for several keys, in their order. */
export async function getMany(parts: Parts, keys: readonly string[]): Promise<unknown[]> {
  const held = lookNear(parts, keys)
  if (!parts.currency.isProven) await lookAllAgain(parts, held)
  const missing = missingIn(held)
  if (missing.length === 0) return keys.map((key) => held.get(key))
  const lookups = await lookUp(parts, missing)
  const found = lookups.map(({ entry, level }, n) => {
    answered(parts, missing[n]!, level)
    return heldIn(entry)
  })
  if (missing.length === keys.length) return found
  for (const [n, key] of missing.entries()) held.set(key, found[n])
  return keys.map((key) => held.get(key))
}

/** What the levels hold or the source has for several keys, in their order. */
export async function fetchMany(
  parts: Parts,
  keys: readonly string[],
  terms: FetchTerms,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<unknown[]> {
  const held = lookNear(parts, keys)
  if (!parts.currency.isProven) await lookAllAgain(parts, held)
  const missing = missingIn(held)
  const came = parts.tags.now
  const flights = fetchAll(parts, missing, terms, ask)
  const fetched = await Promise.all(
    flights.map(async (flight) => {
      const first = await waitFor(parts, flight, signal, came)
      return first ?? fetchOne(parts, flight.key, terms, signal, ask)
    }),
  )
  for (const [n, { entry }] of fetched.entries()) held.set(missing[n]!, heldIn(entry))
  return keys.map((key) => held.get(key))
}

/** What the near level has, at once, by key. */
function lookNear(parts: Parts, keys: readonly string[]): Map<string, unknown> {
  const near = parts.levels[0]!
  const held = new Map<string, unknown>()
  for (const key of keys) {
    if (held.has(key)) continue
    const answer = near.look(key)
    held.set(key, answer)
    if (answer !== undefined && parts.observers.hearsHits) tellHit(parts, key)
  }
  return held
}

/** The keys still without an answer, each once. Nothing is awaited where level 1 is believed. */
function missingIn(held: ReadonlyMap<string, unknown>): string[] {
  const missing: string[] = []
  for (const [key, answer] of held) if (answer === undefined) missing.push(key)
  return missing
}

/** The flight for one key: the one under way, or another if what that brings is too old for who comes now. */
async function fetchOne(
  parts: Parts,
  key: string,
  terms: FetchTerms,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<Fetched> {
  const came = parts.tags.now
  for (;;) {
    const [flight] = fetchAll(parts, [key], terms, ask)
    const fetched = await waitFor(parts, flight!, signal, came)
    if (fetched !== undefined) return fetched
  }
}

/**
 * Waits with the others for a flight, and counts what came of it: a fetch that fails is a miss, too.
 *
 * @returns `undefined` if it is too old for somebody who came at `came`
 */
async function waitFor(
  parts: Parts,
  flight: FetchFlight,
  signal: AbortSignal | undefined,
  came: number,
): Promise<Fetched | undefined> {
  const { key, party, answer, began } = flight
  try {
    const fetched = await party.wait(answer, signal)
    if (parts.tags.isOutdated(fetched.entry?.tags ?? NO_TAGS, began, came)) {
      parts.fetches.leave(flight)
      return undefined
    }
    answered(parts, key, fetched.level)
    return fetched
  } catch (error) {
    answered(parts, key, -1)
    throw error
  }
}

/**
 * Level 1 once more, where it was not believed: it is if the shared levels say that they hear of the
 * key, or if they cannot be reached and that is how it is wanted.
 */
async function lookAgain(parts: Parts, key: string): Promise<unknown> {
  const { currency, levels, plan, tally } = parts
  if (levels[0]!.traits.near === undefined) return undefined
  const isProven = await currency.proves(key)
  if (!isProven && plan.whenCutOff === 'fetch') return undefined
  const held = levels[0]!.lookAnyway(key)
  if (held === undefined) return undefined
  if (!isProven) tally.unproven++
  tellHit(parts, key)
  return held
}

async function lookAllAgain(parts: Parts, held: Map<string, unknown>): Promise<void> {
  await Promise.all(missingIn(held).map(async (key) => held.set(key, await lookAgain(parts, key))))
}

/**
 * Tells the observers of a synchronous hit of level 1, which that level has counted itself. Where it is
 * the whole answer of `method`, tracers that want hits are told as well.
 */
export function tellHit(parts: Parts, key: string, method?: 'get' | 'getOrFetch'): void {
  const { observers, levels } = parts
  observers.sampleNear(key, levels[0]!.name)
  // What follows would make this too large to become part of the hit itself.
  if (observers.hearsEachHit) tellEachHit(parts, key, method)
}

function tellEachHit(parts: Parts, key: string, method: 'get' | 'getOrFetch' | undefined): void {
  const { observers, levels } = parts
  const event: CacheEvent = { type: 'hit', key, level: levels[0]!.name }
  if (method === undefined || !observers.tracesHits) observers.tell(event)
  else {
    const traced = observers.traceHit({ kind: 'call', method, keys: [key] }, async () => observers.tell(event))
    parts.world.background(traced, 'tracing a hit')
  }
}
