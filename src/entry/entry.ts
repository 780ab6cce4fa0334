import type { Rank } from '../rank.ts'
import { DAWN, type Era } from './era.ts'
import { dueFrom, endAfter, hasGrace, Upkeep, upkeepExpired, upkeepTo } from './upkeep.ts'

/**
 * What a level keeps for a key: a fact, immutable. It is passed on boxed, so that `null`, `0`, `''`,
 * `false` and `NaN` are values like any other and a missing entry is never mistaken for one; how a
 * level keeps it is its own affair.
 */
export interface Entry {
  readonly key: string
  /** `false`: the source is known to have nothing under this key; `value` is `undefined` then. */
  readonly found: boolean
  readonly value: unknown
  /**
   * The era of the level that holds this entry, read from it *before* the value was looked for; or a
   * later one up to which that level knows of nothing that stands against the entry.
   */
  readonly born: Era
  /** The moment of `World.mono()` from which the entry is dead, in milliseconds; `Infinity` for never. */
  readonly deadline: number
  readonly tags: readonly string[]
  /** The caller's own version of the value, where there is one: an older version never replaces a newer. */
  readonly version: number | undefined
  /** How it is kept fresh; `undefined` where it is fresh for as long as it lives, and that is all. */
  readonly upkeep?: Upkeep | undefined
  /** What becomes of it when the level in this process's memory that it is written to is full; no other level heeds it. Default: `normal`. */
  readonly rank?: Rank | undefined
}

/**
 * An entry. It is made by a constructor, as everything is that holds what was read: see
 * `decisions/0006-no-literals-on-the-read-path.md`.
 */
export class Fact implements Entry {
  readonly key: string
  readonly found: boolean
  readonly value: unknown
  readonly born: Era
  readonly deadline: number
  readonly tags: readonly string[]
  readonly version: number | undefined
  readonly upkeep: Upkeep | undefined

  constructor(
    key: string,
    found: boolean,
    value: unknown,
    born: Era,
    deadline: number,
    tags: readonly string[],
    version: number | undefined,
    upkeep: Upkeep | undefined,
  ) {
    this.key = key
    this.found = found
    this.value = value
    this.born = born
    this.deadline = deadline
    this.tags = tags
    this.version = version
    this.upkeep = upkeep
  }
}

/** The tags of an entry that has none: one array for all of them. */
export const NO_TAGS: readonly string[] = Object.freeze([])

/** For how long it is known that the source has disowned what there was, in milliseconds. */
const DISOWNED_FOR = 100

/** That there is nothing under a key any more: stale at once, so that the source is asked, and soon gone. */
export function disowned(key: string, now: number): Entry {
  const upkeep = new Upkeep(now, now, now, undefined, undefined)
  return new Fact(key, false, undefined, DAWN, now + DISOWNED_FOR, NO_TAGS, undefined, upkeep)
}

/** The same fact, for a level whose era was `born` when the value was looked for. */
export function bornAt(entry: Entry, born: Era): Entry {
  return withTimes(entry, born, entry.deadline)
}

/** The same fact with another end. */
export function endingAt(entry: Entry, deadline: number): Entry {
  return withTimes(entry, entry.born, deadline)
}

/**
 * The same fact, fresh until another moment. The times before and after that keep their lengths: it is stale
 * for as long as before, and due as early.
 */
export function freshTo(entry: Entry, freshUntil: number): Entry {
  const { value, born, deadline, upkeep } = entry
  if (upkeep === undefined) return endingAt(entry, freshUntil)
  return like(entry, value, born, endAfter(upkeep, deadline, freshUntil), upkeepTo(upkeep, freshUntil))
}

/** The same fact, due at another moment, where it has an upkeep. */
export function dueAt(entry: Entry, due: number): Entry {
  const { value, born, deadline, upkeep } = entry
  return upkeep === undefined ? entry : like(entry, value, born, deadline, dueFrom(upkeep, due))
}

/** The same fact, stale at the moment `now`; `undefined` where it cannot be. */
export function expired(entry: Entry, now: number): Entry | undefined {
  const { value, born, deadline, upkeep } = entry
  return hasGrace(upkeep, deadline) ? like(entry, value, born, deadline, upkeepExpired(upkeep, now)) : undefined
}

/** The same with another value. */
export function withValue(entry: Entry, value: unknown): Entry {
  return like(entry, value, entry.born, entry.deadline, entry.upkeep)
}

/** The same with a rank, for the level in memory that it is written to. */
export function ranked(entry: Entry, rank: Rank): Entry {
  if (rank === (entry.rank ?? 'normal')) return entry
  return new RankedFact(entry, rank)
}

function withTimes(entry: Entry, born: Era, deadline: number): Entry {
  return like(entry, entry.value, born, deadline, entry.upkeep)
}

function like(
  { key, found, tags, version, rank }: Entry,
  value: unknown,
  born: Era,
  deadline: number,
  upkeep: Upkeep | undefined,
): Entry {
  const fact = new Fact(key, found, value, born, deadline, tags, version, upkeep)
  return rank === undefined ? fact : new RankedFact(fact, rank)
}

/** A fact on its way into level 1. What lies in a level or is read has no rank: most facts are spared the field. */
class RankedFact extends Fact {
  readonly rank: Rank

  constructor({ key, found, value, born, deadline, tags, version, upkeep }: Entry, rank: Rank) {
    super(key, found, value, born, deadline, tags, version, upkeep)
    this.rank = rank
  }
}

/** Whatever may carry a version. */
type Versioned = Pick<Entry, 'version'>

/** Whether `standing` carries a newer version than `candidate`, which must then not replace it. */
export function outranks(standing: Versioned | undefined, candidate: Versioned): boolean {
  return standing?.version !== undefined && candidate.version !== undefined && standing.version > candidate.version
}
