/**
 * What becomes of an entry when level 1 is full: `low` leaves first, whatever the policy says; `pinned` leaves only when
 * nothing else is there; `normal` is for the policy to decide.
 */
export type Rank = 'low' | 'normal' | 'pinned'

export const RANKS: readonly Rank[] = Object.freeze(['low', 'normal', 'pinned'])
