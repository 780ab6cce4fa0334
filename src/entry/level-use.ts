import type { Duration } from '../duration.ts'

/** What one call does with a level: `false`, nothing at all; or in detail. */
export type LevelUse =
  | boolean
  | {
      /** Whether it is asked. Default: `true`. */
      readonly read?: boolean | undefined
      /** Whether what is found further down, fetched or set is kept there. Default: `true`. */
      readonly write?: boolean | undefined
      /** For how long at most, from when it is written there. Default: as long as anywhere. */
      readonly ttl?: Duration | undefined
    }

/** By names of levels: `L1`, `L2` … by position, unless the level was given a `name`. One that is not named is used as always. */
export type LevelUses = { readonly [name: string]: LevelUse }
