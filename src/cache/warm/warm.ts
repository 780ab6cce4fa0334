import { type Entry, Fact, ranked } from '../../entry/entry.ts'
import { upkeepHere } from '../../entry/upkeep.ts'
import { shown, TerraceError } from '../../errors.ts'
import { pause } from '../../world/pause.ts'
import type { Keyspace } from '../keyspace.ts'
import type { Parts } from '../parts.ts'
import { keepKnown, mayTakeValues, replayUses } from './keep-known.ts'
import { MOST_KEYS, readWarmOptions, type WarmCall } from './options.ts'
import { type Ranked, rankingOf } from './ranking.ts'
import { WarmCounts, type WarmReport } from './report.ts'
import { type Part, Room } from './room.ts'
import { warmKeys } from './warm-keys.ts'

/** A cache or one of its namespaces. */
export interface Place {
  readonly parts: Parts
  readonly space: Keyspace
}

/** Entries taken over in one turn. */
const A_TURN = 500

/** Warms level 1 of a cache with keys of its own, or with what another cache holds in its level 1. */
export async function warm(here: Place, from: unknown, options: unknown): Promise<WarmReport> {
  const call = readWarmOptions('warm', options)
  if (isPlace(from)) return warmFrom(here, from, call)
  const keys = keysOf(from, here.space)
  return warmKeys(here.parts, keys, here.space, call)
}

function isPlace(from: unknown): from is Place {
  return typeof from === 'object' && from !== null && 'parts' in from && 'space' in from
}

/** The keys, each once. @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_KEY_INVALID` */
function keysOf(from: unknown, space: Keyspace): string[] {
  const keys = new Set<string>()
  const isList = typeof from === 'object' && from !== null && Symbol.iterator in from
  if (!isList) {
    const wanted = 'keys (an array or another iterable) or a cache'
    throw new TerraceError('ERR_ARGUMENT_INVALID', `warm: expected ${wanted}, got ${shown(from)}`)
  }
  for (const key of from as Iterable<unknown>) {
    keys.add(space.check(key, 'warm'))
    if (keys.size > MOST_KEYS) {
      throw new TerraceError('ERR_ARGUMENT_INVALID', `warm: expected up to ${MOST_KEYS} keys, got more`)
    }
  }
  return [...keys]
}

/** The hottest keys of another cache come first, where not all can be taken. */
async function warmFrom(here: Place, there: Place, call: WarmCall): Promise<WarmReport> {
  const from = there.space.prefix + call.prefix
  const ranking = rankingOf(there.parts.levels[0]!, from)
  if (ranking === undefined) {
    throw new TerraceError('ERR_UNSUPPORTED', 'warm: level 1 of that cache cannot list its keys in their order')
  }
  const rename = (key: string): string => here.space.full(there.space.own(key))
  if (mayTakeValues(here.parts)) return takeOver(here, there, ranking, rename, call)
  return warmKeys(here.parts, ranking.map(({ key }) => rename(key)).reverse(), here.space, call)
}

/** Takes values as well: what is evicted first comes first, so that the order stays. */
async function takeOver(
  { parts }: Place,
  there: Place,
  ranking: readonly Ranked[],
  rename: (key: string) => string,
  { most, signal, onProgress }: WarmCall,
): Promise<WarmReport> {
  const counts = new WarmCounts(ranking.length)
  const level = there.parts.levels[0]!
  const taken = hottest(ranking, most, new Room(parts.levels[0]!), rename)
  // Two worlds may have two clocks.
  const ahead = there.parts.plan.world === parts.plan.world ? 0 : parts.world.mono() - there.parts.world.mono()
  let done = 0
  while (done < taken.length && signal?.aborted !== true && parts.closing === undefined) {
    const some = taken.slice(done, done + A_TURN)
    done += some.length
    const entries = some.flatMap(({ key }) => {
      const entry = level.entry(key)
      if (entry === undefined) counts.count('missing')
      return entry === undefined ? [] : [moved(entry, rename(key), ahead)]
    })
    await keepKnown(parts, entries, counts)
    onProgress?.(counts.report)
    // Others get a turn.
    if (done < taken.length) await pause(parts.world, 0)
  }
  replayUses(
    parts,
    taken.slice(0, done).map(({ key, uses }) => ({ key: rename(key), uses })),
  )
  return counts.report
}

/** As many of the hottest as there is room for where they will lie, in the same order. */
function hottest(ranking: readonly Ranked[], most: number, room: Room, rename: (key: string) => string): Ranked[] {
  const free = new Map<Part | undefined, number>()
  const taken: Ranked[] = []
  for (let n = ranking.length - 1; n >= 0 && taken.length < most; n--) {
    const part = room.partOf(rename(ranking[n]!.key))
    const left = free.get(part) ?? room.leftIn(part)
    if (left <= 0 && !room.isDivided) break
    free.set(part, left - 1)
    if (left > 0) taken.push(ranking[n]!)
  }
  return taken.reverse()
}

/** The same under another key, by a clock that shows `ahead` milliseconds more. */
function moved(
  { found, value, born, deadline, tags, version, upkeep, rank }: Entry,
  key: string,
  ahead: number,
): Entry {
  const upkeepThere = upkeep && upkeepHere(upkeep, -ahead)
  return ranked(new Fact(key, found, value, born, deadline + ahead, tags, version, upkeepThere), rank ?? 'normal')
}
