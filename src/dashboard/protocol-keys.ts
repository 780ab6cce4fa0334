import type { AskedScope, KeyText, ScopeText, Told } from './protocol-words.ts'

/** GET top `?cache=NAME`: at most 50 of each, the greatest first. */
export interface Top {
  readonly cache: string
  readonly at: number
  /** Since when it is counted. Counts fade: they halve every ten minutes. */
  readonly since: number
  /** One in so many hits of level 1 was looked at lately; counts are estimates for all of them. */
  readonly sampling: number
  /** The most often read, fetched and missed. */
  readonly hottest: readonly Counted[]
  readonly fetched: readonly Counted[]
  readonly missed: readonly Counted[]
  /** Estimated bytes in memory of values seen in level 1, sampled. `error` is 0. */
  readonly biggest: readonly Counted[]
}

/** A key, and how often it was counted. */
export interface Counted extends KeyText {
  readonly count: number
  /** How much of `count` may be too much. */
  readonly error: number
}

/** POST keys: those that begin so. */
export interface KeysRequest {
  readonly cache: string
  /** `''`: any key. */
  readonly prefix: string
  /** 1 to 1,000. Default: 100. */
  readonly most?: number
}

/** What is answered to {@link KeysRequest}. */
export interface KeysAnswer {
  readonly cache: string
  readonly keys: readonly KeyText[]
  /** `false`: there may be more; `most`, or the time for it (2 s), was over. */
  readonly complete: boolean
}

/** POST explain: where a key is now, and why it is or is not served. */
export interface ExplainRequest {
  readonly cache: string
  readonly key: string
}

/** What is answered to {@link ExplainRequest}. */
export interface ExplainAnswer {
  readonly cache: string
  readonly key: string
  readonly at: number
  /** The level that would answer a request now. */
  readonly servedBy: number | null
  /** The key is being looked up, or fetched, now. */
  readonly flight: 'lookup' | 'fetch' | null
  /** One sentence that says it all. */
  readonly summary: string
  readonly levels: readonly LevelExplained[]
}

/** What one level holds under a key. */
export interface LevelExplained {
  readonly name: string
  readonly state: 'served' | 'absent' | 'stale' | 'barred' | 'unknown'
  /** Why it is not served, in words. */
  readonly reason: string | null
  /** `false`: what is kept is that the key has no value. */
  readonly found: boolean
  /** Milliseconds left; `null`: no end, or nothing there (see `state`). */
  readonly ttl: Told
  /** How it is kept fresh; `null` where it is fresh for as long as it lives, and that is all. */
  readonly upkeep: UpkeepExplained | null
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

/** In milliseconds from now. */
export interface UpkeepExplained {
  /** How long ago its value was fetched or written. */
  readonly age: Told
  /** For how long it is fresh; `null` for always. */
  readonly freshFor: Told
  /** For how long it has been stale; `null` while it is fresh. */
  readonly staleFor: Told
  /** When whoever asks has it refreshed in the background; `null` where it is not refreshed ahead. */
  readonly dueIn: Told
  readonly etag: string | null
  readonly lastModified: string | null
}

/** An invalidation that a level remembers. */
export interface FloorText {
  readonly scope: ScopeText
  readonly era: number
  /** Which process raised it, where that is known. */
  readonly by: string | null
  /** Whether it stands against what lies there. */
  readonly bars: boolean
}

/** A value as text, as much of it as is shown. */
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
  readonly scope: AskedScope
  readonly ticket?: string
}

/** What is answered to {@link InvalidateRequest}: what would be covered, or what was done. */
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
  /** `null`: the level cannot be counted without disturbing it, or did not answer (`silent`). */
  readonly keys: Told
  /** It did not answer. */
  readonly silent?: true
  /** `false`: there may be more; counting ends after 100,000 keys looked at, or 2 s. */
  readonly complete: boolean
}
