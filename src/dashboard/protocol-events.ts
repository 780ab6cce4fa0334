import type { ScopeText } from './protocol-words.ts'

/**
 * GET events `?cache=NAME&most=N`: `text/event-stream`. `most`: activities a second wanted (0 to 500, default 100).
 * Names of its events and what their data are, as JSON:
 *
 * - `hello`: {@link Hello}, first.
 * - `point`: {@link Point}, each second.
 * - `activity`: {@link Activity}, at most four a second, when something happened.
 * - `closed`: `{}`: the cache is closed, or the dashboard is; do not come back.
 */
export interface Hello {
  readonly protocol: number
  readonly process: string
  readonly cache: string
  readonly levels: readonly string[]
  readonly at: number
}

/** What happened since the last one, as far as a person could follow. */
export interface Activity {
  readonly at: number
  /** One in so many hits of level 1 was looked at, on average: 1 is all of them. Say so on the page when it is more. */
  readonly sampling: number
  /** How many things happened that were looked at and are not in `events`, for there were too many. */
  readonly left: number
  /** In the order in which they happened. Of what is rare (failures, invalidations …) up to ten of each type are always told. */
  readonly events: readonly Happening[]
}

/** `at`: when. `weight`: for how many of its kind it stands (1 where nothing is sampled). Levels are numbers; see {@link CacheName}. */
export type Happening = { readonly at: number; readonly weight: number } & (
  | { readonly type: 'hit'; readonly key: string; readonly level: number }
  | { readonly type: 'miss'; readonly key: string }
  | { readonly type: 'promotion'; readonly key: string; readonly from: number; readonly level: number }
  /** What was fetched is kept in a level; the deepest tells first. */
  | { readonly type: 'kept'; readonly key: string; readonly level: number }
  | { readonly type: 'fetch'; readonly keys: readonly string[]; readonly more: number }
  | { readonly type: 'fetched'; readonly keys: readonly string[]; readonly more: number; readonly duration: number }
  | {
      readonly type: 'fetchFailed'
      readonly keys: readonly string[]
      readonly more: number
      readonly duration: number
      readonly error: string
    }
  /** A request was answered with a stale copy of a level; a `hit` there is told as well, if it is in the sample. */
  | {
      readonly type: 'stale'
      readonly key: string
      readonly level: number
      readonly reason: 'failed' | 'slow' | 'spared'
    }
  /** A value that is not stale yet is being fetched anew in the background. */
  | { readonly type: 'refresh'; readonly key: string }
  /** A fetch was not let through to the source, after so many milliseconds in line. */
  | {
      readonly type: 'shed'
      readonly keys: readonly string[]
      readonly more: number
      readonly reason: 'full' | 'late' | 'displaced'
      readonly waited: number
    }
  /** A fetch has failed and is tried again in so many milliseconds. */
  | {
      readonly type: 'retried'
      readonly keys: readonly string[]
      readonly more: number
      readonly attempt: number
      readonly delay: number
      readonly error: string
    }
  | { readonly type: 'grounded'; readonly key: string }
  | { readonly type: 'set'; readonly keys: readonly string[]; readonly more: number }
  | { readonly type: 'invalidated'; readonly scopes: readonly ScopeText[]; readonly more: number }
  | {
      readonly type: 'heard' | 'unannounced'
      readonly level: number
      readonly scopes: readonly ScopeText[]
      readonly more: number
    }
  /** An entry left its level to make room, or because its time was over. */
  | {
      readonly type: 'removed'
      readonly key: string
      readonly level: number
      readonly reason: 'evicted' | 'expired'
    }
  | { readonly type: 'superseded'; readonly key: string; readonly level: number }
  | {
      readonly type: 'refused' | 'damaged' | 'mismatched'
      readonly key: string
      readonly level: number
      readonly error: string
    }
  /** A read that was checked got something else from `level` than lies in `against` (the name of a level, or `source`), for so long. */
  | {
      readonly type: 'inconsistent'
      readonly key: string
      readonly level: number
      readonly against: string
      readonly because: 'value' | 'invalidated'
      readonly duration: number
    }
  | { readonly type: 'levelFailed'; readonly level: number; readonly operation: string; readonly error: string }
  | { readonly type: 'levelCaughtUp'; readonly level: number; readonly scopes: number }
  | {
      readonly type: 'breaker'
      readonly level: number
      readonly state: 'closed' | 'open' | 'probing'
      /** One of several servers of the level. */
      readonly part?: string
    }
  | { readonly type: 'lost'; readonly level: number }
  | { readonly type: 'hearing'; readonly level: number; readonly hearing: 'feed' | 'pulse' | 'nothing' }
  | { readonly type: 'warning'; readonly level: number; readonly text: string }
)
