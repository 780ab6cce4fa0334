import type { Scope } from './entry/scope.ts'

/** Whether a level is asked: `closed` is the ordinary state. */
export type BreakerState = 'closed' | 'open' | 'probing'

/** The calls a level can fail at. */
export type LevelOperation =
  | 'read'
  | 'write'
  | 'replace'
  | 'raise'
  | 'inspect'
  | 'keys'
  | 'lease'
  | 'amend'
  | 'info'
  | 'close'

/** Everything a cache tells its observers: a closed union, told apart by `type`. */
export type CacheEvent =
  /** A level answered a request. */
  | { readonly type: 'hit'; readonly key: string; readonly level: string }
  /** No level could answer a request. */
  | { readonly type: 'miss'; readonly key: string }
  /** An entry found further down was kept in `level` as well. */
  | { readonly type: 'promotion'; readonly key: string; readonly from: string; readonly level: string }
  /** A fetcher is about to be called for these keys. */
  | { readonly type: 'fetch'; readonly keys: readonly string[] }
  /** A fetcher answered, after so many milliseconds. */
  | { readonly type: 'fetched'; readonly keys: readonly string[]; readonly duration: number }
  /** A fetcher threw or rejected, after so many milliseconds. */
  | {
      readonly type: 'fetchFailed'
      readonly keys: readonly string[]
      readonly duration: number
      readonly error: unknown
    }
  /** An invalidation overtook a flight: its callers are answered, nothing it brings is kept. */
  | { readonly type: 'grounded'; readonly key: string }
  /** A value was given to the cache by `set`, `setMany`, `put` or `increment`. */
  | { readonly type: 'set'; readonly keys: readonly string[] }
  /** Something was invalidated by `delete`, `deleteMany`, `invalidateTags`, `clear` or `clearPrefix`. */
  | { readonly type: 'invalidated'; readonly scopes: readonly Scope[] }
  /** A level refused what a floor or a newer version stands against. */
  | { readonly type: 'superseded'; readonly key: string; readonly level: string }
  /** A level threw, rejected, was late or answered with the wrong shape. The caller does not notice. */
  | {
      readonly type: 'levelFailed'
      readonly level: string
      readonly operation: LevelOperation
      readonly error: unknown
    }
  /** Invalidations a level had missed have reached it. */
  | { readonly type: 'levelCaughtUp'; readonly level: string; readonly scopes: number }
  /** A level cannot carry a value, and keeps none under its key. */
  | { readonly type: 'refused'; readonly key: string; readonly level: string; readonly reason: unknown }
  /** What lies in a level under a key is damaged, or of a kind this process cannot read: it counts as absent. */
  | { readonly type: 'damaged'; readonly key: string; readonly level: string; readonly reason: unknown }
  /** A level does not answer and is not asked for a while (`open`), is tried (`probing`), or answers again (`closed`). */
  | { readonly type: 'breaker'; readonly level: string; readonly state: BreakerState }
  /** What other processes invalidated in a level they share reached this one. */
  | { readonly type: 'heard'; readonly level: string; readonly scopes: readonly Scope[] }
  /** What was invalidated in a level cannot be told, for it has lost it or could not be reached: everything held above it was dropped. */
  | { readonly type: 'lost'; readonly level: string }
  /** Something about a level that its operator should know; said once. */
  | { readonly type: 'warning'; readonly level: string; readonly text: string }
  | { readonly type: 'closed' }

/** Told every event, synchronously. What it throws is reported as a warning and goes no further. */
export type Observer = (event: CacheEvent) => void
