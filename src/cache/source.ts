import { deadlineAfter } from '../entry/age.ts'
import { type Answer, Failed, Found, type FoundKeep, NotFound, NotModified, tagList } from '../entry/answer.ts'
import { type Entry, Fact, NO_TAGS, ranked } from '../entry/entry.ts'
import { DAWN } from '../entry/era.ts'
import { ABSENT } from '../entry/held.ts'
import { Upkeep } from '../entry/upkeep.ts'
import { TerraceError } from '../errors.ts'
import type { Party } from '../flight/party.ts'
import { governed } from '../governor/governed.ts'
import type { Applicant } from '../governor/governor.ts'
import { momentIn } from '../world/moment.ts'
import type { Extras } from './extras.ts'
import type { Ask, Wanted } from './fetch-context.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import type { Terms } from './terms.ts'

/** On whose behalf the source is asked. */
interface Asking {
  readonly party: Party
  readonly extras: Extras
}

/** Calls the fetcher, when and as often as the governor lets it. */
export function askSource(
  parts: Parts,
  wanted: readonly Wanted[],
  asking: Asking,
  ask: Ask,
): Promise<readonly Answer<unknown>[]> {
  return ask.together === undefined
    ? askGoverned(parts, wanted, asking, ask)
    : askApart(parts, wanted, asking, ask, ask.together)
}

/** For each key by itself: one that fails is one that has failed. */
async function askApart(
  parts: Parts,
  wanted: readonly Wanted[],
  asking: Asking,
  ask: Ask,
  together: number,
): Promise<readonly Answer<unknown>[]> {
  const answers: Answer<unknown>[] = new Array(wanted.length)
  const { party } = asking
  let next = 0
  const work = async (): Promise<void> => {
    while (next < wanted.length) {
      // Nobody wants the rest any more.
      if (party.deserted !== undefined) throw party.deserted.reason
      const n = next++
      try {
        answers[n] = (await askGoverned(parts, [wanted[n]!], asking, ask))[0]
      } catch (cause) {
        answers[n] = new Failed(cause)
      }
    }
  }
  // More than may be under way would only wait for each other, and where no line is allowed be shed.
  const most = Math.min(together, wanted.length, parts.governor?.limit ?? together)
  await Promise.all(Array.from({ length: most }, work))
  return answers
}

function askGoverned(
  parts: Parts,
  wanted: readonly Wanted[],
  asking: Asking,
  ask: Ask,
): Promise<readonly Answer<unknown>[]> {
  const { governor } = parts
  const { party } = asking
  const keys = wanted.map(({ key }) => key)
  if (governor === undefined) return askOnce(parts, keys, wanted, asking, ask)
  const applicant: Applicant = {
    keys,
    party,
    // Whoever joins before a retry counts for that.
    get priority() {
      return party.priority
    },
  }
  return governed(governor, applicant, () => askOnce(parts, keys, wanted, asking, ask))
}

/** Calls the fetcher, counts it and tells of it. */
async function askOnce(
  parts: Parts,
  keys: readonly string[],
  wanted: readonly Wanted[],
  { party, extras }: Asking,
  ask: Ask,
): Promise<readonly Answer<unknown>[]> {
  const { tally, world, observers } = parts
  tally.fetches += keys.length
  parts.spaces.countAll(keys, 'fetches')
  report(parts, { type: 'fetch', keys })
  const began = world.mono()
  try {
    const errand = { party, now: world.tick(), extras }
    const answers = await observers.trace({ kind: 'fetch', keys }, () => ask(wanted, errand))
    const duration = world.mono() - began
    const failed = keys.filter((_, n) => answers[n] instanceof Failed)
    if (failed.length > 0) tellFailure(parts, failed, duration, answers.find((each) => each instanceof Failed)!.error)
    if (failed.length < keys.length) report(parts, { type: 'fetched', keys: without(keys, failed), duration })
    return answers
  } catch (error) {
    tellFailure(parts, keys, world.mono() - began, error)
    throw error
  }
}

function tellFailure(parts: Parts, keys: readonly string[], duration: number, error: unknown): void {
  parts.tally.fetchFailures += keys.length
  parts.spaces.countAll(keys, 'fetchFailures')
  report(parts, { type: 'fetchFailed', keys, duration, error })
}

function without(keys: readonly string[], some: readonly string[]): readonly string[] {
  return some.length === 0 ? keys : keys.filter((key) => !some.includes(key))
}

/** What the source's answer amounts to: an entry, perhaps one that says there is nothing, or nothing. `took`: milliseconds it took. */
export function entryOf(
  parts: Parts,
  { key, spare }: Wanted,
  answer: Answer<unknown>,
  terms: Terms,
  took: number,
): Entry | undefined {
  if (answer === undefined || answer === ABSENT) return undefined
  if (answer instanceof NotFound) {
    return answer.ttl === 0 ? undefined : makeEntry(parts, key, undefined, answer.ttl, terms)
  }
  if (answer instanceof NotModified) return renewed(parts, key, spare, answer.keep, terms, took)
  if (!(answer instanceof Found)) return upkept(parts, key, answer, NOTHING_SAID, terms, took)
  return upkept(parts, key, answer.foundData, answer.keep, terms, took)
}

function renewed(
  parts: Parts,
  key: string,
  spare: Entry | undefined,
  keep: FoundKeep,
  terms: Terms,
  took: number,
): Entry {
  if (spare?.found !== true) {
    const text =
      'getOrFetch: the fetcher returned notModified(), but there is no stale copy; look at context.stale first'
    throw new TerraceError('ERR_ARGUMENT_INVALID', text)
  }
  const { tags, version, upkeep, rank } = spare
  const stays = {
    tags,
    ...(rank !== undefined && { priority: rank }),
    ...(version !== undefined && { version }),
    ...(upkeep?.etag !== undefined && { etag: upkeep.etag }),
    ...(upkeep?.lastModified !== undefined && { lastModified: upkeep.lastModified }),
  }
  return upkept(parts, key, spare.value, { ...stays, ...keep }, terms, took)
}

const NOTHING_SAID: Kept = Object.freeze({})

/** How a value is kept, and what of it. */
type Kept = Pick<FoundKeep, 'ttl' | 'tags' | 'version' | 'staleFor' | 'priority' | 'etag' | 'lastModified'>

/**
 * An entry with a value that begins its life now, as `keep` says, or as `terms` say where it does not. `took`: how
 * long it took to fetch, in milliseconds.
 */
export function upkept(
  { world }: Pick<Parts, 'world'>,
  key: string,
  value: unknown,
  keep: Kept,
  terms: Terms,
  took: number,
): Entry {
  const { ttl = terms.ttl, version, etag, lastModified } = keep
  const tags = tagged(keep.tags ?? terms.tags, terms.ownTags)
  // Who says that a value is not to be kept does not mean: as stale.
  const staleFor = keep.staleFor ?? (keep.ttl === 0 ? 0 : terms.staleFor)
  const now = momentIn(world)
  const freshUntil = deadlineAfter(now, ttl, terms.ttlJitter, terms.ttlJitter === 0 ? 0 : world.random())
  const due = Math.min(dueAt(terms, now, freshUntil), early(terms, took, freshUntil, world), now + terms.refreshEvery)
  const isPlain = staleFor === 0 && due >= freshUntil && etag === undefined && lastModified === undefined
  const upkeep = isPlain ? undefined : new Upkeep(now, due, freshUntil, etag, lastModified)
  const entry = new Fact(key, true, value, DAWN, freshUntil + staleFor, tags, version, upkeep)
  return ranked(entry, keep.priority ?? terms.priority)
}

function dueAt({ refreshAfter }: Terms, now: number, freshUntil: number): number {
  return refreshAfter < 1 ? now + refreshAfter * (freshUntil - now) : now + refreshAfter
}

/** When XFetch would ask again: see `FreshnessOptions.earlyRefresh`. */
function early(
  { earlyRefresh }: Terms,
  took: number,
  freshUntil: number,
  world: Pick<Parts['world'], 'random'>,
): number {
  return earlyRefresh === 0 ? freshUntil : freshUntil + took * earlyRefresh * Math.log(1 - world.random())
}

/** An entry that begins its life now and is fresh until it ends. `undefined` as value: the key is known to have none. */
export function makeEntry(
  { world }: Pick<Parts, 'world'>,
  key: string,
  value: unknown,
  ttl: number,
  { ttlJitter, ownTags }: Pick<Terms, 'ttlJitter' | 'ownTags'>,
  tags: readonly string[] = NO_TAGS,
  version?: number,
): Entry {
  const chance = ttlJitter === 0 ? 0 : world.random()
  const deadline = deadlineAfter(momentIn(world), ttl, ttlJitter, chance)
  return new Fact(key, value !== undefined, value, DAWN, deadline, tagged(tags, ownTags), version, undefined)
}

/** Tags, and those that every value gets besides. @throws TerraceError `ERR_OPTION_INVALID` if that makes too many */
export function tagged(tags: readonly string[], own: readonly string[]): readonly string[] {
  if (own === NO_TAGS || own.length === 0) return tags
  return tags.length === 0 ? own : tagList([...new Set([...tags, ...own])], 'tags, with those of the namespace')
}
