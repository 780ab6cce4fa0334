import type { Scope } from './entry/scope.ts'

/** The calls a level can fail at. */
export type LevelOperation = 'read' | 'write' | 'replace' | 'raise' | 'inspect' | 'keys' | 'close'

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
  | { readonly type: 'closed' }

/** Told every event, synchronously. What it throws is reported as a warning and goes no further. */
export type Observer = (event: CacheEvent) => void
