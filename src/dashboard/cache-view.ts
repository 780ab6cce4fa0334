import type { LevelQueue } from '../level.ts'
import type { CacheStats, LevelStats } from '../observe/stats.ts'
import type { World } from '../world/world.ts'
import { ActivityFeed } from './activity-feed.ts'
import { adviceText } from './advice-text.ts'
import { checkedText } from './checked-text.ts'
import { EventStream } from './event-stream.ts'
import { sourceNow, told } from './interval.ts'
import { keyText } from './key-text.ts'
import { Lookout } from './lookout.ts'
import { Popularity } from './popularity.ts'
import {
  type AdviceAnswer,
  type Hello,
  type LevelColumns,
  type LevelState,
  type Levels,
  type Point,
  PROTOCOL,
  type QueueText,
  type Series,
  type Span,
  type Stats,
  type Told,
  type Top,
} from './protocol.ts'
import { Recorder } from './recorder.ts'
import { Refusal } from './reply.ts'
import type { ShownCache } from './shown-cache.ts'

/** One cache, watched: its figures over time, its top keys, and those who look at it now. */
export class CacheView {
  readonly name: string
  readonly cache: ShownCache
  readonly levels: readonly string[]
  readonly lookout: Lookout
  readonly #world: World
  readonly #process: string
  readonly #recorder: Recorder
  readonly #popularity: Popularity
  readonly #activity: ActivityFeed
  readonly #streams = new Set<EventStream>()
  readonly #stopHearing: () => void
  readonly #stopAdvice: () => void
  #isClosed = false

  /** @throws TerraceError `ERR_CLOSED` for a cache that is closed */
  constructor(name: string, cache: ShownCache, world: World, process: string) {
    this.name = name
    this.cache = cache
    this.#world = world
    this.#process = process
    this.levels = cache.stats().levels.map((level) => level.name)
    // Unless it was switched off: what is shown has to be measured first.
    this.#stopAdvice = cache.watchAdvice()
    this.lookout = new Lookout(cache, world)
    const onPoint = (point: Point): void => {
      for (const stream of this.#streams) stream.send('point', point)
    }
    this.#recorder = new Recorder(cache, world, () => this.lookout.lag, onPoint)
    this.#popularity = new Popularity(cache, world)
    this.#activity = new ActivityFeed(cache, world, this.levels)
    this.#stopHearing = cache.on(['closed'], () => this.close())
  }

  get listeners(): number {
    return this.#streams.size
  }

  /** `feed`: whether somebody wants to know its lag. */
  stats(feed: boolean): Stats {
    if (feed) this.lookout.look()
    const stats = this.cache.stats()
    return {
      cache: this.name,
      at: this.#now(),
      uptime: stats.uptime,
      hitRatio: stats.hitRatio,
      total: {
        reads: stats.requests,
        hits: stats.hits,
        misses: stats.misses,
        fetches: stats.fetches,
        fetchFailures: stats.fetchFailures,
        fetchMean: null,
        fetchP50: null,
        fetchP90: null,
        fetchP99: null,
        unproven: stats.unproven,
        stale: stats.stale,
        refreshes: stats.refreshes,
        leased: stats.leases.held,
        awaited: stats.leases.awaited,
        flights: stats.flights,
        ...sourceNow(stats),
        feedLag: told(this.lookout.lag),
        shed: told(stats.source?.shed),
        retried: told(stats.source?.retried),
      },
      levels: stats.levels.map((level, n) => ({ ...levelState(level), ...levelFigures(stats, level, n) })),
      verified: stats.verified?.against.map(checkedText) ?? null,
    }
  }

  series(span: Span): Series {
    return { cache: this.name, ...this.#recorder.series(span) }
  }

  contents(most: number): Levels {
    const { levels } = this.cache.stats({ keys: most, queues: Math.min(most, MOST_QUEUED) })
    return {
      cache: this.name,
      at: this.#now(),
      levels: levels.map((level) => ({
        ...levelState(level),
        size: told(level.size),
        bytes: told(level.bytes),
        keys: level.keys?.map(keyText) ?? null,
        queues: level.queues?.map(queueText) ?? null,
      })),
    }
  }

  top(): Top {
    return { cache: this.name, at: this.#now(), ...this.#popularity.top() }
  }

  advice(): AdviceAnswer {
    const { levels, why, age, memory } = this.cache.advice()
    return { cache: this.name, at: this.#now(), age, memory, levels: levels.map(adviceText), why: why ?? null }
  }

  /** The stream of what happens, for one listener. `most`: activities a second; 0 for figures alone. */
  listen(most: number): ReadableStream<Uint8Array> {
    if (this.#isClosed) throw new Refusal('closed', 'the cache is closed')
    // Throws where the cache is being closed.
    this.cache.stats()
    let stop = (): void => undefined
    const stream = new EventStream(this.#world, () => {
      stop()
      this.#streams.delete(stream)
    })
    this.#streams.add(stream)
    const hello: Hello = {
      protocol: PROTOCOL,
      process: this.#process,
      cache: this.name,
      levels: this.levels,
      at: this.#now(),
    }
    stream.send('hello', hello)
    if (most > 0) stop = this.#activity.add((activity) => stream.send('activity', activity), most)
    return stream.body
  }

  /** Ends all streams and stops watching. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stopHearing()
    this.#stopAdvice()
    this.#recorder.close()
    this.#popularity.close()
    this.lookout.close()
    for (const stream of [...this.#streams]) stream.close('closed')
  }

  #now(): number {
    return Math.round(this.#world.wall())
  }
}

/** Of each queue of a level. */
const MOST_QUEUED = 100

function queueText({ name, weight, remembered, hand, counts, keys, numbers }: LevelQueue): QueueText {
  return {
    name,
    weight: told(weight),
    remembered: told(remembered),
    hand: hand === undefined ? null : keyText(hand),
    counts: counts ?? null,
    keys: keys.map(keyText),
    numbers: numbers.map(told),
  }
}

/** What is to be said of a level besides its figures. */
export function levelState({ name, breaker, hearing, maxEntries, maxBytes, policy }: LevelStats): LevelState {
  return {
    name,
    breakerState: breaker,
    hearing: hearing ?? null,
    maxEntries: told(maxEntries),
    maxBytes: told(maxBytes),
    policy: policy ?? null,
  }
}

function levelFigures({ hitsByLevel }: CacheStats, level: LevelStats, n: number): LevelColumns<Told> {
  return {
    answered: hitsByLevel[n]!,
    hits: level.hits,
    misses: level.misses,
    sets: level.sets,
    deletes: level.deletes,
    evictions: told(level.evictions),
    expired: told(level.expired),
    failures: level.failures,
    size: told(level.size),
    bytes: told(level.bytes),
    pending: level.pending,
    breaker: { closed: 0, probing: 1, open: 2 }[level.breaker],
    proven: level.proven === undefined ? null : Number(level.proven),
    latencyMean: told(level.latency?.mean),
    latencyP50: null,
    latencyP90: null,
    latencyP99: null,
    latencyMax: told(level.latency?.max),
  }
}
