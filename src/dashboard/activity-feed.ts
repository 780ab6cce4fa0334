import type { Cancel, World } from '../world/world.ts'
import { happening, isRare, SHOWN_EVENTS, type ShownEvent } from './happening.ts'
import { shortText } from './key-text.ts'
import type { Activity, Happening } from './protocol.ts'
import type { ShownCache } from './shown-cache.ts'

/** Told what happened since the last time. */
export type ActivityListener = (activity: Activity) => void

/** Milliseconds from one telling to the next. */
const EVERY = 250
/** The most that anybody may want a second. */
export const MOST_ACTIVITIES = 500
/** Of what is told, so much at most is hits: the way of a value that is fetched has room beside them. */
const MOST_HITS = 1 / 2
/** Of what is rare, in one telling. */
const MOST_RARE = 50

interface Listening {
  readonly listener: ActivityListener
  /** The most it wants in one telling. */
  readonly most: number
}

/**
 * What a cache does, for people to watch: the events of a quarter of a second together, as many as were
 * asked for and those that come first, so that what belongs together is seen together. While nobody
 * listens it hears nothing.
 */
export class ActivityFeed {
  readonly #cache: ShownCache
  readonly #world: World
  readonly #places: ReadonlyMap<string, number>
  readonly #listening = new Set<Listening>()
  #stops: (() => void)[] = []
  #cancel: Cancel | undefined
  #often: Happening[] = []
  #rare: Happening[] = []
  #left = 0
  /** The most anybody wants in one telling. */
  #most = 0
  #hits = 0
  #samples = 0
  /** Samples in `often`. */
  #shownHits = 0

  constructor(cache: ShownCache, world: World, levels: readonly string[]) {
    this.#cache = cache
    this.#world = world
    this.#places = new Map(levels.map((name, n) => [name, n]))
  }

  /**
   * @param perSecond how much `listener` can take, up to {@link MOST_ACTIVITIES}
   * @returns stops telling it
   */
  add(listener: ActivityListener, perSecond: number): () => void {
    const listening = { listener, most: Math.max(1, Math.ceil((perSecond * EVERY) / 1000)) }
    this.#listening.add(listening)
    if (this.#listening.size === 1) this.#begin()
    this.#measure()
    return () => {
      if (!this.#listening.delete(listening)) return
      this.#measure()
      if (this.#listening.size === 0) this.#end()
    }
  }

  #begin(): void {
    this.#stops = [
      this.#cache.on(SHOWN_EVENTS, (event) => this.#note(event)),
      this.#cache.sampleHits(MOST_ACTIVITIES, (key, hits, level) => this.#noteHit(key, hits, level)),
    ]
    this.#tick()
  }

  #end(): void {
    this.#cancel?.()
    for (const stop of this.#stops) stop()
    this.#stops = []
    this.#clear()
  }

  #measure(): void {
    this.#most = Math.max(0, ...[...this.#listening].map(({ most }) => most))
  }

  #note(event: ShownEvent): void {
    const [list, most] = isRare(event) ? [this.#rare, MOST_RARE] : [this.#often, this.#most]
    if (list.length >= most) this.#left++
    else list.push(happening(event, this.#now(), this.#places))
  }

  #noteHit(key: string, hits: number, level: string): void {
    this.#hits += hits
    this.#samples++
    const isFull = this.#often.length >= this.#most || this.#shownHits >= this.#most * MOST_HITS
    if (isFull) this.#left++
    else {
      this.#shownHits++
      const place = this.#places.get(level) ?? -1
      this.#often.push({ at: this.#now(), weight: hits, type: 'hit', key: shortText(key), level: place })
    }
  }

  #now(): number {
    return Math.round(this.#world.wall())
  }

  #tick(): void {
    this.#cancel = this.#world.after(EVERY, () => {
      this.#tell()
      if (this.#listening.size > 0) this.#tick()
    })
  }

  #tell(): void {
    const { length } = this.#often
    if (length + this.#rare.length + this.#left === 0) return
    const sampling = this.#samples === 0 ? 1 : Math.max(1, Math.round(this.#hits / this.#samples))
    for (const { listener, most } of [...this.#listening]) {
      const events = [...this.#often.slice(0, most), ...this.#rare].sort((a, b) => a.at - b.at)
      listener({ at: this.#now(), sampling, left: this.#left + Math.max(0, length - most), events })
    }
    this.#clear()
  }

  #clear(): void {
    this.#often = []
    this.#rare = []
    this.#left = 0
    this.#hits = 0
    this.#samples = 0
    this.#shownHits = 0
  }
}
