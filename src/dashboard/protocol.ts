/*
 * What the dashboard's server and its page (or `terrace top`) say to each other. Types and a few
 * constants only: this file imports nothing, so that a browser can.
 *
 * All routes are relative to where the dashboard is mounted; the page uses relative URLs. Everything
 * but an event stream and static files is JSON. Times are milliseconds; moments are milliseconds since
 * the Unix epoch of the server. Where there is no number (`Infinity`, unknown), JSON has `null`.
 * Keys, tags and values are any text whatever: show them as text, never as HTML.
 */

/** Raised when something here changes so that an older page would err. */
export const PROTOCOL = 1

/**
 * GET:  session, stats, series, events, levels, top, fleet, advice; all but `session` take `?cache=NAME`.
 * POST: keys, explain, invalidate; bodies name the cache. Keys travel in bodies, so that no access log has
 *       them and any text is possible. A POST must have
 *       - `content-type: application/json`,
 *       - the header {@link TOKEN_HEADER} with the token of `session`,
 *       - an `Origin` that is the dashboard's own (browsers send it; others may leave it out).
 */
export const ROUTES: {
  readonly session: 'api/session'
  readonly stats: 'api/stats'
  readonly series: 'api/series'
  readonly events: 'api/events'
  readonly levels: 'api/levels'
  readonly top: 'api/top'
  readonly fleet: 'api/fleet'
  readonly advice: 'api/advice'
  readonly keys: 'api/keys'
  readonly explain: 'api/explain'
  readonly invalidate: 'api/invalidate'
} = {
  session: 'api/session',
  stats: 'api/stats',
  series: 'api/series',
  events: 'api/events',
  levels: 'api/levels',
  top: 'api/top',
  fleet: 'api/fleet',
  advice: 'api/advice',
  keys: 'api/keys',
  explain: 'api/explain',
  invalidate: 'api/invalidate',
}

export type RouteName = keyof typeof ROUTES

/** Carries the token of {@link Session} in every POST. */
export const TOKEN_HEADER = 'x-terrace-token'

/** Sent with every answer. Scripts and styles come from files of this origin; setting `element.style` by script is allowed. */
export const CONTENT_SECURITY_POLICY: string =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

/** A number that may be untold. */
export type Told = number | null

/** Any answer that is not 2xx. */
export interface Failure {
  readonly error: { readonly code: FailureCode; readonly message: string }
}

/**
 * `refused` 403: `authorize` did not say yes. `read-only` 403. `token` 403: ask for `session` again, once.
 * `origin` 403. `not-found` 404: no such route, file or cache. `method` 405. `bad-request` 400. `media-type` 415.
 * `too-large` 413. `ticket` 409: count again and confirm again. `busy` 503: too many listeners or searches.
 * `closed` 503: the cache is closed. `failed` 500.
 */
export type FailureCode =
  | 'refused'
  | 'read-only'
  | 'token'
  | 'origin'
  | 'not-found'
  | 'method'
  | 'bad-request'
  | 'media-type'
  | 'too-large'
  | 'ticket'
  | 'busy'
  | 'closed'
  | 'failed'

/** GET session: the first thing a page asks for. */
export interface Session {
  readonly protocol: number
  /** Version of the package. */
  readonly version: string
  /** Which process answers: behind a load balancer it may be another one each time. */
  readonly process: string
  /** Whether nothing can be changed from here. */
  readonly readOnly: boolean
  /** For {@link TOKEN_HEADER}. */
  readonly token: string
  readonly caches: readonly CacheName[]
}

export interface CacheName {
  readonly name: string
  /** Names of the levels, level 1 first. Everywhere else a level is a number: its place in this list. */
  readonly levels: readonly string[]
}

/** A key, at most 1,000 characters of it. */
export interface KeyText {
  readonly key: string
  /** Its length, where it was cut off: such a key cannot be asked for. */
  readonly cut?: number
}

/** Counts of a whole cache in one interval, unless marked as the state at its end. `T` is `Told` in a point, `Told[]` in a series. */
export interface CacheColumns<T> {
  /** Keys asked for. */
  readonly reads: T
  /** Of those, answered by some level. */
  readonly hits: T
  readonly misses: T
  /** Keys fetchers were called for. */
  readonly fetches: T
  readonly fetchFailures: T
  /** Mean and 90th and 99th percentile of fetches that ended in the interval. */
  readonly fetchMean: T
  readonly fetchP90: T
  readonly fetchP99: T
  /** Answers of level 1 that could not be proven to be current. */
  readonly unproven: T
  /** Keys fetched under a lease for the whole fleet; keys others fetched for this process. */
  readonly leased: T
  readonly awaited: T
  /** State: keys being looked up or fetched. */
  readonly flights: T
}

/** The same for one level. */
export interface LevelColumns<T> {
  /** Requests this level answered. hit ratio "by level" = answered / reads of the cache. */
  readonly answered: T
  /** Reads of this level that found an entry, and that did not. Its own hit ratio = hits / (hits + misses). */
  readonly hits: T
  readonly misses: T
  readonly sets: T
  readonly deletes: T
  readonly evictions: T
  readonly expired: T
  readonly failures: T
  /** State: entries and bytes held. */
  readonly size: T
  readonly bytes: T
  /** State: invalidations the level has missed and not yet been told. */
  readonly pending: T
  /** State: 0 closed (asked as usual), 1 probing, 2 open (not asked). In longer intervals the worst. */
  readonly breaker: T
  /** State: 1 if known to hear of everything, 0 if not. In longer intervals the worst. */
  readonly proven: T
  /** Milliseconds of reads that ended in the interval. `null` for a level inside the process. */
  readonly latencyMean: T
  readonly latencyP50: T
  readonly latencyP90: T
  readonly latencyP99: T
  readonly latencyMax: T
}

/** One interval. */
export interface Point {
  /** When the interval ended. */
  readonly at: number
  /** How long it was. */
  readonly length: number
  readonly total: CacheColumns<Told>
  readonly levels: readonly LevelColumns<Told>[]
}

/** `minute`: 1 s steps. `hour`: 10 s steps. `day`: 5 min steps. */
export type Span = 'minute' | 'hour' | 'day'

/** GET series `?cache=NAME&span=minute|hour|day`: in columns, oldest first, as charts want them. */
export interface Series {
  readonly cache: string
  readonly span: Span
  readonly step: number
  /** When each interval ended. */
  readonly at: readonly number[]
  readonly total: CacheColumns<readonly Told[]>
  readonly levels: readonly LevelColumns<readonly Told[]>[]
}

/** GET stats `?cache=NAME`: since the cache was made. */
export interface Stats {
  readonly cache: string
  readonly at: number
  readonly uptime: number
  readonly hitRatio: number
  readonly total: CacheColumns<Told>
  readonly levels: readonly (LevelColumns<Told> & LevelState)[]
}

export interface LevelState {
  readonly name: string
  readonly breakerState: 'closed' | 'open' | 'probing'
  /** How it hears of what others do; `null` for a level of this process alone. */
  readonly hearing: 'feed' | 'pulse' | 'nothing' | null
  /** The most it may hold; `null` where there is no bound or the level does not tell. */
  readonly maxEntries: Told
  readonly maxBytes: Told
  /** The name of its eviction policy, where it has one and tells. */
  readonly policy: string | null
}

/** GET levels `?cache=NAME&most=N` (1 to 2,000, default 200): what lies in each level. */
export interface Levels {
  readonly cache: string
  readonly at: number
  readonly levels: readonly LevelContent[]
}

export interface LevelContent extends LevelState {
  readonly size: Told
  readonly bytes: Told
  /** Up to `most` keys, the next to be evicted first; `null` where the level cannot tell without being asked. */
  readonly keys: readonly KeyText[] | null
}

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
  | { readonly type: 'refused' | 'damaged'; readonly key: string; readonly level: number; readonly error: string }
  | { readonly type: 'levelFailed'; readonly level: number; readonly operation: string; readonly error: string }
  | { readonly type: 'levelCaughtUp'; readonly level: number; readonly scopes: number }
  | { readonly type: 'breaker'; readonly level: number; readonly state: 'closed' | 'open' | 'probing' }
  | { readonly type: 'lost'; readonly level: number }
  | { readonly type: 'warning'; readonly level: number; readonly text: string }
)

/** What an invalidation covers. */
export type ScopeText =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' }

/** GET top `?cache=NAME`: at most 50 of each, the greatest first. */
export interface Top {
  readonly cache: string
  readonly at: number
  /** Since when it is counted. Counts fade: they halve every ten minutes. */
  readonly since: number
  /** One in so many hits of level 1 was looked at lately; counts are estimates for all of them. */
  readonly sampling: number
  readonly hottest: readonly Counted[]
  readonly fetched: readonly Counted[]
  readonly missed: readonly Counted[]
  /** Estimated bytes in memory of values seen in level 1, sampled. `error` is 0. */
  readonly biggest: readonly Counted[]
}

export interface Counted extends KeyText {
  readonly count: number
  /** How much of `count` may be too much. */
  readonly error: number
}

/** POST keys. */
export interface KeysRequest {
  readonly cache: string
  /** `''`: any key. */
  readonly prefix: string
  /** 1 to 1,000. Default: 100. */
  readonly most?: number
}

export interface KeysAnswer {
  readonly cache: string
  readonly keys: readonly KeyText[]
  /** `false`: there may be more; `most`, or the time for it (2 s), was over. */
  readonly complete: boolean
}

/** POST explain. */
export interface ExplainRequest {
  readonly cache: string
  readonly key: string
}

export interface ExplainAnswer {
  readonly cache: string
  readonly key: string
  readonly at: number
  /** The level that would answer a request now. */
  readonly servedBy: number | null
  readonly flight: 'lookup' | 'fetch' | null
  /** One sentence that says it all. */
  readonly summary: string
  readonly levels: readonly LevelExplained[]
}

export interface LevelExplained {
  readonly name: string
  readonly state: 'served' | 'absent' | 'barred' | 'unknown'
  /** Why it is not served, in words. */
  readonly reason: string | null
  /** `false`: what is kept is that the key has no value. */
  readonly found: boolean
  /** Milliseconds left; `null`: no end, or nothing there (see `state`). */
  readonly ttl: Told
  /** Milliseconds since it was written here, where the level knows. */
  readonly age: Told
  /** Bytes it takes here; `estimated`: of the value in memory. */
  readonly size: { readonly bytes: number; readonly estimated: boolean } | null
  readonly tags: readonly string[]
  readonly version: Told
  readonly born: Told
  /** Invalidations this level remembers that cover the key or what lies there, and at which era. */
  readonly floors: readonly FloorText[]
  /** The codec its bytes were made with; `null` where values are kept as they are. */
  readonly codec: string | null
  /** Which process last changed the key here (set or invalidated it), where that is known. */
  readonly writer: string | null
  /** The value as text: cut off, secrets masked. `null` where there is none or previews are off. */
  readonly preview: PreviewText | null
}

export interface FloorText {
  readonly scope: ScopeText
  readonly era: number
  /** Which process raised it, where that is known. */
  readonly by: string | null
  /** Whether it stands against what lies there. */
  readonly bars: boolean
}

export interface PreviewText {
  readonly text: string
  /** `object`, `array`, `string`, `number`, `Map`, `Buffer` … */
  readonly type: string
  /** Whether there is more than is shown. */
  readonly cut: boolean
  /** Whether something was masked. */
  readonly masked: boolean
}

/**
 * POST invalidate. First without `ticket`: nothing changes, and the answer says what would be covered.
 * Then, when a person has confirmed, the same with the ticket of that answer (good for two minutes).
 */
export interface InvalidateRequest {
  readonly cache: string
  readonly scope: ScopeText
  readonly ticket?: string
}

export type InvalidateAnswer =
  | {
      readonly done: false
      readonly covers: readonly Covered[]
      readonly ticket: string
    }
  | {
      readonly done: true
      readonly levels: readonly {
        readonly name: string
        readonly outcome: 'done' | 'superseded' | 'refused' | 'pending'
      }[]
      /** No level is pending. */
      readonly ok: boolean
    }

/** How many keys of a level a scope covers. */
export interface Covered {
  readonly name: string
  /** `null`: the level cannot be counted without disturbing it. */
  readonly keys: Told
  /** `false`: there may be more; counting ends after 100,000 keys looked at, or 2 s. */
  readonly complete: boolean
}

/** GET fleet `?cache=NAME`. */
export interface Fleet {
  readonly cache: string
  readonly at: number
  readonly process: string
  readonly levels: readonly FleetLevel[]
}

export interface FleetLevel extends LevelState {
  readonly proven: boolean | null
  readonly pending: number
  /** What its server, or servers, tell; `null` where there is none, or it does not answer. */
  readonly server: ServerText | null
}

export interface ServerText {
  readonly address: string | null
  readonly server: string
  readonly uptime: Told
  readonly hits: Told
  readonly misses: Told
  readonly hitRatio: Told
  readonly memory: Told
  readonly maxMemory: Told
  readonly keys: Told
  readonly clients: Told
  readonly evictions: Told
  /** Of a cluster. */
  readonly nodes: readonly ServerText[]
  /** A Redis Cluster as one of its nodes sees it. */
  readonly cluster: ClusterText | null
}

/** `state`: `ok`, or `fail` where some slots are not served. `slots`: served, of 16,384. */
export interface ClusterText {
  readonly state: string
  readonly slots: number
  readonly nodes: readonly ClusterNodeText[]
}

export interface ClusterNodeText {
  readonly address: string
  readonly role: 'master' | 'replica'
  /** Of a replica. */
  readonly master: string | null
  readonly slots: number
  readonly isUp: boolean
}

/** GET advice `?cache=NAME`: what other sizes and policies would bring. */
export interface AdviceAnswer {
  readonly cache: string
  readonly at: number
  /** Empty where nothing is measured (yet); `why` says so. */
  readonly levels: readonly LevelAdvice[]
  readonly why: string | null
}

export interface LevelAdvice {
  readonly level: number
  readonly unit: 'entries' | 'bytes'
  /** The present size, and what was measured there. */
  readonly size: number
  readonly hitRatio: number
  readonly policy: string | null
  /** Hit ratio (0 to 1) over size, one curve a policy, sizes rising. */
  readonly curves: readonly {
    readonly policy: string
    readonly sizes: readonly number[]
    readonly ratios: readonly number[]
  }[]
  /** In words, the most useful first. */
  readonly advice: readonly string[]
}
