/**
 * How many invalidations a level has accepted, as counted by that level alone. Eras of different
 * levels are never compared. A counter needs no clock, so nothing here can be skewed by one.
 */
export type Era = number

/** The era of a level that has accepted no invalidation yet. */
export const DAWN: Era = 0

/** The birth of what is the truth whatever happened before: a write that asks for no check. */
export const UNCHECKED: Era = Number.POSITIVE_INFINITY
