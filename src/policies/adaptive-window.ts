import { invariant } from '../errors.ts'
import { ShadowCaches } from './shadow-caches.ts'

/** The windows that are tried, as shares of the cache. 1 makes it an LRU. */
const SHARES: readonly number[] = [0.01, 0.05, 0.2, 0.5, 1]
/** A cache of up to so many entries is simulated whole; of a larger one a sample, of at least half as many … */
const SMALL_SHADOW = 255
/** … and of up to so many, where one key in sixteen or fewer makes them up. */
const LARGE_SHADOW = 1023
const CHEAP_BITS = 4
const SAMPLE_MULTIPLIER = 0x9e3779b1 | 0
/** A period is as many requests as there are entries, and at least so many. */
const SHORTEST_PERIOD = 500
/** What a score keeps from one period to the next. */
const MEMORY = 0.9
/** A window must lead by this share of the requests remembered … */
const MARGIN = 0.003
/** … and by so many hits for each entry that the change moves between window and main space … */
const MOVING_COST = 0.4
/** … of which there are always so many, as a share of the cache: no change is free. */
const LEAST_MOVE = 0.1
/** After a change the cache is not compared with its shadow for so many periods. */
const SETTLING = 2
/** What a correction of a window not in use keeps from one period to the next. */
const CORRECTION_MEMORY = 0.97
/**
 * Hits that are noted until the shadows see them: more than the cache holds of the sample, so that a
 * loop over all it holds is noted whole. Notes that lost a part of each round would show the shadows a
 * shorter loop, which fits where the true one does not.
 */
const NOTES = 2048
/** Over how many requests the number of sampled entries is averaged. */
const AVERAGED = 128

/**
 * Chooses the window of W-TinyLFU by trying: shadow caches with other windows see the requests for a
 * sample of the keys, and the window follows the one that hits most.
 *
 * Each period the hits of a shadow are added to its score, of which a tenth is forgotten. The window
 * changes to the best one if its lead is worth more than chance and more than the move.
 *
 * A shadow is a small sample and can be wrong: in a loop a little longer than the cache, an LRU of
 * the sample hits always and an LRU of the whole never. So while a window is in use, the hits of the
 * cache itself on the sampled keys stand in for those of its shadow, and the difference is remembered
 * for a while after it was given up. And a shadow holds as many keys as the cache holds of the sample,
 * on average, not as many as the sample should have.
 *
 * Caffeine climbs instead: it changes the window and watches its hit ratio, which shows one window at
 * a time, through the noise of the workload. Here all are seen at once, on the same requests.
 *
 * Cost: nothing for a key that is not sampled; for one that is, a step in five caches of at most a few
 * hundred entries. No memory to speak of: at most 0.6 MB, less than 40 bytes an entry.
 *
 * Attack: keys chosen to be in the sample. The hashes are seeded per cache.
 */
export class AdaptiveWindow {
  readonly #random: () => number
  readonly #scores: Float64Array = new Float64Array(SHARES.length)
  /** What the cache itself hit beyond its shadow, with each window. */
  readonly #corrections: Float64Array = new Float64Array(SHARES.length)
  #shadows: ShadowCaches
  /** A key is sampled if so many upper bits of its mixed hash are zero. */
  #bits: number
  /** The average number of sampled keys in the cache. */
  #sampled = 0
  #full = false
  #requests = 0
  #chosen = 0
  #periods = 0
  /** Hits on sampled keys that the shadows have not seen yet. */
  readonly #notedHashes: Int32Array = new Int32Array(NOTES)
  readonly #notedFrequencies: Uint8Array = new Uint8Array(NOTES)
  #noted = 0
  /** Hits on sampled keys in this period that the shadows will not see. */
  #unseen = 0
  /** Hits of the cache itself on sampled keys in this period. */
  #hits = 0

  /** For a cache of about `entries` entries. */
  constructor(entries: number, random: () => number) {
    this.#random = random
    this.#bits = sampleBits(entries)
    this.#shadows = this.#cast(entries)
  }

  /** The share of the window, more than 0, at most 1. */
  get share(): number {
    return SHARES[this.#chosen]
  }

  /** Whether the cache has evicted since it was last empty or resized: only then is its size known. */
  get full(): boolean {
    return this.#full
  }

  /**
   * The cache is full, with so many entries. Returns whether it is so much smaller or larger than was
   * planned that other keys are sampled from now on.
   */
  fill(entries: number): boolean {
    this.#full = true
    const bits = sampleBits(entries)
    if (bits === this.#bits) return false
    this.#bits = bits
    this.#noted = 0
    this.#unseen = 0
    this.#hits = 0
    this.#shadows = this.#cast(entries)
    this.#scores.fill(0)
    this.#corrections.fill(0)
    this.#requests = 0
    return true
  }

  /** The cache has room again. */
  empty(): void {
    this.#full = false
  }

  /** Whether requests for the key with this hash are to be reported. */
  samples(hash: number): boolean {
    return this.#bits === 0 || Math.imul(hash, SAMPLE_MULTIPLIER) >>> (32 - this.#bits) === 0
  }

  /**
   * A sampled key was asked for and held; `frequency` is what the cache knows of it. The shadows see it
   * later, at the next miss: they are not in the processor's caches, and a miss is slow anyway. When the
   * notes are full, hardly anything misses: what follows is not shown to them and counts for all windows.
   */
  hit(hash: number, frequency: number): void {
    const at = this.#noted
    if (at === NOTES) {
      this.#unseen++
      return
    }
    this.#notedHashes[at] = hash
    this.#notedFrequencies[at] = frequency
    this.#noted = at + 1
  }

  /**
   * A sampled key was asked for and not held; `sampled` is how many sampled keys the cache holds now.
   * Returns whether the share has changed.
   */
  miss(hash: number, frequency: number, sampled: number): boolean {
    const changed = this.#seeNotes(sampled)
    return this.#access(hash, frequency, sampled) || changed
  }

  /** Lets the shadows see the noted hits, if any. Returns whether the share has changed. */
  catchUp(sampled: number): boolean {
    return this.#noted > 0 && this.#seeNotes(sampled)
  }

  /** A sampled key was dropped, for another reason than room. */
  forget(hash: number): void {
    this.#shadows.forget(hash)
  }

  /** Halves the frequencies. */
  age(): void {
    this.#shadows.age()
  }

  /** Forgets the keys, and keeps what was learnt of the windows. */
  clear(): void {
    this.#shadows.clear()
    this.#noted = 0
    this.#unseen = 0
    this.#hits = 0
    this.#full = false
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.#shadows.check()
    for (const score of this.#scores) {
      invariant(score >= 0 && score <= this.#requests, () => `adaptive window: ${score} of ${this.#requests} hit`)
    }
    const hits = this.#hits
    invariant(hits <= this.#shadows.requests, () => `adaptive window: ${hits} of ${this.#shadows.requests} hit`)
  }

  #seeNotes(sampled: number): boolean {
    let changed = false
    for (let at = 0; at < this.#noted; at++) {
      this.#hits++
      if (this.#access(this.#notedHashes[at], this.#notedFrequencies[at], sampled)) changed = true
    }
    this.#noted = 0
    return changed
  }

  #access(hash: number, frequency: number, sampled: number): boolean {
    this.#sampled = this.#full ? this.#sampled + (sampled - this.#sampled) / AVERAGED : sampled
    const room = Math.max(1, Math.floor(this.#sampled))
    this.#shadows.access(hash, frequency, room)
    if (this.#shadows.requests < Math.max(SHORTEST_PERIOD / 2 ** this.#bits, room)) return false
    this.#score()
    return this.#choose()
  }

  #cast(entries: number): ShadowCaches {
    // More than is expected: the sample may be larger, by chance.
    const most = 8 + Math.round((1.25 * entries) / 2 ** this.#bits)
    return new ShadowCaches(most, SHARES, this.#random)
  }

  #score(): void {
    const { hits, requests } = this.#shadows
    // No more than were seen: a long time without misses must not weigh on what comes after it.
    const unseen = Math.min(this.#unseen, requests)
    this.#unseen = 0
    this.#requests = this.#requests * MEMORY + requests + unseen
    for (let at = 0; at < SHARES.length; at++) {
      this.#scores[at] = this.#scores[at] * MEMORY + hits[at] + unseen
      this.#corrections[at] *= at === this.#chosen ? MEMORY : CORRECTION_MEMORY
    }
    if (this.#full && ++this.#periods > SETTLING) this.#corrections[this.#chosen] += this.#hits - hits[this.#chosen]
    this.#hits = 0
    this.#shadows.restart()
  }

  #choose(): boolean {
    const chosen = this.#chosen
    const present = this.#scores[chosen] + this.#corrections[chosen]
    let most = 0
    for (let at = 0; at < SHARES.length; at++) {
      const moved = (LEAST_MOVE + Math.abs(SHARES[at] - SHARES[chosen])) * this.#sampled
      const lead = this.#scores[at] + this.#corrections[at] - present - MARGIN * this.#requests - MOVING_COST * moved
      if (lead <= most) continue
      this.#chosen = at
      most = lead
    }
    if (this.#chosen === chosen) return false
    this.#periods = 0
    return true
  }
}

/** How many bits of the hash must be zero for a key to be sampled, in a cache of so many entries. */
function sampleBits(entries: number): number {
  let bits = 0
  for (let size = entries; size > LARGE_SHADOW || (size > SMALL_SHADOW && bits < CHEAP_BITS); size /= 2) bits++
  return bits
}
