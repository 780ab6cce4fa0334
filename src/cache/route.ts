import { milliseconds } from '../duration.ts'
import { type Entry, endingAt } from '../entry/entry.ts'
import type { LevelUses } from '../entry/level-use.ts'
import { expected, flag, readOptions } from '../options.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'

/** Which levels a call asks and fills. Several calls for one key share nothing where one of them has a route. */
export interface Route {
  /** By number of the level. */
  readonly reads: readonly boolean[]
  readonly writes: readonly boolean[]
  /** Milliseconds. */
  readonly ttls: readonly number[]
}

interface Use {
  readonly read: boolean
  readonly write: boolean
  readonly ttl: number
}

const ALWAYS: Use = Object.freeze({ read: true, write: true, ttl: Number.POSITIVE_INFINITY })

const useSchema = { read: flag, write: flag, ttl: milliseconds }

function useOf(value: unknown, where: string): Use {
  if (typeof value === 'boolean') return value ? ALWAYS : { ...ALWAYS, read: false, write: false }
  if (typeof value !== 'object') return expected('true, false or { read, write, ttl }', value, where)
  return { ...ALWAYS, ...readOptions(where, useSchema, value) }
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` for a level there is not, `ERR_OPTION_INVALID` */
export function readRoute(
  where: string,
  uses: LevelUses | undefined,
  levels: readonly GuardedLevel[],
): Route | undefined {
  if (uses === undefined) return undefined
  const schema = Object.fromEntries(levels.map(({ name }) => [name, useOf]))
  const read = readOptions(`${where}: levels`, schema, uses)
  const all = levels.map(({ name }) => read[name] ?? ALWAYS)
  return { reads: all.map((use) => use.read), writes: all.map((use) => use.write), ttls: all.map((use) => use.ttl) }
}

/** The entry as level `n` is to keep it, which is written there at the moment `now`. */
export function routed(entry: Entry, route: Route | undefined, n: number, now: number): Entry {
  const latest = now + (route?.ttls[n] ?? Number.POSITIVE_INFINITY)
  return latest < entry.deadline ? endingAt(entry, latest) : entry
}

/** What both of them allow. */
export function narrowed(route: Route | undefined, other: Route | undefined): Route | undefined {
  if (route === undefined || other === undefined) return route ?? other
  return {
    reads: route.reads,
    writes: route.writes.map((write, n) => write && other.writes[n] === true),
    ttls: route.ttls.map((ttl, n) => Math.min(ttl, other.ttls[n]!)),
  }
}
