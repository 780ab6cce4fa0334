import { bornAt, type Entry, endingAt, NO_TAGS } from '../entry/entry.ts'
import { keyScope } from '../entry/scope.ts'
import { shown, TerraceError } from '../errors.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { makeEntry } from './fetch.ts'
import { glimpse } from './inspect.ts'
import { lookUp } from './lookup.ts'
import type { Parts } from './parts.ts'
import { report } from './report.ts'
import { inTurn, replaceNow } from './write.ts'

/** Adds to the number under a key, or begins at 0. The key's deadline and tags stay unless `ttl` is given. */
export function increment(parts: Parts, key: string, by: number, ttl: number | undefined): Promise<number> {
  return inTurn(parts, [keyScope(key)], async () => {
    const entry = parts.levels[0]!.entry(key) ?? (await lookUp(parts, [key])[0]!).entry
    const sum = numberIn(entry, key) + by
    if (!Number.isFinite(sum)) throw notANumber(key, sum)
    report(parts, { type: 'set', keys: [key] })
    const fresh = makeEntry(parts, key, sum, ttl ?? parts.plan.ttl, entry?.tags ?? NO_TAGS, entry?.version)
    await replaceNow(parts, [entry === undefined || ttl !== undefined ? fresh : endingAt(fresh, entry.deadline)])
    return sum
  })
}

/** Gives a key a new deadline in every level that holds it. @returns whether any did */
export function expire(parts: Parts, key: string, ttl: number): Promise<boolean> {
  return inTurn(parts, [keyScope(key)], async () => {
    let held = false
    for (const level of parts.levels.toReversed()) held = (await expireIn(parts, level, key, ttl)) || held
    return held
  })
}

/** A level that cannot be told the new deadline must not keep the old one: its copy is invalidated. */
async function expireIn(parts: Parts, level: GuardedLevel, key: string, ttl: number): Promise<boolean> {
  const held = await glimpse(parts, level, key)
  if (held === 'absent') return false
  if (held !== 'unknown') {
    const fresh = makeEntry(parts, key, held.value, ttl, held.tags, held.version)
    const [keeping] = await level.write([bornAt(fresh, held.born)])
    if (keeping !== 'failed') return held.found
  }
  await level.raise([keyScope(key)])
  return false
}

function numberIn(entry: Entry | undefined, key: string): number {
  if (entry?.found !== true) return 0
  if (typeof entry.value === 'number' && Number.isFinite(entry.value)) return entry.value
  throw notANumber(key, entry.value)
}

function notANumber(key: string, value: unknown): TerraceError {
  return new TerraceError(
    'ERR_NOT_A_NUMBER',
    `increment: expected a finite number under ${shown(key)}, got ${shown(value)}`,
  )
}
