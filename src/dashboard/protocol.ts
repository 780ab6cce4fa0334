/*
 * What the dashboard's server and its page (or `terrace top`) say to each other. Types and a few
 * constants only, so that a browser can import it.
 *
 * All routes are relative to where the dashboard is mounted; the page uses relative URLs. Everything
 * but an event stream and static files is JSON. Times are milliseconds; moments are milliseconds since
 * the Unix epoch of the server. Where there is no number (`Infinity`, unknown), JSON has `null`.
 * Keys, tags and values are any text whatever: show them as text, never as HTML.
 */

export type * from './protocol-advice.ts'
export type * from './protocol-events.ts'
export type * from './protocol-figures.ts'
export type * from './protocol-fleet.ts'
export type * from './protocol-keys.ts'
export type * from './protocol-words.ts'

/** Raised when something here changes so that an older page would err. */
export const PROTOCOL = 1

/**
 * GET:  session, stats, series, events, levels, top, fleet, advice; all but `session` take `?cache=NAME`.
 * POST: keys, explain, invalidate; bodies name the cache. Keys travel in bodies, so that no access log has
 *       them and any text is possible. A POST must have
 *       - `content-type: application/json`,
 *       - the header {@link SESSION_HEADER} with the token of `session`,
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

/** What a route is called in {@link ROUTES}. */
export type RouteName = keyof typeof ROUTES

/** Carries the token of {@link Session} in every POST. */
export const SESSION_HEADER = 'x-terrace-session'

/** Sent with every answer. Scripts and styles come from files of this origin; setting `element.style` by script is allowed. */
export const CONTENT_SECURITY_POLICY: string =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

/** Any answer that is not 2xx. */
export interface Failure {
  readonly error: { readonly code: FailureCode; readonly message: string }
}

/**
 * `refused` 403: `authorize` did not say yes. `read-only` 403. `token` 403: ask for `session` again, once.
 * `origin` 403. `not-found` 404: no such route, file or cache. `method` 405. `bad-request` 400. `media-type` 415.
 * `too-large` 413. `ticket` 409: count again and confirm again. `busy` 503: too many listeners or searches.
 * `closed` 503: the cache is closed. `failed` 500. `body-read` 500: what runs before the dashboard has read the body.
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
  | 'body-read'

/** GET session: the first thing a page asks for. */
export interface Session {
  readonly protocol: number
  /** Version of the package. */
  readonly version: string
  /** Which process answers: behind a load balancer it may be another one each time. */
  readonly process: string
  /** Whether nothing can be changed from here. */
  readonly readOnly: boolean
  /** For {@link SESSION_HEADER}. */
  readonly token: string
  readonly caches: readonly CacheName[]
}

/** A cache that can be asked about. */
export interface CacheName {
  readonly name: string
  /** Names of the levels, level 1 first. Everywhere else a level is a number: its place in this list. */
  readonly levels: readonly string[]
}
