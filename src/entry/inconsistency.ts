/** One side of a difference. */
export interface Side {
  readonly found: boolean
  /** The caller's own version, where it was given one. */
  readonly version: number | undefined
  /** The era of its level in which it was looked for. Eras of different levels cannot be compared. */
  readonly born: number | undefined
  /** Only with the option `values`. */
  readonly value?: unknown
}

/** A key under which something else was served than lies below. */
export interface Inconsistency {
  /** With the namespace in front. */
  readonly key: string
  /** The level that served it. */
  readonly level: string
  /** The level it was compared with, or `source`. */
  readonly against: string
  /** `value`: another value lies there; `invalidated`: what is served was invalidated there. */
  readonly because: 'value' | 'invalidated'
  /** Milliseconds from when it was first seen until it was last seen. */
  readonly duration: number
  readonly served: Side
  /** `undefined` where nothing lies there any more. */
  readonly held: Side | undefined
}
