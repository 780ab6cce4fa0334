import { bornAt, type Entry } from '../entry/entry.ts'
import { type Era, UNCHECKED } from '../entry/era.ts'
import { keyScope } from '../entry/scope.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import type { Doing } from '../remote/level-writes.ts'
import type { Parts } from './parts.ts'

/** Replaces entries in level `n`, unless another process has changed their keys since the write began. */
export type Put = (n: number, entries: readonly Entry[]) => Promise<readonly Doing[]>

/** The eras a level gave for keys before a write; none for those it could not tell. */
type Tickets = ReadonlyMap<string, Era>

/**
 * A write that goes through several levels. Another process may change a key between one level and the
 * next: what it changed meanwhile must not be covered up above. So each level is told its own era from
 * before the write. A private one that has none is told afterwards what was heard meanwhile; a shared
 * one that has none, because it failed or cannot tell what others do to a key, keeps nothing: its copy
 * is removed. The deepest shared level decides who comes last, so it asks for no check.
 */
export async function withTickets<T>(
  parts: Parts,
  keys: readonly string[],
  write: (put: Put) => Promise<T>,
): Promise<T> {
  const { levels, overtaking } = parts
  const deepest = levels.findLastIndex(({ traits }) => traits.shares !== undefined)
  if (deepest <= 0) return write((n, entries) => levels[n]!.replace(entries.map((entry) => bornAt(entry, UNCHECKED))))
  const above = levels.slice(0, deepest)
  const isShared = above.some(({ traits }) => traits.shares !== undefined)
  const tickets = isShared
    ? await Promise.all(above.map((level) => ticketsFor(level, keys)))
    : above.map((level) => ticketsAtOnce(level, keys))
  return overtaking.during((watch) =>
    write(async (n, entries) => {
      const level = levels[n]!
      const ticket = tickets[n]
      if (ticket !== undefined && level.traits.shares !== undefined) return replaceOrRemove(level, entries, ticket)
      const doings = await level.replace(entries.map((entry) => bornAt(entry, ticket?.get(entry.key) ?? UNCHECKED)))
      if (ticket === undefined) return doings
      const overtaken = entries.filter((entry) => !ticket.has(entry.key) && watch.covers(entry))
      if (overtaken.length > 0) level.forget(overtaken.map(({ key }) => keyScope(key)))
      return doings
    }),
  )
}

/** What a level does not know at once it is asked: it may never have been reached, or only reading tells. */
async function ticketsFor(level: GuardedLevel, keys: readonly string[]): Promise<Tickets> {
  const births = ticketsAtOnce(level, keys)
  if (births.size === keys.length || level.traits.shares?.checksBirths !== true) return births
  const unknown = keys.filter((key) => !births.has(key))
  const eras = await level.erasOf(unknown)
  for (const [n, key] of unknown.entries()) if (!Number.isNaN(eras[n])) births.set(key, eras[n]!)
  return births
}

function ticketsAtOnce(level: GuardedLevel, keys: readonly string[]): Map<string, Era> {
  const births = new Map<string, Era>()
  for (const key of keys) {
    const era = level.eraAtOnce(key)
    if (era !== undefined) births.set(key, era)
  }
  return births
}

async function replaceOrRemove(level: GuardedLevel, entries: readonly Entry[], ticket: Tickets): Promise<Doing[]> {
  const checked: Entry[] = []
  const removed = []
  for (const entry of entries) {
    const era = ticket.get(entry.key)
    if (era === undefined) removed.push(keyScope(entry.key))
    else checked.push(bornAt(entry, era))
  }
  const removal = removed.length === 0 ? undefined : level.raise(removed)
  const doings = checked.length === 0 ? [] : await level.replace(checked)
  const done = (await removal) ?? 'done'
  let next = 0
  return entries.map(({ key }) => (ticket.has(key) ? doings[next++]! : done))
}
