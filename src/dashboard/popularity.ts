import { heapBytes } from '../memory/heap-bytes.ts'
import { BiggestKeys } from '../observe/biggest-keys.ts'
import { TopKeys } from '../observe/top-keys.ts'
import type { Cancel, World } from '../world/world.ts'
import { keptKey, keyText } from './key-text.ts'
import type { Counted, Top } from './protocol.ts'
import type { ShownCache } from './shown-cache.ts'

/** Counters of each sketch, and keys that are told. */
const COUNTERS = 500
const TOLD = 50
/** Hits looked at, and values weighed, a second. */
const SAMPLES = 500
const WEIGHINGS = 20
const BEAT = 1000
/** After how many seconds counts are faded, and to what: half in ten minutes. */
const FADE_EVERY = 60
const FADE = 0.5 ** 0.1

/**
 * Which keys of a cache are the hottest, the most often fetched and missed, and the biggest. Some hits
 * stand for all (`sampleHits`); fetches and misses are all counted, up to a thousand a tenth of a second.
 * Four sketches of at most 500 keys each.
 */
export class Popularity {
  readonly #cache: ShownCache
  readonly #world: World
  readonly #hottest = new TopKeys(COUNTERS)
  readonly #fetched = new TopKeys(COUNTERS)
  readonly #missed = new TopKeys(COUNTERS)
  readonly #biggest = new BiggestKeys(TOLD)
  readonly #since: number
  readonly #stops: (() => void)[]
  #cancel: Cancel | undefined
  /** The mean of the hits that a sample stood for of late. */
  #sampling = 1
  /** Keys seen in this second, to be weighed at its end. */
  readonly #candidates = new Set<string>()
  #seconds = 0
  readonly #budget: Budget

  constructor(cache: ShownCache, world: World) {
    this.#cache = cache
    this.#world = world
    this.#since = Math.round(world.wall())
    this.#budget = new Budget(world)
    this.#stops = [
      cache.sampleHits(SAMPLES, (key, hits) => this.#hit(key, hits)),
      cache.on(['miss', 'fetch', 'set'], (event) => {
        if (event.type === 'miss') this.#count(this.#missed, event.key)
        else {
          for (const key of event.keys) {
            if (event.type === 'fetch') this.#count(this.#fetched, key)
            this.#suggest(key)
          }
        }
      }),
    ]
    this.#tick()
  }

  /** One in so many hits was looked at lately. */
  get sampling(): number {
    return Math.max(1, Math.round(this.#sampling))
  }

  top(): Omit<Top, 'cache' | 'at'> {
    this.#weigh()
    return {
      since: this.#since,
      sampling: this.sampling,
      hottest: this.#hottest.top(TOLD).map(counted),
      fetched: this.#fetched.top(TOLD).map(counted),
      missed: this.#missed.top(TOLD).map(counted),
      biggest: this.#stillThere().map(({ key, bytes }) => counted({ key, count: bytes, error: 0 })),
    }
  }

  close(): void {
    this.#cancel?.()
    for (const stop of this.#stops) stop()
  }

  #hit(key: string, hits: number): void {
    this.#sampling += (hits - this.#sampling) / 16
    this.#hottest.add(keptKey(key), hits)
    this.#suggest(key)
  }

  #count(sketch: TopKeys, key: string): void {
    const weight = this.#budget.weight()
    if (weight > 0) sketch.add(keptKey(key), weight)
  }

  #suggest(key: string): void {
    if (this.#candidates.size < WEIGHINGS && keptKey(key) === key) this.#candidates.add(key)
  }

  /** Some values, as level 1 has them now. */
  #weigh(): void {
    for (const key of this.#candidates) {
      const value = this.#held(key)
      if (value === undefined) this.#biggest.forget(key)
      else this.#biggest.note(key, heapBytes(value))
    }
    this.#candidates.clear()
  }

  /** In a cache that is being closed, nothing. */
  #held(key: string): unknown {
    try {
      return this.#cache.peek(key)
    } catch {
      return undefined
    }
  }

  /** The biggest that level 1 still holds. */
  #stillThere(): { readonly key: string; readonly bytes: number }[] {
    return this.#biggest.top(TOLD).filter(({ key }) => {
      const isThere = this.#held(key) !== undefined
      if (!isThere) this.#biggest.forget(key)
      return isThere
    })
  }

  #tick(): void {
    this.#cancel = this.#world.after(BEAT, () => {
      this.#tick()
      this.#weigh()
      if (++this.#seconds % FADE_EVERY !== 0) return
      for (const sketch of [this.#hottest, this.#fetched, this.#missed]) sketch.fade(FADE)
    })
  }
}

/** In each tenth of a second so many are counted … */
const PER_TENTH = 1000
/** … and one in so many of the rest, which stands for all of those. */
const REST = 64

/** Keeps counting cheap where there is very much to count. */
class Budget {
  readonly #world: World
  #tenth = 0
  #counted = 0

  constructor(world: World) {
    this.#world = world
  }

  /** How much the next one counts: 1, or 0 or many beyond the budget. */
  weight(): number {
    const tenth = Math.floor(this.#world.tick() / 100)
    if (tenth !== this.#tenth) {
      this.#tenth = tenth
      this.#counted = 0
    }
    if (this.#counted++ < PER_TENTH) return 1
    return this.#world.random() < 1 / REST ? REST : 0
  }
}

function counted({ key, count, error }: { key: string; count: number; error: number }): Counted {
  return { ...keyText(key), count: Math.round(count), error: Math.round(error) }
}
