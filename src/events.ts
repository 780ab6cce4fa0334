import type { Inconsistency } from './entry/inconsistency.ts'
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

/** The calls of a cache that take a while. */
export type CallName =
  | 'get'
  | 'getMany'
  | 'getOrFetch'
  | 'getOrFetchMany'
  | 'has'
  | 'put'
  | 'set'
  | 'setMany'
  | 'delete'
  | 'deleteMany'
  | 'invalidateTags'
  | 'expireTags'
  | 'clear'
  | 'clearPrefix'
  | 'expire'
  | 'ttl'
  | 'increment'

/** Why a stale copy was served: the fetch failed, took longer than `softTimeout` or `hardTimeout`, or the source is spared, for it has just failed or has too much to do. */
export type StaleReason = 'failed' | 'slow' | 'spared'

/** How much it matters that a fetch is made soon, where fetches wait for their turn. */
export type FetchPriority = 'high' | 'normal' | 'low'

/** What a cache had begun, and was not done when its time was over. */
export interface LeftUndone {
  /** Whether everything was done. */
  readonly ok: boolean
  /** Keys that were still being fetched to be kept. Where the cache has closed, callers are answered later, and nothing is kept. */
  readonly fetches: number
  /** Pieces of work under way that nobody waits for, those fetches among them. */
  readonly work: number
  /** The levels that had missed invalidations, and how many; other processes may serve what they cover. */
  readonly pending: readonly { readonly level: string; readonly scopes: number }[]
}

/** Everything a cache tells its observers: a closed union, told apart by `type`. */
export type CacheEvent =
  /** A level answered a request. */
  | { readonly type: 'hit'; readonly key: string; readonly level: string }
  /** No level could answer a request. */
  | { readonly type: 'miss'; readonly key: string }
  /** An entry found further down was kept in `level` as well. */
  | { readonly type: 'promotion'; readonly key: string; readonly from: string; readonly level: string }
  /** What was fetched for a key is kept in `level`; the deepest level tells first. */
  | { readonly type: 'kept'; readonly key: string; readonly level: string }
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
  /** A request was answered with a stale copy that `level` has kept. */
  | { readonly type: 'stale'; readonly key: string; readonly level: string; readonly reason: StaleReason }
  /** A value that is not stale yet is being fetched anew in the background. */
  | { readonly type: 'refresh'; readonly key: string }
  /** A fetch was not let through to the source, after so many milliseconds in line: that was `full`, the fetch too `late`, or `displaced` by a higher priority. */
  | {
      readonly type: 'shed'
      readonly keys: readonly string[]
      readonly priority: FetchPriority
      readonly reason: 'full' | 'late' | 'displaced'
      readonly waited: number
    }
  /** A fetch has failed with `error` and is tried again in so many milliseconds: for the first time with `attempt` 1. */
  | {
      readonly type: 'retried'
      readonly keys: readonly string[]
      readonly attempt: number
      readonly delay: number
      readonly error: unknown
    }
  /** A request waits for what another one, which came before, has set out for: of a hundred such requests one asks. */
  | { readonly type: 'joined'; readonly key: string }
  /** An invalidation overtook a flight: its callers are answered, nothing it brings is kept. */
  | { readonly type: 'grounded'; readonly key: string }
  /** A value was given to the cache by `set`, `setMany`, `put` or `increment`. */
  | { readonly type: 'set'; readonly keys: readonly string[] }
  /** Something was invalidated by `delete`, `deleteMany`, `invalidateTags`, `clear` or `clearPrefix`. */
  | { readonly type: 'invalidated'; readonly scopes: readonly Scope[] }
  /** A level refused what a floor or a newer version stands against. */
  | { readonly type: 'superseded'; readonly key: string; readonly level: string }
  /**
   * A call of a level about so many keys (or scopes) has ended after so many milliseconds, answered or
   * `failed` with `error`. What level 1 answers in memory, without being called, is not told: looking
   * at the clock would take longer than the answer.
   */
  | {
      readonly type: 'levelCalled'
      readonly level: string
      readonly operation: LevelOperation
      readonly keys: number
      readonly duration: number
      readonly failed: boolean
      readonly error: unknown
    }
  /** An entry left a level to make room, or because its time was over; the levels in this process tell. */
  | {
      readonly type: 'removed'
      readonly key: string
      readonly level: string
      readonly reason: 'evicted' | 'expired'
    }
  /** A level threw, rejected, was late or answered with the wrong shape. The caller does not notice. */
  | {
      readonly type: 'levelFailed'
      readonly level: string
      readonly operation: LevelOperation
      readonly error: unknown
    }
  /** Invalidations a level had missed have reached it. */
  | { readonly type: 'levelCaughtUp'; readonly level: string; readonly scopes: number }
  /** A level cannot carry a value, or its store does not take it: it keeps none under its key. */
  | { readonly type: 'refused'; readonly key: string; readonly level: string; readonly reason: unknown }
  /** What lies in a level under a key is damaged, or of a kind this process cannot read: it counts as absent. */
  | { readonly type: 'damaged'; readonly key: string; readonly level: string; readonly reason: unknown }
  /**
   * What a level outside the process holds under a key does not fit the schema of its namespace, for which `issues`
   * gives the reasons: it counts as absent. What was restored into memory is told with the name of that level.
   */
  | { readonly type: 'mismatched'; readonly key: string; readonly level: string; readonly issues: string }
  /**
   * A level does not answer and is not asked for a while (`open`), is tried (`probing`), or answers again (`closed`).
   * With `part`, only one of several servers of the level: the name of the node, or the shard.
   */
  | { readonly type: 'breaker'; readonly level: string; readonly state: BreakerState; readonly part?: string }
  /** What other processes invalidated in a level they share reached this one. */
  | { readonly type: 'heard'; readonly level: string; readonly scopes: readonly Scope[] }
  /** What was invalidated in a level cannot be told, for it has lost it or could not be reached: everything held above it was dropped. */
  | { readonly type: 'lost'; readonly level: string }
  /**
   * A feed beside a level is not heard any more, and what is held above the level from now on lives for a short time,
   * as without a feed (`nothing`); or it is heard again (`feed`).
   */
  | { readonly type: 'hearing'; readonly level: string; readonly hearing: 'feed' | 'pulse' | 'nothing' }
  /**
   * What this process changed in a level was not told to the others yet, for the feed beside it does not take it: it is
   * tried again. Meanwhile those who hear the feed may serve what was there.
   */
  | { readonly type: 'unannounced'; readonly level: string; readonly scopes: readonly Scope[] }
  /**
   * A read that was checked (`cache.verify`) got something else than lies in another level or in the source, and
   * that was still so when one of the times had passed within which it was to agree.
   */
  | ({ readonly type: 'inconsistent' } & Inconsistency)
  /** Something about a level that its operator should know; said once. */
  | { readonly type: 'warning'; readonly level: string; readonly text: string }
  /** The cache is about to close, and has to leave something undone. */
  | ({ readonly type: 'unfinished' } & LeftUndone)
  | { readonly type: 'closed' }

/** What tells events apart. */
export type EventType = CacheEvent['type']

/** The event of one type, or of several. */
export type EventOf<T extends EventType> = Extract<CacheEvent, { readonly type: T }>

const TYPES: Readonly<Record<EventType, true>> = {
  hit: true,
  miss: true,
  promotion: true,
  kept: true,
  fetch: true,
  fetched: true,
  fetchFailed: true,
  shed: true,
  retried: true,
  stale: true,
  refresh: true,
  joined: true,
  grounded: true,
  set: true,
  invalidated: true,
  superseded: true,
  levelCalled: true,
  removed: true,
  levelFailed: true,
  levelCaughtUp: true,
  refused: true,
  damaged: true,
  mismatched: true,
  breaker: true,
  heard: true,
  lost: true,
  hearing: true,
  unannounced: true,
  inconsistent: true,
  warning: true,
  unfinished: true,
  closed: true,
}

/** Every type of event there is. */
export const EVENT_TYPES: readonly EventType[] = Object.freeze(Object.keys(TYPES) as EventType[])

/** Told every event, synchronously. What it throws, or rejects with later, is reported as a warning and goes no further. */
export type Observer = (event: CacheEvent) => void

/** Something a cache does that takes a while. Keys are those of the whole cache, with the namespace in front. */
export type Work =
  /** A call of the cache. What level 1 answers at once is one as well, for tracers that want hits. */
  | { readonly kind: 'call'; readonly method: CallName; readonly keys: readonly string[] }
  /** A call of a level. Several callers' keys may travel together; then this happens in the context of the first. */
  | {
      readonly kind: 'level'
      readonly level: string
      readonly operation: LevelOperation
      readonly keys: readonly string[]
      /** Whom the level asks, where that is known. */
      readonly backend?: Backend | undefined
    }
  /** A call of a fetcher. */
  | { readonly kind: 'fetch'; readonly keys: readonly string[] }
  /** What nobody waits for: telling a level what it has missed, renewing a lease. */
  | { readonly kind: 'background'; readonly why: string }

/** A store outside the code of a level, in the words that OpenTelemetry has for databases. */
export interface Backend {
  /** `redis`, `memcached`, `sqlite`. */
  readonly system: string
  /** Which of its databases: in Redis the number. `undefined` where it has none, or that is not known. */
  readonly namespace?: string | undefined
  /** The host, or the path of a socket, where it is always the same. */
  readonly address?: string | undefined
  readonly port?: number | undefined
}

/** What came of {@link Work}. */
export interface WorkDone {
  /** How many keys were found, where the work was to find some. */
  readonly found?: number | undefined
}

/**
 * Stands around each piece of work: calls `run`, once and at once, in whatever asynchronous context it
 * likes, and may wait for the promise that it returns, which rejects where the work failed. The work
 * itself goes its way: what a tracer returns is of no account, what it throws is reported as a warning.
 */
export type Tracer = (work: Work, run: () => Promise<WorkDone>) => unknown
