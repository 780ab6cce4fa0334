import { isDead, isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { ServerInfo } from '../level.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { deepestHeard, type Parts } from './parts.ts'

/** What a level would serve under the key, without a trace where the level can be inspected. What is stale counts as absent. */
export async function glimpse(parts: Parts, level: GuardedLevel, key: string): Promise<Entry | 'absent' | 'unknown'> {
  if (level.isBehind(key)) return 'unknown'
  const inspected = await level.inspect([key])
  if (inspected === undefined) return 'unknown'
  const { entry, barredBy } = inspected[0]!
  if (entry === undefined || barredBy !== undefined) return 'absent'
  const now = parts.world.tick()
  if (isDead(entry, now) || isStale(entry, now)) return 'absent'
  return level.isBehindOn(entry) ? 'unknown' : entry
}

/** The first entry a request would meet, nearest level first; `undefined` if there is none. */
export async function firstHeld(parts: Parts, key: string): Promise<Entry | undefined> {
  const { levels } = parts
  // Private levels above this one are not believed.
  const from = (await isBelieved(parts, key)) ? 0 : deepestHeard(levels)
  for (const [n, level] of levels.entries()) {
    if (n < from && level.traits.shares === undefined) continue
    const held = await glimpse(parts, level, key)
    if (held !== 'absent' && held !== 'unknown') return held
  }
  return undefined
}

/** Whether what is held above the shared levels may be told of: they are asked where this process may not have heard of everything. */
export async function isBelieved({ currency, plan }: Parts, key: string): Promise<boolean> {
  return currency.isProven || (await currency.proves(key)) || plan.whenCutOff === 'serve'
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
