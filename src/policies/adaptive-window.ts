import { invariant } from '../errors.ts'
import { ShadowCaches } from './shadow-caches.ts'

/** The windows that are tried, as shares of the cache; 1 makes it an LRU. */
const SHARES: readonly number[] = [0.01, 0.05, 0.2, 0.5, 0.8, 1]
/** Entries of a shadow at most; a larger cache is sampled. */
const SHADOW_SIZE = 255
/** A period is as many requests as there are entries, and at least so many. */
const SHORTEST_PERIOD = 500
/** What a score keeps from period to period. */
const MEMORY = 0.9
/** A window must lead by this share of the requests remembered … */
const MARGIN = 0.005
/** … and by this many hits for each entry that the change would move. */
const MOVING_COST = 0.4
const SAMPLE_MULTIPLIER = 0x9e3779b1 | 0

/**
 * Chooses the window of W-TinyLFU by trying: shadow caches with other windows see a sample of the
 * requests, and the window follows the one that hits most.
 *
 * Each period the hits of a shadow are added to its score, of which a tenth is forgotten. The window
 * changes to the best score if that leads the present one by more than chance and more than the change
 * costs: entries must move between window and main space, and each that moves may be lost.
 *
 * A tenth of the effect of Caffeine's hill climber is its view: it sees one window at a time and must
 * walk to learn about others, through noise. Here all are seen at once, on the same requests.
 */
export class AdaptiveWindow {
  readonly #shadows: ShadowCaches
  readonly #scores: Float64Array = new Float64Array(SHARES.length)
  readonly #size: number
  readonly #period: number
  /** A key is sampled if so many upper bits of its mixed hash are zero. */
  readonly #bits: number
  #requests = 0
  #chosen = 0

  /** For a cache of about `entries` entries. */
  constructor(entries: number, random: () => number) {
    let size = Math.max(1, entries)
    let bits = 0
    for (; size > SHADOW_SIZE; bits++) size /= 2
    this.#bits = bits
    this.#size = Math.round(size)
    this.#period = Math.max(SHORTEST_PERIOD / 2 ** bits, this.#size)
    this.#shadows = new ShadowCaches(this.#size, SHARES, random)
  }

  /** The share of the window, more than 0, at most 1. */
  get share(): number {
    return SHARES[this.#chosen]
  }

  /** Whether requests for the key with this hash are to be reported. */
  samples(hash: number): boolean {
    return this.#bits === 0 || Math.imul(hash, SAMPLE_MULTIPLIER) >>> (32 - this.#bits) === 0
  }

  /** A sampled key was asked for. Returns whether the share has changed. */
  access(hash: number, frequency: number): boolean {
    this.#shadows.access(hash, frequency)
    if (this.#shadows.requests < this.#period) return false
    this.#score()
    const best = this.#best()
    if (best === this.#chosen) return false
    this.#chosen = best
    return true
  }

  age(): void {
    this.#shadows.age()
  }

  /** Forgets the keys, and keeps what was learnt of the windows. */
  clear(): void {
    this.#shadows.clear()
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#shadows.check()
    invariant(this.#chosen >= 0 && this.#chosen < SHARES.length, () => `adaptive window: choice ${this.#chosen}`)
    for (const score of this.#scores) {
      invariant(score >= 0 && score <= this.#requests, () => `adaptive window: ${score} of ${this.#requests} hit`)
    }
  }

  #score(): void {
    const { hits, requests } = this.#shadows
    this.#requests = this.#requests * MEMORY + requests
    for (let at = 0; at < hits.length; at++) this.#scores[at] = this.#scores[at] * MEMORY + hits[at]
    this.#shadows.restart()
  }

  #best(): number {
    const chosen = this.#chosen
    let best = chosen
    let most = 0
    for (let at = 0; at < SHARES.length; at++) {
      const moved = Math.abs(SHARES[at] - SHARES[chosen]) * this.#size
      const lead = this.#scores[at] - this.#scores[chosen] - MARGIN * this.#requests - MOVING_COST * moved
      if (lead > most) {
        best = at
        most = lead
      }
    }
    return best
  }
}
