import { isDead } from '../entry/age.ts'
import { bornAt, type Entry, outranks } from '../entry/entry.ts'
import { UNCHECKED } from '../entry/era.ts'
import { type KeyScope, keyScope, type Scope } from '../entry/scope.ts'
import type { Doing } from '../remote/level-writes.ts'
import { ground } from './ground.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import { type Route, routed } from './route.ts'
import { type Put, withTickets } from './tickets.ts'

/** What one level did. For several keys at once: the outcome that concerns the caller most. */
export interface LevelResult {
  readonly name: string
  /**
   * `done`; `refused`, where the level does not take the value (too large) and now holds none;
   * `superseded`, where a newer version stands and stays; `pending`, where the level failed: its old
   * copy is not served by this process any more, and it is told again in the background. A shared level
   * above another one that cannot tell whether somebody else has written meanwhile is `done` when it
   * holds none.
   */
  readonly outcome: Doing
}

/** What became of a write or an invalidation, level by level, level 1 first. */
export interface WriteResult {
  /** No level is pending. */
  readonly ok: boolean
  readonly levels: readonly LevelResult[]
}

/** The last concerns the caller most. */
const GRAVITY: readonly Doing[] = ['done', 'refused', 'superseded', 'pending']

/** Writes entries with different keys into every level, deepest first; entries that are dead already leave an absence. */
export function replace(parts: Parts, entries: readonly Entry[], route?: Route): Promise<WriteResult> {
  const scopes = entries.map(({ key }) => keyScope(key))
  if (entries.every((entry) => isDead(entry, parts.world.tick()))) return invalidate(parts, scopes)
  report(parts, { type: 'set', keys: entries.map(({ key }) => key) })
  return putInTurn(parts, scopes, tagsOf(entries), () => replaceNow(parts, entries, route))
}

/** Raises the floors of these scopes in every level, deepest first. */
export function invalidate(parts: Parts, own: readonly Scope[]): Promise<WriteResult> {
  if (own.length === 0) return eachLevel(parts, async () => [])
  const siblings = parts.versions.siblingsOf(own)
  const scopes = siblings.length === 0 ? own : [...own, ...siblings]
  report(parts, { type: 'invalidated', scopes })
  const work = (): Promise<WriteResult> => eachLevel(parts, async (n) => [await parts.levels[n]!.raise(scopes)])
  return parts.waymarks.noting(scopes, parts.turns.remove(scopes, grounding(parts, scopes, work)))
}

/** Writes into level 1 alone. @returns whether it is kept there */
export function replaceFirst(parts: Parts, entry: Entry): Promise<boolean> {
  report(parts, { type: 'set', keys: [entry.key] })
  parts.observers.checks.puts.add(entry.key)
  return parts.turns.put(
    [entry.key],
    entry.tags,
    async () => (await parts.levels[0]!.replace([bornAt(entry, UNCHECKED)]))[0] === 'done',
  )
}

/**
 * Runs a write of these keys after all earlier ones it could cross; its `tags` are `undefined` where they are not
 * known yet. What other versions of the code read in the place of these keys is invalidated meanwhile.
 */
export function putInTurn<T>(
  parts: Parts,
  keys: readonly KeyScope[],
  tags: readonly string[] | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const names = keys.map(({ key }) => key)
  const siblings = parts.versions.siblingsOf(keys)
  const whole = siblings.length === 0 ? work : () => whileForgetting(parts, siblings, work)
  const touched = siblings.length === 0 ? keys : [...keys, ...siblings]
  return parts.waymarks.noting(touched, parts.turns.put(names, tags, grounding(parts, keys, whole)))
}

/**
 * What a level in this process's memory holds is of this version of the code, so that only levels below are told. They
 * are told at once, with what the work tells them: where it is the deepest one's turn they go in one step.
 */
async function whileForgetting<T>(parts: Parts, siblings: readonly Scope[], work: () => Promise<T>): Promise<T> {
  const forgotten = forgetBelow(parts, siblings)
  try {
    return await work()
  } finally {
    await forgotten
  }
}

/** A level that fails is told again: see `journal.ts`. */
async function forgetBelow({ levels }: Parts, scopes: readonly Scope[]): Promise<void> {
  for (const level of levels.toReversed()) if (level.traits.near === undefined) await level.raise(scopes)
}

/**
 * Flights under way when a write is called are grounded, and again those that took off while it ran:
 * they may have met one level before it and another after it.
 */
function grounding<T>(parts: Parts, scopes: readonly Scope[], work: () => Promise<T>): () => Promise<T> {
  ground(parts, scopes)
  return async () => {
    try {
      return await work()
    } finally {
      ground(parts, scopes)
    }
  }
}

/** {@link replace} for a caller whose turn it is. */
export async function replaceNow(parts: Parts, entries: readonly Entry[], route?: Route): Promise<WriteResult> {
  const near = parts.levels[0]!
  // The near level may be the only one that still remembers a newer version; asking it costs nothing.
  let standing = entries.filter((entry) => !outranks(near.entry(entry.key), entry))
  const outranked: Scope[] = []
  const keys = standing.map(({ key }) => key)
  return withTickets(parts, keys, (put) =>
    eachLevel(parts, async (n) => {
      const doings: Doing[] = standing.length === 0 ? [] : [...(await putThere(parts, n, standing, route, put))]
      // What a deeper level refused as outdated must not live above it; the copy there may be outdated, too.
      if (outranked.length > 0) doings.push('superseded', await parts.levels[n]!.raise(outranked))
      for (const [at, { key }] of standing.entries()) if (doings[at] === 'superseded') outranked.push(keyScope(key))
      standing = standing.filter((_, at) => doings[at] !== 'superseded')
      return standing.length + outranked.length < entries.length ? [...doings, 'superseded'] : doings
    }),
  )
}

/** In a level that is not to keep it the key is invalidated: what lies there is not the truth any more. */
async function putThere(
  { levels, world }: Parts,
  n: number,
  entries: readonly Entry[],
  route: Route | undefined,
  put: Put,
): Promise<readonly Doing[]> {
  if (route === undefined) return put(n, entries)
  const now = world.tick()
  const own = entries.map((entry) => routed(entry, route, n, now))
  if (route.writes[n] === true && !own.some((entry) => isDead(entry, now))) return put(n, own)
  const doing = await levels[n]!.raise(entries.map(({ key }) => keyScope(key)))
  return entries.map(() => doing)
}

async function eachLevel(parts: Parts, work: (n: number) => Promise<readonly Doing[]>): Promise<WriteResult> {
  const { levels } = parts
  const results: LevelResult[] = new Array(levels.length)
  for (let n = levels.length - 1; n >= 0; n--) results[n] = { name: levels[n]!.name, outcome: gravest(await work(n)) }
  return { ok: results.every(({ outcome }) => outcome !== 'pending'), levels: results }
}

/** Several results of one cache as one: of each level the gravest that it did. */
export function together([first, ...others]: readonly WriteResult[]): WriteResult {
  if (first === undefined) return { ok: true, levels: [] }
  if (others.length === 0) return first
  const levels = first.levels.map(({ name, outcome }, n) => ({
    name,
    outcome: gravest([outcome, ...others.map(({ levels }) => levels[n]!.outcome)]),
  }))
  return { ok: levels.every(({ outcome }) => outcome !== 'pending'), levels }
}

/** Of several outcomes the one that concerns the caller most. */
export function gravest(doings: readonly Doing[]): Doing {
  let worst: Doing = 'done'
  for (const doing of doings) if (GRAVITY.indexOf(doing) > GRAVITY.indexOf(worst)) worst = doing
  return worst
}

function tagsOf(entries: readonly Entry[]): readonly string[] {
  return entries.length === 1 ? entries[0]!.tags : [...new Set(entries.flatMap(({ tags }) => tags))]
}
