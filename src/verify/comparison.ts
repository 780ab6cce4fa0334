import type { Entry } from '../entry/entry.ts'
import type { UnknownReason } from '../observe/verified.ts'

/** What a look at one key has shown. */
export type Verdict =
  | { readonly kind: 'agreed' }
  /** A read would be answered by none of the levels that are looked at. */
  | { readonly kind: 'unserved' }
  | { readonly kind: 'unknown'; readonly why: UnknownReason }
  | Difference

/** Something else is served than lies there. */
export interface Difference {
  readonly kind: 'differs'
  readonly because: 'value' | 'invalidated'
  readonly level: string
  readonly served: Entry
  readonly held: Held | undefined
}

/** What the other side has. */
export type Held = Pick<Entry, 'found' | 'value' | 'version'> & { readonly born?: number | undefined }

/** Compares what is served with something else. */
export interface Comparison {
  /** What it compares with: the name of a level, or `source`. */
  readonly against: string
  /** Never rejects. */
  look(key: string): Promise<Verdict>
}

export const AGREED: Verdict = Object.freeze({ kind: 'agreed' })
export const UNSERVED: Verdict = Object.freeze({ kind: 'unserved' })

export function unknown(why: UnknownReason): Verdict {
  return { kind: 'unknown', why }
}

/** Looks that are taken before one gives up on a key that changes all the time. */
export const TRIES = 3
