import type { Entry } from './entry.ts'
import type { Era } from './era.ts'
import { keepsStale, type Scope } from './scope.ts'

/** One floor: at which era something was invalidated. */
export interface Floor {
  readonly scope: Scope
  readonly era: Era
  /** Which process did it, where that is known: `undefined` where it is not, or where there is only this one. */
  readonly by?: string | undefined
}

/** Everything a level can tell of one key; `undefined` where it does not know. */
export interface Finding {
  /** What lies under the key, whether it may be served or not. */
  readonly entry: Entry | undefined
  /** The scope whose floor stands against it; `undefined` if none does. */
  readonly barredBy: Scope | undefined
  /** The scope whose floor has ended its freshness, so that it can only be served stale, which the entry tells, too; `undefined` if none has. */
  readonly expiredBy?: Scope | undefined
  /** Why it cannot be served, where the reason is neither a floor nor its age. */
  readonly flaw: string | undefined
  /** Milliseconds since it was written there. */
  readonly age: number | undefined
  /** Bytes it takes there. */
  readonly bytes: number | undefined
  /** The name of the codec its bytes were made with. */
  readonly codec: string | undefined
  /** The floors that are remembered and cover the key or a tag of what lies there; not all where there are very many. */
  readonly floors: readonly Floor[]
  /**
   * Floors over the key, and of any tag, that were made in the level and that this process has not heard of
   * yet; `undefined` where it hears in another way, or cannot tell.
   */
  readonly unheard?: readonly Floor[] | undefined
}

/** The floors listed for one key at most. */
export const MOST_FLOORS = 100

/** A finding of which nothing more is known. */
export const NOTHING_FOUND: Finding = Object.freeze({
  entry: undefined,
  barredBy: undefined,
  flaw: undefined,
  age: undefined,
  bytes: undefined,
  codec: undefined,
  floors: Object.freeze([]),
})

/** What a floor of service and one of freshness make of an entry: barred, stale (`expire`), or what it was. */
export function judged<E>(
  entry: E | undefined,
  barredBy: Scope | undefined,
  expiredBy: Scope | undefined,
  expire: (entry: E) => E | undefined,
): { entry: E | undefined } & Pick<Finding, 'barredBy' | 'expiredBy'> {
  if (entry === undefined || barredBy !== undefined || expiredBy === undefined) return { entry, barredBy }
  const stale = expire(entry)
  return stale === undefined ? { entry, barredBy: expiredBy } : { entry: stale, barredBy, expiredBy }
}

/** The first floor that stands against what was born at this era, those of freshness aside. */
export function barring(floors: readonly Floor[], born: Era): Scope | undefined {
  return floors.find(({ era, scope }) => born < era && !keepsStale(scope))?.scope
}

/** The first floor that stands against the freshness of what was born at this era. */
export function expiring(floors: readonly Floor[], born: Era): Scope | undefined {
  return floors.find(({ era, scope }) => born < era && keepsStale(scope))?.scope
}
