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
/** Of what is rare, in one telling: of each type, so that a source that fails all the time hides no breaker. */
const MOST_RARE = 10

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
  /** In the order in which they happened. */
  #seen: Happening[] = []
  /** How many of `seen` are not rare; how many are, by type. */
  #often = 0
  readonly #rareOf = new Map<string, number>()
  #left = 0
  /** The most anybody wants in one telling. */
  #most = 0
  #hits = 0
  #samples = 0
  /** Samples in `seen`. */
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
    const isOneOfFew = isRare(event)
    const seen = isOneOfFew ? (this.#rareOf.get(event.type) ?? 0) : this.#often
    if (seen >= (isOneOfFew ? MOST_RARE : this.#most)) {
      this.#left++
      return
    }
    if (isOneOfFew) this.#rareOf.set(event.type, seen + 1)
    else this.#often++
    this.#seen.push(happening(event, this.#now(), this.#places))
  }

  #noteHit(key: string, hits: number, level: string): void {
    this.#hits += hits
    this.#samples++
    const isFull = this.#often >= this.#most || this.#shownHits >= this.#most * MOST_HITS
    if (isFull) this.#left++
    else {
      this.#shownHits++
      this.#often++
      const place = this.#places.get(level) ?? -1
      this.#seen.push({ at: this.#now(), weight: hits, type: 'hit', key: shortText(key), level: place })
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
    if (this.#seen.length + this.#left === 0) return
    const sampling = this.#samples === 0 ? 1 : Math.max(1, Math.round(this.#hits / this.#samples))
    for (const { listener, most } of [...this.#listening]) {
      let room = most
      const events = this.#seen.filter((event) => isRare(event) || room-- > 0)
      listener({ at: this.#now(), sampling, left: this.#left + this.#seen.length - events.length, events })
    }
    this.#clear()
  }

  #clear(): void {
    this.#seen = []
    this.#often = 0
    this.#rareOf.clear()
    this.#left = 0
    this.#hits = 0
    this.#samples = 0
    this.#shownHits = 0
  }
}
