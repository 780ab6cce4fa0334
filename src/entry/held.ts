import type { Entry } from './entry.ts'

/**
 * What stands in the place of a value where a key is known to have none. `undefined` is no value
 * either: there it says that nothing is known.
 */
export const ABSENT: unique symbol = Symbol('terrace.absent')

/** What an entry holds, without the entry: its value, `ABSENT`, or `undefined` where there is no entry. */
export function heldIn(entry: Entry | undefined): unknown {
  if (entry === undefined) return undefined
  return entry.found ? entry.value : ABSENT
}

/** The value in what is held; `undefined` if there is none. */
export function valueIn(held: unknown): unknown {
  return held === ABSENT ? undefined : held
}
