import type { Entry } from '../entry/entry.ts'
import { type Ask, type FetchTerms, fetchAll } from './fetch.ts'
import { lookUp } from './lookup.ts'
import { answered, type Parts } from './parts.ts'

/** The entry of a key that the near level has just missed, from the levels below. */
export async function getBelow(parts: Parts, key: string): Promise<Entry | undefined> {
  const { entry, level } = await lookUp(parts, [key])[0]!
  answered(parts, key, level)
  return entry
}

/** The entry of a key that the near level has just missed, from the levels below or the source. */
export async function fetchBelow(
  parts: Parts,
  key: string,
  terms: FetchTerms,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<Entry | undefined> {
  const { party, answer } = fetchAll(parts, [key], terms, ask)[0]!
  const { entry, level } = await party.wait(answer, signal)
  answered(parts, key, level)
  return entry
}

/** The entries of several keys, in their order, from the levels. */
export async function getMany(parts: Parts, keys: readonly string[]): Promise<(Entry | undefined)[]> {
  const { held, missing } = lookNear(parts, keys)
  const lookups = await Promise.all(lookUp(parts, missing))
  for (const [n, { entry, level }] of lookups.entries()) arrived(parts, held, missing[n]!, entry, level)
  return keys.map((key) => held.get(key))
}

/** The entries of several keys, in their order, from the levels or the source. */
export async function fetchMany(
  parts: Parts,
  keys: readonly string[],
  terms: FetchTerms,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<(Entry | undefined)[]> {
  const { held, missing } = lookNear(parts, keys)
  const flights = fetchAll(parts, missing, terms, ask)
  const fetched = await Promise.all(flights.map(({ party, answer }) => party.wait(answer, signal)))
  for (const [n, { entry, level }] of fetched.entries()) arrived(parts, held, missing[n]!, entry, level)
  return keys.map((key) => held.get(key))
}

/** Asks the near level at once. `missing` are the keys it does not have, each once. */
function lookNear(parts: Parts, keys: readonly string[]): { held: Map<string, Entry | undefined>; missing: string[] } {
  const near = parts.levels[0]!
  const held = new Map<string, Entry | undefined>()
  for (const key of keys) {
    if (held.has(key)) continue
    const entry = near.look(key)
    held.set(key, entry)
    if (entry !== undefined && parts.observers.any) tellHit(parts, key)
  }
  return { held, missing: [...held.keys()].filter((key) => held.get(key) === undefined) }
}

function arrived(
  parts: Parts,
  held: Map<string, Entry | undefined>,
  key: string,
  entry: Entry | undefined,
  level: number,
): void {
  held.set(key, entry)
  answered(parts, key, level)
}

/** Tells the observers of a synchronous hit of level 1, which that level has counted itself. */
export function tellHit({ observers, levels }: Parts, key: string): void {
  observers.tell({ type: 'hit', key, level: levels[0]!.name })
}
