import { type Duration, isDuration, milliseconds, positiveDuration } from '../duration.ts'
import { NO_TAGS } from '../entry/entry.ts'
import type { FetchPriority } from '../events.ts'
import { type Check, expected, flag, number, oneOf } from '../options.ts'
import { RANKS, type Rank } from '../rank.ts'

/** How values are kept fresh, and what a call does while the source fails or is slow: options of a cache, a namespace or a call. */
export interface FreshnessOptions {
  /**
   * For how long after its ttl a value is kept as *stale*: it counts as a miss, and is served only where the
   * fetcher fails, is slow or is being spared. Default: 0, it is gone when its ttl is over.
   */
  readonly staleFor?: Duration | undefined
  /** Whether a stale copy is served when the fetcher fails. Default: `true`. */
  readonly staleOnError?: boolean | undefined
  /**
   * How long a call waits while it has a stale copy at hand; then it gets that, and the fetch goes on and is
   * kept. 0: at once (stale-while-revalidate). Not below `hardTimeout` it counts for nothing. Default: `Infinity`.
   */
  readonly softTimeout?: Duration | undefined
  /**
   * How long a call waits at most; then it gets a stale copy, its `fallback`, or `ERR_FETCH_TIMEOUT`. The fetch
   * goes on and is kept, unless it takes ten times as long: then it is aborted. Above 0. Default: `Infinity`.
   */
  readonly hardTimeout?: Duration | undefined
  /**
   * For how long a source that has failed for a key is not asked for it again while there is a stale copy;
   * twice as long after each further failure, up to 32 times. Default: one second. 0: every read asks.
   */
  readonly retryAfter?: Duration | undefined
  /**
   * From which age on a value that is asked for is refreshed in the background, by one process of the fleet: a
   * fraction of its ttl (a number below 1) or a duration, below 10 ms with its unit. Default: never.
   */
  readonly refreshAfter?: Duration | undefined
  /**
   * Refreshes values at random before their ttl ends, the sooner the longer they take to fetch: the β of XFetch
   * (Vattani et al., "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015), 1 being the usual; drawn
   * once for each copy. From 0 to 100. Default: 0, not at all.
   */
  readonly earlyRefresh?: number | undefined
  /**
   * Refreshes a value by the clock, when it was fetched so long ago, by one process of the fleet, whether it is
   * asked for or not; until nobody has asked this process for it for `refreshIdle`. For at most 10,000 keys; others
   * are refreshed at that age when they are asked for. 10 ms or more. Default: never.
   */
  readonly refreshEvery?: Duration | undefined
  /** When a value that nobody asks for is no longer refreshed by the clock; never one that was asked for since it last was. Default: five times `refreshEvery`. */
  readonly refreshIdle?: Duration | undefined
  /**
   * Whose fetches go first where they wait for their turn: see the cache's option `source`. What is refreshed in
   * the background is `low`. Default: `normal`.
   */
  readonly fetchPriority?: FetchPriority | undefined
  /**
   * What becomes of what is fetched or set when level 1 is full: `low` leaves before all others, `pinned` after all
   * others, as long as what is pinned takes no more than half of it. Level 1 of this process alone heeds it, and
   * not for what it finds in a level below. Default: `normal`, as the policy decides.
   */
  readonly priority?: Rank | undefined
}

/** {@link FreshnessOptions}, checked and complete, with how what is fetched is kept unless the fetcher says otherwise. */
export interface Terms {
  readonly ttl: number
  /** Fraction of its ttl, drawn at random up to this, that each value loses. */
  readonly ttlJitter: number
  readonly tags: readonly string[]
  /** What every value gets besides, whatever is said of it. */
  readonly ownTags: readonly string[]
  readonly staleFor: number
  readonly staleOnError: boolean
  readonly softTimeout: number
  readonly hardTimeout: number
  readonly retryAfter: number
  /** Below 1 a fraction of the ttl, else milliseconds. */
  readonly refreshAfter: number
  readonly earlyRefresh: number
  readonly refreshEvery: number
  /** `undefined`: five times `refreshEvery`. */
  readonly refreshIdle: number | undefined
  readonly fetchPriority: FetchPriority
  readonly priority: Rank
}

/** What is meant where nothing is said. */
export const DEFAULT_TERMS: Terms = Object.freeze({
  ttl: Number.POSITIVE_INFINITY,
  ttlJitter: 0,
  tags: NO_TAGS,
  ownTags: NO_TAGS,
  staleFor: 0,
  staleOnError: true,
  softTimeout: Number.POSITIVE_INFINITY,
  hardTimeout: Number.POSITIVE_INFINITY,
  retryAfter: 1000,
  refreshAfter: Number.POSITIVE_INFINITY,
  earlyRefresh: 0,
  refreshEvery: Number.POSITIVE_INFINITY,
  refreshIdle: undefined,
  fetchPriority: 'normal',
  priority: 'normal',
})

/** Below this a number of milliseconds could as well be meant as a multiple of the ttl, or as a percentage that is none. */
const LEAST_BARE = 10

/** A fraction below 1, or a duration of a millisecond or more. */
function age(value: unknown, where: string): number {
  if (typeof value === 'number' && value > 0 && value < 1) return value
  const length = isDuration(value) ? milliseconds(value, where) : 0
  if (length < 1)
    return expected("a fraction above 0 and below 1, or a duration of 1 ms or more such as '4m'", value, where)
  return typeof value === 'number' && length < LEAST_BARE
    ? expected(`a fraction below 1, or a duration (so short a one with its unit: '${value}ms')`, value, where)
    : length
}

const SHORTEST_RHYTHM = 10

function longEnough(value: unknown, where: string): number {
  const length = milliseconds(value, where)
  return length >= SHORTEST_RHYTHM ? length : expected(`a duration of ${SHORTEST_RHYTHM} ms or more`, value, where)
}

/** The checks of {@link FreshnessOptions}, for `readOptions`. */
export const freshnessSchema: {
  readonly staleFor: Check<number>
  readonly staleOnError: Check<boolean>
  readonly softTimeout: Check<number>
  readonly hardTimeout: Check<number>
  readonly retryAfter: Check<number>
  readonly refreshAfter: Check<number>
  readonly earlyRefresh: Check<number>
  readonly refreshEvery: Check<number>
  readonly refreshIdle: Check<number>
  readonly fetchPriority: Check<FetchPriority>
  readonly priority: Check<Rank>
} = {
  staleFor: milliseconds,
  staleOnError: flag,
  softTimeout: milliseconds,
  // A fetch that is given up at once is none.
  hardTimeout: positiveDuration,
  retryAfter: milliseconds,
  refreshAfter: age,
  earlyRefresh: number(0, 100),
  refreshEvery: longEnough,
  refreshIdle: milliseconds,
  fetchPriority: oneOf<FetchPriority>(['high', 'normal', 'low']),
  priority: oneOf(RANKS),
}

/** What is said of terms among other options that were read. */
export function termsIn(read: Partial<Terms>): Partial<Terms> {
  const said: Record<string, unknown> = {}
  for (const name of Object.keys(DEFAULT_TERMS) as (keyof Terms)[])
    if (read[name] !== undefined) said[name] = read[name]
  return said
}

/** Terms of which some are said anew. */
export function withTerms(terms: Terms, said: Partial<Terms>): Terms {
  return { ...terms, ...said }
}
