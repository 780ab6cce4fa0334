import type { Durations } from '../observe/durations.ts'
import { statsOf } from '../observe/observed.ts'
import type { CacheStats } from '../observe/stats.ts'
import type { Cancel, World } from '../world/world.ts'
import { PointRing } from './columns.ts'
import { Interval } from './interval.ts'
import type { Point, Series, Span } from './protocol.ts'
import type { ShownCache } from './shown-cache.ts'

/** Milliseconds of a step, and how many of them are remembered. */
const SPANS: Readonly<Record<Span, { readonly step: number; readonly steps: number }>> = {
  minute: { step: 1000, steps: 60 },
  hour: { step: 10_000, steps: 360 },
  day: { step: 300_000, steps: 288 },
}

/** Steps are taken by a timer that may be a little early. */
const SLACK = 100

interface Recording {
  readonly step: number
  readonly ring: PointRing
  readonly interval: Interval
}

/**
 * The last minute, hour and day of a cache, in memory: it looks at the counts once a second, and hears how
 * long calls of levels and of fetchers took. Hits of level 1 it does not hear of. Bounded: 708 rows of
 * 23 + 18 numbers a level.
 */
export class Recorder {
  readonly #cache: ShownCache
  readonly #world: World
  readonly #second: Interval
  readonly #recordings: ReadonlyMap<Span, Recording>
  readonly #feedLag: () => number | undefined
  readonly #onPoint: (point: Point) => void
  readonly #stop: () => void
  #cancel: Cancel | undefined

  /**
   * @param feedLag of the feed, where somebody looks
   * @param onPoint told each second
   */
  constructor(cache: ShownCache, world: World, feedLag: () => number | undefined, onPoint: (point: Point) => void) {
    this.#cache = cache
    this.#world = world
    this.#feedLag = feedLag
    this.#onPoint = onPoint
    const stats = cache.stats()
    const now = world.mono()
    this.#second = new Interval(stats, now)
    const spans = Object.entries(SPANS) as [Span, (typeof SPANS)[Span]][]
    this.#recordings = new Map(
      spans.map(([span, { step, steps }]) => {
        return [span, { step, ring: new PointRing(stats.levels.length, steps), interval: new Interval(stats, now) }]
      }),
    )
    const places = new Map(stats.levels.map(({ name }, n) => [name, n]))
    this.#stop = cache.on(['levelCalled', 'fetched', 'fetchFailed'], (event) => {
      if (event.type !== 'levelCalled') this.#second.fetches.add(event.duration)
      else if (event.operation === 'read') this.#readsOf(places.get(event.level))?.add(event.duration)
    })
    this.#tick()
  }

  /** The points of a span, the oldest first. */
  series(span: Span): Omit<Series, 'cache'> {
    const { step, ring } = this.#recordings.get(span)!
    const { at, total, levels } = ring.columns()
    return { span, step, at: at.map((each) => each ?? 0), total, levels }
  }

  close(): void {
    this.#cancel?.()
    this.#stop()
  }

  #readsOf(level: number | undefined): Durations | undefined {
    return level === undefined ? undefined : this.#second.reads[level]
  }

  #tick(): void {
    this.#cancel = this.#world.after(SPANS.minute.step, () => {
      const stats = statsOf(this.#cache)
      if (stats === undefined) return
      this.#record(stats)
      this.#tick()
    })
  }

  #record(stats: CacheStats): void {
    const now = this.#world.mono()
    const at = Math.round(this.#world.wall())
    const feedLag = this.#feedLag()
    for (const { step, ring, interval } of this.#recordings.values()) {
      interval.take(this.#second)
      interval.look(stats, feedLag)
      if (now - interval.began >= step - SLACK) ring.add(interval.end(stats, feedLag, now, at))
    }
    this.#onPoint(this.#second.end(stats, feedLag, now, at))
  }
}
