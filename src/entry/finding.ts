import type { Entry } from './entry.ts'
import type { Era } from './era.ts'
import type { Scope } from './scope.ts'

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

/** The first floor that stands against what was born at this era. */
export function barring(floors: readonly Floor[], born: Era): Scope | undefined {
  return floors.find(({ era }) => born < era)?.scope
}
