import { isDead, remaining } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { type Scope, scopeId } from '../entry/scope.ts'
import type { Inspection, ServerInfo } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Parts } from './parts.ts'

/** What one level holds under a key now. */
export interface LevelExplanation {
  readonly name: string
  /** `served`, `absent`, `barred` (it is there, and must not be served), `unknown` (the level failed or is behind). */
  readonly state: 'served' | 'absent' | 'barred' | 'unknown'
  /** Why it is not served, in words; `undefined` if it is. */
  readonly reason: string | undefined
  /** `false`: what is kept is that the key has no value. */
  readonly found: boolean
  /** Milliseconds left; `Infinity` for no deadline. */
  readonly ttl: number | undefined
  readonly born: Era | undefined
  readonly tags: readonly string[]
  readonly version: number | undefined
}

/** Where a key is now, and why it is or is not served. */
export interface Explanation {
  readonly key: string
  /** The level that would answer a request now; `undefined` if none would. */
  readonly servedBy: string | undefined
  /** The key is being looked up, or fetched, now. */
  readonly flight: 'lookup' | 'fetch' | undefined
  readonly levels: readonly LevelExplanation[]
}

/** What a level would serve under the key, without a trace where the level can be inspected. */
export async function glimpse(parts: Parts, level: GuardedLevel, key: string): Promise<Entry | 'absent' | 'unknown'> {
  if (level.isBehind(key)) return 'unknown'
  const inspected = await level.inspect([key])
  if (inspected === undefined) return 'unknown'
  const { entry, barredBy } = inspected[0]!
  if (entry === undefined || barredBy !== undefined || isDead(entry, parts.world.tick())) return 'absent'
  return level.isBehindOn(entry) ? 'unknown' : entry
}

/** The first entry a request would meet, nearest level first; `undefined` if there is none. */
export async function firstHeld(parts: Parts, key: string): Promise<Entry | undefined> {
  for (const level of parts.levels) {
    const held = await glimpse(parts, level, key)
    if (held !== 'absent' && held !== 'unknown') return held
  }
  return undefined
}

/** What the servers of the levels tell of themselves, by name of the level. */
export async function serverInfo({ levels }: Parts): Promise<Readonly<Record<string, ServerInfo>>> {
  const told = await Promise.all(levels.map(async ({ name, abilities }) => [name, await abilities.info()] as const))
  return Object.fromEntries(told.filter((pair): pair is [string, ServerInfo] => pair[1] !== undefined))
}

/** Every key that some level lists, each once. Holds the keys seen so far. */
export async function* allKeys(parts: Parts, prefix: string): AsyncGenerator<string> {
  const seen = new Set<string>()
  for (const level of parts.levels) {
    for await (const key of level.keys(prefix)) {
      if (seen.has(key)) continue
      seen.add(key)
      yield key
    }
  }
}

export async function explain(parts: Parts, key: string): Promise<Explanation> {
  const levels: LevelExplanation[] = []
  for (const level of parts.levels) levels.push(describe(parts, level, (await level.inspect([key]))?.[0], key))
  return {
    key,
    servedBy: levels.find(({ state }) => state === 'served')?.name,
    flight: parts.fetches.find(key) ? 'fetch' : parts.lookups.find(key) ? 'lookup' : undefined,
    levels,
  }
}

function describe(
  parts: Parts,
  level: GuardedLevel,
  inspection: Inspection | undefined,
  key: string,
): LevelExplanation {
  const entry = inspection?.entry
  const now = parts.world.tick()
  return {
    name: level.name,
    ...judge(level, inspection, key, now),
    found: entry?.found ?? false,
    ttl: entry && remaining(entry, now),
    born: entry?.born,
    tags: entry?.tags ?? [],
    version: entry?.version,
  }
}

function judge(
  level: GuardedLevel,
  inspection: Inspection | undefined,
  key: string,
  now: number,
): Pick<LevelExplanation, 'state' | 'reason'> {
  if (inspection === undefined) return { state: 'unknown', reason: 'the level did not answer' }
  const { entry, barredBy } = inspection
  if (level.isBehind(key) || (entry !== undefined && level.isBehindOn(entry))) {
    return { state: 'unknown', reason: 'the level has missed an invalidation and is being told again' }
  }
  if (entry === undefined) return { state: 'absent', reason: 'the level holds nothing under this key' }
  if (barredBy !== undefined)
    return { state: 'barred', reason: `it is older than the last invalidation of ${named(barredBy)}` }
  if (isDead(entry, now)) return { state: 'barred', reason: 'its time is over' }
  return { state: 'served', reason: undefined }
}

function named(scope: Scope): string {
  return scope.kind === 'all' ? 'everything' : scopeId(scope)
}
