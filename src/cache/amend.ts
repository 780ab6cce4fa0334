import { isStale } from '../entry/age.ts'
import { type Entry, endingAt, Fact, freshTo, ranked } from '../entry/entry.ts'
import { keyScope } from '../entry/scope.ts'
import { shown, TerraceError } from '../errors.ts'
import { Unsettled } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { ground } from './ground.ts'
import { glimpse, isBelieved } from './inspect.ts'
import { freshIn, lookUpOne } from './lookup.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import { makeEntry } from './source.ts'
import type { Terms } from './terms.ts'
import { type Put, withTickets } from './tickets.ts'
import { putInTurn, replaceNow } from './write.ts'

/** Adds to the number under a key, or begins at 0. The key's deadline and tags stay unless `ttl` is given. */
export function increment(
  parts: Parts,
  key: string,
  by: number,
  ttl: number | undefined,
  terms: Terms,
): Promise<number> {
  const shared = parts.levels.findLastIndex(({ traits }) => traits.amends !== undefined)
  if (shared !== -1) return incrementThere(parts, shared, key, by, ttl, terms)
  return putInTurn(parts, [keyScope(key)], undefined, async () => {
    const held = await freshEntry(parts, key)
    // That the source has nothing has an end that is none of the sum's.
    const entry = held?.found === true ? held : undefined
    const sum = numberIn(entry, key) + by
    if (!Number.isFinite(sum)) throw tooLarge(key, by)
    report(parts, { type: 'set', keys: [key] })
    const fresh = makeEntry(parts, key, sum, ttl ?? terms.ttl, terms, entry?.tags, entry?.version)
    const counted = entry === undefined ? fresh : await sumOf(parts, fresh, ttl, entry)
    await replaceNow(parts, [ranked(counted, entry?.rank ?? terms.priority)])
    return sum
  })
}

/** What is under a key, and not stale. */
async function freshEntry(parts: Parts, key: string): Promise<Entry | undefined> {
  const { currency, levels, world } = parts
  const near = currency.isProven || (await isBelieved(parts, key)) ? levels[0]!.entry(key) : undefined
  if (near !== undefined && !isStale(near, world.tick())) return near
  return freshIn(await lookUpOne(parts, key), world.tick())
}

/** The sum, kept as what was added to; or for another ttl, where there is one, at the end of which `fresh` ends. */
async function sumOf(parts: Parts, fresh: Entry, ttl: number | undefined, entry: Entry): Promise<Entry> {
  const { deadline, upkeep } = ttl === undefined || entry.upkeep ? await latestCopy(parts, entry) : entry
  const { key, found, value, born, tags, version } = fresh
  const sum = new Fact(key, found, value, born, deadline, tags, version, upkeep)
  return ttl === undefined ? sum : prolonged(sum, fresh.deadline, parts.world.tick())
}

/** What would be over already is not stale either. */
function prolonged(entry: Entry, freshUntil: number, now: number): Entry {
  return freshUntil > now ? freshTo(entry, freshUntil) : endingAt(entry, freshUntil)
}

/**
 * Counts in a level that counts by itself, so that processes count together. The other levels get the
 * sum; but shared ones below it, where nobody could say which of two sums is the later, get none.
 */
function incrementThere(
  parts: Parts,
  n: number,
  key: string,
  by: number,
  ttl: number | undefined,
  terms: Terms,
): Promise<number> {
  const work = async (put: Put): Promise<number> => {
    const fresh = makeEntry(parts, key, by, ttl ?? terms.ttl, terms)
    const end = ttl === undefined ? undefined : fresh.deadline
    // What it counts may come after this, and make the sum told here an older one.
    const mayBeOvertaken = parts.lateCounts.has(key)
    const counted = await parts.levels[n]!.abilities.increment(key, by, end, fresh.deadline)
    if (!counted.ok) {
      await forgetElsewhere(parts, n, key, counted.over)
      throw uncounted(parts.levels[n]!.name, counted.error)
    }
    const sum = counted.answer
    if (typeof sum?.value !== 'number') throw await whyUncounted(parts, n, key, by)
    // What is to be over already is so here too: the level tells when by its own clock, which is known to some milliseconds.
    const entry = fresh.deadline > parts.world.tick() ? sum : endingAt(sum, fresh.deadline)
    report(parts, { type: 'set', keys: [key] })
    for (let at = parts.levels.length - 1; at >= 0; at--) {
      const level = parts.levels[at]!
      if (at === n) continue
      if (mayBeOvertaken || (at > n && level.traits.shares !== undefined)) await level.raise([keyScope(key)])
      else await put(at, [ranked(entry, level.entry(key)?.rank ?? terms.priority)])
    }
    return sum.value
  }
  return putInTurn(parts, [keyScope(key)], undefined, () => withTickets(parts, [key], work))
}

/** It may have counted all the same, or will while the call is not over: what the other levels hold is out of date then. */
async function forgetElsewhere(parts: Parts, n: number, key: string, over: Promise<void> | undefined): Promise<void> {
  const others = parts.levels.filter((_, at) => at !== n)
  const forget = () => Promise.all(others.map((level) => level.raise([keyScope(key)])))
  await forget()
  if (over === undefined) return
  const { lateCounts } = parts
  lateCounts.set(key, (lateCounts.get(key) ?? 0) + 1)
  over.then(() => {
    const left = lateCounts.get(key)! - 1
    if (left === 0) lateCounts.delete(key)
    else lateCounts.set(key, left)
    if (parts.closing === undefined) parts.world.background(forget(), 'forgetting what a late call has counted')
  })
}

/** The copy that ends as the key itself does: a level with a ttl of its own has cut the time of its own. */
async function latestCopy(parts: Parts, entry: Entry): Promise<Entry> {
  let latest = entry
  for (const level of parts.levels) {
    if (latest.deadline === Number.POSITIVE_INFINITY) break
    const held = await glimpse(parts, level, entry.key)
    // Another value is not a copy: this one was put into level 1 alone, and keeps its own time.
    const isCopy = held !== 'absent' && held !== 'unknown' && held.value === entry.value
    if (isCopy && held.deadline > latest.deadline) latest = held
  }
  return latest
}

/**
 * Makes a key fresh for `ttl` milliseconds from now in every level that holds it: for how long before its end it is
 * refreshed ahead, and after it kept as stale, stays. What is stale is no value, and stays so.
 *
 * @returns whether any held one
 */
export function expire(parts: Parts, key: string, ttl: number, terms: Terms): Promise<boolean> {
  return putInTurn(parts, [keyScope(key)], undefined, async () => {
    const { deadline } = makeEntry(parts, key, undefined, ttl, terms)
    let held = false
    // A level that has to be read first would be told what it held before, in the place of what came meanwhile.
    parts.expiring.add(key)
    try {
      for (const level of parts.levels.toReversed()) held = (await expireIn(parts, level, key, deadline)) || held
    } finally {
      ground(parts, [keyScope(key)])
      parts.expiring.delete(key)
    }
    return held
  })
}

/** A level that does not take the new end must not keep the old one: its copy is invalidated. @returns whether it held a value */
async function expireIn(parts: Parts, level: GuardedLevel, key: string, freshUntil: number): Promise<boolean> {
  if (level.traits.amends !== undefined) return (await level.abilities.expire(key, freshUntil)) === true
  const held = await glimpse(parts, level, key)
  if (held === 'absent') return false
  let endedNow = false
  if (held !== 'unknown') {
    // That the source has nothing is no value of the caller's: it is asked again when it was to be.
    if (!held.found) return false
    const ended = prolonged(held, freshUntil, parts.world.tick())
    // A copy that has to be looked up again at its end is not looked up by this.
    const kept = level.isLimited && ended.deadline > held.deadline ? endingAt(ended, held.deadline) : ended
    const [keeping] = await level.write([kept])
    if (keeping === 'kept') return true
    endedNow = keeping === 'refused'
  }
  await level.raise([keyScope(key)])
  return endedNow
}

function numberIn(entry: Entry | undefined, key: string): number {
  if (entry?.found !== true) return 0
  if (typeof entry.value === 'number' && Number.isFinite(entry.value)) return entry.value
  throw notANumber(key, shown(entry.value))
}

/** Says what is there, if it still is, that could not be counted. */
async function whyUncounted(parts: Parts, n: number, key: string, by: number): Promise<TerraceError> {
  const held = await glimpse(parts, parts.levels[n]!, key)
  if (held === 'unknown' || held === 'absent' || !held.found) return notANumber(key, 'something else')
  return typeof held.value === 'number' && Number.isFinite(held.value)
    ? tooLarge(key, by)
    : notANumber(key, shown(held.value))
}

function uncounted(level: string, cause: unknown): TerraceError {
  const error = cause instanceof Unsettled ? cause.cause : cause
  if (error instanceof TerraceError) return error
  return new TerraceError('ERR_LEVEL_UNAVAILABLE', `level ${level}: ${String(error)}`, { cause: error })
}

function notANumber(key: string, there: string): TerraceError {
  const text = `increment: expected a finite number under ${shown(key)}, got ${there}`
  return new TerraceError('ERR_NOT_A_NUMBER', text)
}

function tooLarge(key: string, by: number): TerraceError {
  const text = `increment: ${by} more would make what is under ${shown(key)} too large for a number`
  return new TerraceError('ERR_NOT_A_NUMBER', text)
}
