import type { Era } from './era.ts'

/** The last of a process's writes in one shard of a level: see `Point` in `stores/ledger.ts`, whose names are shortened here. */
export interface Mark {
  /** The first eight hexadecimal digits of the reign's name. */
  readonly reign: string
  readonly era: Era
  /** The first six hexadecimal digits of the step's name. */
  readonly link: string
}

/** Up to where others must have heard what is invalidated in one level, so that they are behind none of a process's writes. */
export interface Position {
  /** How many shards the level has. */
  readonly shards: number
  /** By shard; none where nothing was written. */
  readonly marks: ReadonlyMap<number, Mark>
  /** It cannot be told how far that is: who has to know asks each time. */
  readonly isOpen: boolean
}

export const REIGN_DIGITS = 8
export const LINK_DIGITS = 6

/** The mark of a step, from the full names of its reign and of itself. */
export function markOf(reign: string, era: Era, link: string): Mark {
  return { reign: reign.slice(0, REIGN_DIGITS), era, link: link.slice(0, LINK_DIGITS) }
}
