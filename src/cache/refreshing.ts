import { isDue, isStale } from '../entry/age.ts'
import { dueAt, type Entry } from '../entry/entry.ts'
import { type Fetching, fetchAll } from './fetch.ts'
import type { Fetched, FetchFlight, Parts } from './parts.ts'
import { report } from './report.ts'

/** Has keys fetched anew in the background, together, unless somebody is at it or the source is spared. */
export function refresh(parts: Parts, due: readonly string[], fetching: Fetching): FetchFlight[] {
  const { fetches, pauses, world, tally } = parts
  const isAtRest = (key: string): boolean => fetches.find(key) === undefined && !fetches.hasApart(key)
  const keys = due.filter((key) => isAtRest(key) && !pauses.covers(key, world.tick()))
  if (keys.length === 0) return []
  tally.refreshes += keys.length
  parts.spaces.countAll(keys, 'refreshes')
  for (const key of keys) report(parts, { type: 'refresh', key })
  const flights = fetchAll(parts, keys, fetching)
  for (const flight of flights) {
    flight.party.want()
    flight.answer.then(
      ({ level }) => {
        if (level === -1) pauseInVain(parts, flight.key, fetching)
      },
      () => undefined,
    )
  }
  return flights
}

/** What level 1 holds is as due as before, for nothing was kept in its place: as if the fetch had failed. */
function pauseInVain({ levels, timed, pauses, world }: Parts, key: string, { terms }: Fetching): void {
  const entry = levels[0]!.entry(key)
  const now = world.tick()
  if (entry !== undefined && isDue(entry, now) && !timed.has(key)) pauses.wait(key, terms.retryAfter, now)
}

/** What was found further down and is due is refreshed as well. */
export function refreshFound(parts: Parts, fetched: readonly Fetched[], fetching: Fetching): void {
  const now = parts.world.tick()
  const keys: string[] = []
  for (const { entry, level } of fetched) {
    if (level === -1 || entry === undefined || !isDue(entry, now) || isStale(entry, now)) continue
    if (!parts.timed.has(entry.key)) keys.push(entry.key)
  }
  refresh(parts, keys, fetching)
}

/** From now on a key is refreshed by the clock, where that is wanted. */
export function keepInTime(parts: Parts, key: string, fetching: Fetching): void {
  const { refreshEvery: every, refreshIdle: idle = 5 * every } = fetching.terms
  if (every === Number.POSITIVE_INFINITY) return
  parts.timed.keep(key, {
    every,
    idle,
    age: () => ageOf(parts, parts.levels[0]!.entry(key)),
    refresh: () => refreshInTime(parts, key, fetching),
  })
}

/** @returns the age of what was found anew, or of what is there still while others are at it; `undefined` where the fetch failed */
async function refreshInTime(parts: Parts, key: string, fetching: Fetching): Promise<number | undefined> {
  const [flight] = refresh(parts, [key], fetching)
  if (flight === undefined) {
    notice(parts, key)
    return Number.POSITIVE_INFINITY
  }
  try {
    const { entry, level } = await flight.answer
    if (level === -1) return 0
    const age = ageOf(parts, entry) ?? 0
    if (entry !== undefined && isDue(entry, parts.world.tick())) notice(parts, key)
    return age
  } catch {
    notice(parts, key)
    return undefined
  }
}

/** The first who asks for what level 1 holds is to be noticed, though nothing has come in its place. */
function notice({ levels, world }: Parts, key: string): void {
  const entry = levels[0]!.entry(key)
  if (entry === undefined) return
  world.background(levels[0]!.write([dueAt(entry, world.tick())]), 'noting who asks')
}

/** Milliseconds since it was fetched or written; `undefined` where there is nothing. What does not say is taken for old. */
function ageOf({ world }: Parts, entry: Entry | undefined): number | undefined {
  return entry && (entry.upkeep === undefined ? Number.POSITIVE_INFINITY : world.tick() - entry.upkeep.since)
}

/** What is refreshed by the clock is not due for who asks: that he asked is enough, until it is next refreshed. */
export function rest(parts: Parts, entry: Entry): void {
  const { timed, levels, world } = parts
  timed.asked(entry.key)
  const rested = dueAt(entry, Number.POSITIVE_INFINITY)
  world.background(levels[0]!.write([rested]), 'noting that somebody has asked')
}
