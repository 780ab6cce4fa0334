import type { KeyTap } from '../level.ts'
import { KeyHasher } from '../memory/hash.ts'
import type { World } from '../world/world.ts'
import type { LevelShadows } from './level-shadows.ts'
import { Pace } from './pace.ts'
import { NO_KEYS } from './sampling.ts'
import type { SpaceSample } from './space-sample.ts'

/** Hits and misses of a level, as it counts them itself. */
export interface ReadCounts {
  readonly hits: number
  readonly misses: number
}

/** What is noted until the shadows see it. */
const NOTES = 256
const READ_HIT = 0
const READ_MISS = 1
const BROUGHT = 2
const WRITTEN = 3
const GONE = 4

/**
 * Stands beside one level, and tells its shadows what happens to sampled keys. It only notes that: the
 * shadows are not in the processor's caches, and see many notes together.
 *
 * All reads are counted by the level. How many keys are sampled is up to the {@link Pace}: when the
 * shadows have more to do than they may, they see fewer keys.
 */
export class LevelWatch implements KeyTap {
  limit: number
  readonly shadows: LevelShadows
  readonly #world: World
  readonly #counts: ReadCounts
  readonly #hasher: KeyHasher
  readonly #spaces: readonly SpaceSample[]
  readonly #pace: Pace
  readonly #kinds: Uint8Array = new Uint8Array(NOTES)
  readonly #spaceOf: Int8Array = new Int8Array(NOTES)
  readonly #hashes: Int32Array = new Int32Array(NOTES)
  readonly #weights: Float64Array = new Float64Array(NOTES)
  readonly #deadlines: Float64Array = new Float64Array(NOTES)
  #noted = 0
  /** What the level had counted when it was last looked at. */
  #before: ReadCounts
  /** Reads since then count for nothing. */
  #pausedUntil = 0
  /** Aged. */
  #hits = 0
  #reads = 0
  #time = 0

  constructor(shadows: LevelShadows, counts: ReadCounts, spaces: readonly SpaceSample[], world: World, part: number) {
    this.shadows = shadows
    this.#world = world
    this.#counts = counts
    this.#before = { hits: counts.hits, misses: counts.misses }
    this.#spaces = spaces
    this.#hasher = new KeyHasher((world.random() * 2 ** 32) | 0)
    this.#pace = new Pace(part)
    this.limit = shadows.limit
  }

  /** Reads since it began, those of long ago counting less; how many of them hit; in how many milliseconds. */
  get seen(): { readonly reads: number; readonly hits: number; readonly time: number } {
    return { reads: this.#reads, hits: this.#hits, time: this.#time }
  }

  /** The part of what the shadows of all levels may do that these did, in the last beat. */
  get used(): number {
    return this.#pace.used
  }

  /** The others leave this part. */
  mayUse(part: number): void {
    this.#pace.mayUse(part)
  }

  hit(hash: number, key: string, weight: number): void {
    this.#note(READ_HIT, hash, key, weight, 0)
  }

  missed(hash: number, key: string): void {
    if (hash < this.limit) this.#note(READ_MISS, hash, key, 0, 0)
  }

  kept(hash: number, key: string, weight: number, deadline: number, written: boolean): void {
    if (hash < this.limit) this.#note(written ? WRITTEN : BROUGHT, hash, key, weight, deadline)
  }

  left(hash: number): void {
    if (hash < this.limit) this.#note(GONE, hash, '', 0, 0)
  }

  cleared(): void {
    this.#noted = 0
    this.shadows.forgetAll()
    for (const space of this.#spaces) space.forgetAll()
  }

  /** The hash by which a key of a level that has none is sampled. */
  hashOf(key: string): number {
    return this.#hasher.hash(key)
  }

  /**
   * So many milliseconds have passed: counts what the level has counted, and sets the pace.
   *
   * @returns whether `limit` has risen
   */
  beat(elapsed: number): boolean {
    const reads = this.catchUp(elapsed)
    const { shadows } = this
    const rate = this.#pace.beat(shadows.work, reads, elapsed)
    shadows.work = 0
    if (rate === 'raised') {
      shadows.restart(this.#pace.rate)
      for (const { reuse } of this.#spaces) reuse.restart(shadows.limit)
      // Keys that come for the first time since then are not new: nobody knows when they were read before.
      this.#pausedUntil = this.#world.mono() + Pace.settling
      this.limit = shadows.limit
    } else if (rate === 'lowered') this.#lower()
    return rate === 'raised'
  }

  /** Lets the shadows see what was noted, and counts what the level has counted. @returns how many reads those are */
  catchUp(elapsed = 0): number {
    this.#flush()
    const { hits, misses } = this.#counts
    const newHits = hits - this.#before.hits
    const reads = newHits + misses - this.#before.misses
    this.#before = { hits, misses }
    if (this.#isCounting) {
      this.#hits += newHits
      this.#reads += reads
      this.#time += elapsed
    }
    return reads
  }

  /** What was counted so far counts less from now on. */
  age(factor: number): void {
    this.#hits *= factor
    this.#reads *= factor
    this.#time *= factor
    this.shadows.age(factor)
    for (const space of this.#spaces) space.age(factor)
  }

  /** Nothing is noted any more. */
  close(): void {
    this.limit = NO_KEYS
  }

  get #isCounting(): boolean {
    return this.#world.mono() >= this.#pausedUntil
  }

  #note(kind: number, hash: number, key: string, weight: number, deadline: number): void {
    const at = this.#noted
    this.#kinds[at] = kind
    this.#hashes[at] = hash
    this.#weights[at] = weight
    this.#deadlines[at] = deadline
    this.#spaceOf[at] = this.#spaces.length === 0 || key === '' ? -1 : this.#spaceIn(key)
    this.#noted = at + 1
    if (this.#noted === NOTES) this.#flush()
  }

  /** The innermost namespace of a key, of those that are sampled. */
  #spaceIn(key: string): number {
    let found = -1
    for (let at = 0; at < this.#spaces.length; at++) {
      const { prefix } = this.#spaces[at]!
      if (key.startsWith(prefix) && (found === -1 || prefix.length > this.#spaces[found]!.prefix.length)) found = at
    }
    return found
  }

  #flush(): void {
    const noted = this.#noted
    const now = this.#world.tick()
    const counts = this.#isCounting
    // What is told of meanwhile comes after.
    this.#noted = 0
    for (let at = 0; at < noted; at++) this.#show(at, now, counts)
    // Samples that are full take fewer keys.
    this.#follow()
    const { hits, misses } = this.#counts
    const reads = hits + misses - this.#before.hits - this.#before.misses
    if (this.#pace.isExceeded(this.shadows.work, reads)) this.#lower()
  }

  #lower(): void {
    this.shadows.lower(this.#pace.rate)
    this.#follow()
  }

  /** What no shadow needs to see any more is not noted, and a namespace must not count on it. */
  #follow(): void {
    const { limit } = this.shadows
    if (limit === this.limit) return
    this.limit = limit
    for (const { reuse } of this.#spaces) reuse.lower(limit)
  }

  #show(at: number, now: number, counts: boolean): void {
    const { shadows } = this
    const kind = this.#kinds[at]!
    const hash = this.#hashes[at]!
    const weight = this.#weights[at]!
    const deadline = this.#deadlines[at]!
    const space = this.#spaces[this.#spaceOf[at]!]
    if (kind === READ_HIT || kind === READ_MISS) {
      shadows.read(hash, weight, kind === READ_HIT, now, counts)
      space?.read(hash, weight, kind === READ_HIT, now, counts)
    } else if (kind === GONE) {
      shadows.forget(hash)
      for (const each of this.#spaces) each.forget(hash)
    } else {
      shadows.keep(hash, weight, deadline, kind === WRITTEN)
      space?.keep(hash, weight, deadline)
    }
  }
}
