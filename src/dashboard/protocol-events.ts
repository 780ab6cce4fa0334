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
  /** In the order in which they happened. */
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
  | { readonly type: 'grounded'; readonly key: string }
  | { readonly type: 'set'; readonly keys: readonly string[]; readonly more: number }
  | { readonly type: 'invalidated'; readonly scopes: readonly ScopeText[]; readonly more: number }
  | {
      readonly type: 'heard'
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
  | { readonly type: 'levelFailed'; readonly level: number; readonly operation: string; readonly error: string }
  | { readonly type: 'levelCaughtUp'; readonly level: number; readonly scopes: number }
  | { readonly type: 'breaker'; readonly level: number; readonly state: 'closed' | 'open' | 'probing' }
  | { readonly type: 'lost'; readonly level: number }
  | { readonly type: 'warning'; readonly level: number; readonly text: string }
)
