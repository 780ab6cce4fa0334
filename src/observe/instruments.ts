import type { BreakerState, EventType } from '../events.ts'
import type { CacheStats, LevelStats, NamespaceStats, SourceStats } from './stats.ts'

/** One figure, told apart from others of its kind by labels. */
interface Point {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One kind of figure, read from the counts that a cache keeps anyway. */
export interface Instrument {
  /** As OpenTelemetry names it: `terrace.level.hits`. */
  readonly name: string
  /** A `counter` only grows, a `sum` of several processes means something, of a `gauge` it does not. */
  readonly kind: 'counter' | 'sum' | 'gauge'
  /** In UCUM: `s`, `By`, or what is counted, in braces. */
  readonly unit: string
  readonly help: string
  /** Names of the labels, besides the name of the cache. */
  readonly labels: readonly string[]
  readonly points: (stats: CacheStats) => readonly Point[]
}

/** How long something took, counted by bounds. */
export interface Timing {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'probing']

/** Everything that {@link CacheStats} tells. Labels are bounded: caches, levels, namespaces that were declared, and words of this library. */
export const INSTRUMENTS: readonly Instrument[] = [
  whole('terrace.requests', 'counter', '{request}', 'Keys asked for.', ({ requests }) => requests),
  {
    name: 'terrace.hits',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests answered, by the level that answered.',
    labels: ['level'],
    points: ({ hitsByLevel, levels }) => hitsByLevel.map((value, n) => ({ labels: { level: levels[n]!.name }, value })),
  },
  whole('terrace.misses', 'counter', '{request}', 'Requests that no level could answer.', ({ misses }) => misses),
  whole('terrace.fetches', 'counter', '{key}', 'Keys fetchers were called for.', ({ fetches }) => fetches),
  whole(
    'terrace.fetch.failures',
    'counter',
    '{key}',
    'Keys whose fetcher threw or rejected.',
    ({ fetchFailures }) => fetchFailures,
  ),
  whole(
    'terrace.hits.unproven',
    'counter',
    '{request}',
    'Hits of level 1 while shared levels could not be reached for longer than maxStaleness.',
    ({ unproven }) => unproven,
  ),
  whole(
    'terrace.stale.answers',
    'counter',
    '{request}',
    'Requests answered with a stale copy, because the source had failed, was slow or is being spared.',
    ({ stale }) => stale,
  ),
  whole(
    'terrace.refreshes',
    'counter',
    '{key}',
    'Keys fetched anew in the background before they were stale.',
    ({ refreshes }) => refreshes,
  ),
  whole('terrace.leases.held', 'counter', '{key}', 'Keys fetched for the whole fleet.', ({ leases }) => leases.held),
  whole(
    'terrace.leases.awaited',
    'counter',
    '{key}',
    'Keys another process was let to fetch.',
    ({ leases }) => leases.awaited,
  ),
  whole('terrace.flights', 'sum', '{key}', 'Keys being looked up or fetched now.', ({ flights }) => flights),
  {
    name: 'terrace.verified.reads',
    kind: 'counter',
    unit: '{read}',
    help: 'Reads that were checked, by what they were compared with, and whether they agreed within so many seconds.',
    labels: ['against', 'within', 'agreed'],
    points: ({ verified }) =>
      (verified?.against ?? []).flatMap(({ against, within }) =>
        within.flatMap((bound) => {
          const seconds = String(bound.within / 1000)
          return [
            { labels: { against, within: seconds, agreed: 'true' }, value: bound.agreed },
            { labels: { against, within: seconds, agreed: 'false' }, value: bound.late },
          ]
        }),
      ),
  },
  {
    name: 'terrace.verified.unknown',
    kind: 'counter',
    unit: '{read}',
    help: 'Reads that were to be checked and of which nothing could be said.',
    labels: ['against', 'why'],
    points: ({ verified }) =>
      (verified?.against ?? []).flatMap(({ against, unknown }) =>
        Object.entries(unknown).map(([why, value]) => ({ labels: { against, why }, value })),
      ),
  },
  whole('terrace.uptime', 'gauge', 's', 'How long ago the cache was made.', ({ uptime }) => uptime / 1000),
  source('limit', 'gauge', '{fetch}', 'How many fetches may be under way at a time.', ({ limit }) => limit),
  source('in_flight', 'sum', '{fetch}', 'Fetches under way, batches counting as one.', ({ inFlight }) => inFlight),
  source('queued', 'sum', '{fetch}', 'Fetches that wait for their turn.', ({ queued }) => queued),
  source('shed', 'counter', '{fetch}', 'Fetches that were not let through to the source.', ({ shed }) => shed),
  source('retries', 'counter', '{fetch}', 'Fetches that had failed and were tried again.', ({ retried }) => retried),
  source('waiting', 'counter', 's', 'How long fetches have waited for their turn.', ({ waited }) => waited / 1000),
  namespace('requests', '{request}', 'Keys asked for in the namespace.', ({ requests }) => requests),
  {
    name: 'terrace.namespace.hits',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests in the namespace that were answered, by the level that answered.',
    labels: ['namespace', 'level'],
    points: ({ namespaces, levels }) =>
      namespaces.flatMap(({ name, hitsByLevel }) =>
        hitsByLevel.map((value, n) => ({ labels: { namespace: name, level: levels[n]!.name }, value })),
      ),
  },
  namespace('misses', '{request}', 'Requests in it that no level could answer.', ({ misses }) => misses),
  namespace('fetches', '{key}', 'Keys of it fetchers were called for.', ({ fetches }) => fetches),
  namespace('fetch.failures', '{key}', 'Keys of it whose fetcher failed.', ({ fetchFailures }) => fetchFailures),
  namespace('stale', '{request}', 'Requests in it that were answered with a stale copy.', ({ stale }) => stale),
  namespace('mismatched', '{value}', 'Values that did not fit its schema.', ({ mismatched }) => mismatched),
  level('entries', 'sum', '{entry}', 'Entries held.', ({ size }) => size),
  level('size', 'sum', 'By', 'Bytes held, where the level is bounded by bytes.', ({ bytes }) => bytes),
  level('hits', 'counter', '{key}', 'Reads of the level that found an entry.', ({ hits }) => hits),
  level('misses', 'counter', '{key}', 'Reads of the level that found none.', ({ misses }) => misses),
  level('writes', 'counter', '{entry}', 'Entries written: fills, promotions, sets and puts.', ({ sets }) => sets),
  level('deletes', 'counter', '{key}', 'Keys deleted.', ({ deletes }) => deletes),
  level('evictions', 'counter', '{entry}', 'Entries that left to make room.', ({ evictions }) => evictions),
  level(
    'expirations',
    'counter',
    '{entry}',
    'Entries that left because their time was over.',
    ({ expired }) => expired,
  ),
  level('failures', 'counter', '{call}', 'Calls that failed, were late or answered nonsense.', (of) => of.failures),
  level('pending', 'sum', '{invalidation}', 'Invalidations missed and not yet told.', ({ pending }) => pending),
  {
    name: 'terrace.level.breaker',
    kind: 'gauge',
    unit: '{state}',
    help: 'Whether the level is asked: 1 for the state its breaker is in, 0 for the others.',
    labels: ['level', 'state'],
    points: ({ levels }) =>
      levels.flatMap(({ name, breaker }) =>
        BREAKER_STATES.map((state) => ({ labels: { level: name, state }, value: state === breaker ? 1 : 0 })),
      ),
  },
  level(
    'proven',
    'gauge',
    '{state}',
    'Whether the process is known to hear of every invalidation of others within maxStaleness: 1 or 0.',
    ({ proven }) => (proven === undefined ? undefined : Number(proven)),
  ),
]

/** In seconds. */
export const LEVEL_DURATION: Timing = {
  name: 'terrace.level.duration',
  help: 'How long calls of a level took. Level 1 answers from memory without being called.',
  labels: ['level', 'operation', 'error_type'],
}

/** In seconds. */
export const FETCH_DURATION: Timing = {
  name: 'terrace.fetch.duration',
  help: 'How long calls of fetchers took.',
  labels: ['error_type'],
}

/** Events that no count of the statistics tells of. */
export const COUNTED: readonly Exclude<EventType, 'levelCalled' | 'fetched' | 'fetchFailed'>[] = [
  'promotion',
  'joined',
  'grounded',
  'invalidated',
  'superseded',
  'refused',
  'damaged',
  'mismatched',
  'heard',
  'lost',
  'hearing',
  'unannounced',
  'levelCaughtUp',
  'inconsistent',
  'warning',
]

export const EVENTS_COUNTED: Pick<Instrument, 'name' | 'kind' | 'unit' | 'help' | 'labels'> = {
  name: 'terrace.events',
  kind: 'counter',
  unit: '{event}',
  help: `Events since they are counted: ${COUNTED.join(', ')}.`,
  labels: ['event', 'level'],
}

/** Bounds of durations in seconds: from what memory takes to what nobody waits for. */
export const BOUNDS: readonly number[] = Object.freeze([
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
])

function whole(
  name: string,
  kind: Instrument['kind'],
  unit: string,
  help: string,
  value: (stats: CacheStats) => number,
): Instrument {
  return { name, kind, unit, help, labels: [], points: (stats) => [{ labels: {}, value: value(stats) }] }
}

/** One count of each namespace that was declared with options. */
function namespace(what: string, unit: string, help: string, value: (stats: NamespaceStats) => number): Instrument {
  const points = ({ namespaces }: CacheStats): Point[] =>
    namespaces.map((stats) => ({ labels: { namespace: stats.name }, value: value(stats) }))
  return { name: `terrace.namespace.${what}`, kind: 'counter', unit, help, labels: ['namespace'], points }
}

/** One figure of a source that is being spared. */
function source(
  what: string,
  kind: Instrument['kind'],
  unit: string,
  help: string,
  value: (stats: SourceStats) => number | undefined,
): Instrument {
  const points = ({ source: stats }: CacheStats): Point[] => {
    const figure = stats && value(stats)
    return figure === undefined ? [] : [{ labels: {}, value: figure }]
  }
  return { name: `terrace.source.${what}`, kind, unit, help, labels: [], points }
}

/** One figure of each level that can tell it. */
function level(
  what: string,
  kind: Instrument['kind'],
  unit: string,
  help: string,
  value: (stats: LevelStats) => number | undefined,
): Instrument {
  const points = ({ levels }: CacheStats): Point[] => {
    const told: Point[] = []
    for (const stats of levels) {
      const figure = value(stats)
      if (figure !== undefined) told.push({ labels: { level: stats.name }, value: figure })
    }
    return told
  }
  return { name: `terrace.level.${what}`, kind, unit, help, labels: ['level'], points }
}
