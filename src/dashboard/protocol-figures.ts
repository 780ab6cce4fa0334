import type { KeyText, Told } from './protocol-words.ts'

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
  /** Mean, median and 90th and 99th percentile of fetches that ended in the interval. */
  readonly fetchMean: T
  readonly fetchP50: T
  readonly fetchP90: T
  readonly fetchP99: T
  /** Answers of level 1 that could not be proven to be current. */
  readonly unproven: T
  /** Requests answered with a stale copy; keys fetched anew in the background before they were stale. */
  readonly stale: T
  readonly refreshes: T
  /** Keys fetched under a lease for the whole fleet; keys others fetched for this process. */
  readonly leased: T
  readonly awaited: T
  /** State: keys being looked up or fetched. */
  readonly flights: T
  /** State: fetches that may be under way, are, and wait for their turn. `null`: no limit, or nothing spares the source. */
  readonly sourceLimit: T
  readonly sourceInFlight: T
  readonly sourceQueued: T
  /**
   * State: milliseconds that a question takes over the feed to the slowest process that answers, and its answer back. In
   * longer intervals the worst. `null` while nobody looks: `stats` with `feed` does, and `fleet`.
   */
  readonly feedLag: T
  /** Fetches that were not let through to the source, and retries of those that had failed. `null`: nothing spares it. */
  readonly shed: T
  readonly retried: T
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
  /** Milliseconds from one point to the next. */
  readonly step: number
  /** When each interval ended. */
  readonly at: readonly number[]
  readonly total: CacheColumns<readonly Told[]>
  readonly levels: readonly LevelColumns<readonly Told[]>[]
}

/** GET stats `?cache=NAME`: since the cache was made. With `&feed=1` the lag of the feed is measured for the next 15 s. */
export interface Stats {
  readonly cache: string
  readonly at: number
  readonly uptime: number
  /** hits / reads, 0 to 1. */
  readonly hitRatio: number
  readonly total: CacheColumns<Told>
  readonly levels: readonly (LevelColumns<Told> & LevelState)[]
  /** What checking reads has shown, by what they are compared with; `null` while nothing is checked. */
  readonly verified: readonly CheckedText[] | null
}

/** Reads that were compared with a level, or with the source. */
export interface CheckedText {
  /** The name of the level, or `source`. */
  readonly against: string
  /** All of it in a sentence. */
  readonly summary: string
  /** Reads that were compared. */
  readonly checked: number
  /** Those that had not agreed after the longest time, and those of which it is not yet known. */
  readonly disagreed: number
  readonly open: number
  /** Those of which nothing could be said. */
  readonly unknown: number
  /** The shortest time first. */
  readonly within: readonly CheckedWithin[]
  /** The last keys that did not agree, the latest first: at most 20. */
  readonly offenders: readonly OffenderText[]
}

/** How many of the reads that were checked had come to agree within a time. */
export interface CheckedWithin {
  /** Milliseconds. */
  readonly within: number
  /** Of the reads that were checked, those that agreed within that time; `null` before there are any. */
  readonly ratio: Told
  /** What that is at least of all reads, with 95 % confidence. */
  readonly atLeast: Told
}

/** A key of which something else was served than it was compared with. */
export interface OffenderText {
  readonly key: KeyText
  /** The name of the level that served it. */
  readonly level: string
  /** `value`: another value lies there. `invalidated`: it was invalidated there. */
  readonly because: 'value' | 'invalidated'
  /** Milliseconds from when the difference was first seen until it was last seen. */
  readonly duration: number
  /** Whether it was still so when it was last looked at. */
  readonly isOpen: boolean
}

/** What is to be said of a level besides its figures. */
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

/** What lies in one level. */
export interface LevelContent extends LevelState {
  /** Entries and bytes held; `null` where the level does not tell. */
  readonly size: Told
  readonly bytes: Told
  /** Up to `most` keys, the next to be evicted first; `null` where the level cannot tell without being asked. */
  readonly keys: readonly KeyText[] | null
  /** The queues of its policy; `null` where `keys` says all, or the level does not tell. */
  readonly queues: readonly QueueText[] | null
}

/** One of the queues in which an eviction policy keeps entries: `window`, `probation`, `small` … */
export interface QueueText {
  readonly name: string
  /** What its entries weigh together: entries, or bytes where those are bounded. */
  readonly weight: Told
  /** How many keys it remembers that have left. */
  readonly remembered: Told
  /** The key at which the next eviction begins to look. */
  readonly hand: KeyText | null
  /** What `numbers` are. `frequency`: about how often asked for of late. `used`: 1 since the hand passed. `left`: ms. */
  readonly counts: 'frequency' | 'hits' | 'uses' | 'used' | 'left' | null
  /** Up to 100, the next to leave it first. */
  readonly keys: readonly KeyText[]
  readonly numbers: readonly Told[]
}
