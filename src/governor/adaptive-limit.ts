import type { World } from '../world/world.ts'
import type { ConcurrencyLimit, Outcome } from './concurrency-limit.ts'
import { LatencySample } from './latency-sample.ts'

/** Bounds of an {@link AdaptiveLimit}: whole numbers, `min` ≤ `initial` ≤ `max`. */
export interface AdaptiveBounds {
  readonly min: number
  readonly max: number
  readonly initial: number
}

/** How much slower than at rest a source may be before the limit shrinks. */
const BUFFER = 1.25
/** The limit grows and shrinks by no more than this at a time, apart from the headroom. */
const STEEPEST = 2
/** A window lasts at least so many milliseconds … */
const SHORTEST_WINDOW = 100
/** … and until so many fetches, or half as many as the limit, have ended in it. */
const LEAST_ENDED = 25
/** Fetches in a row that tell the latency at rest; so many of them will do once measuring has taken a while. */
const AT_REST = 50
const LEAST_AT_REST = 20
const LONG_MEASURE = 2000
/** Measured anew, a latency at rest is believed by half, for what is measured varies … */
const BELIEF = 0.5
/** … unless it is so many times as long or as short as before: then the source has changed. */
const CHANGED = 1.5
/** After so many windows in a row in which the limit should have shrunk by more than it may, the rest is doubted. */
const DOUBTED = 5
/** A latency up to so many times that at rest confirms it. */
const CONFIRMING = 1.1
/** Milliseconds after which the latency at rest is measured, at first and when nothing has confirmed it … */
const FIRST_MEASURE = 5000
const MEASURE_EVERY = 60_000
/** … a little later, by chance, so that a fleet does not measure in step … */
const JITTER = 0.1
/** … nor more often than takes this part of all time. */
const MEASURE_SHARE = 1 / 30
/** Measuring is given up when it takes longer than so many milliseconds, or so many times the latency at rest. */
const LONGEST_MEASURE = { ms: 10_000, times: 20 }
/** The longest a change is given to show, in milliseconds. */
const LONGEST_SETTLING = 10_000

/**
 * A limit that follows the latency of the source: the gradient controller of Envoy's adaptive concurrency
 * filter (envoyproxy.io, "Adaptive Concurrency", 2019), a descendant of Netflix's concurrency limits and of
 * TCP Vegas. After each window of fetches
 *
 *     limit ← limit × gradient + √limit,   gradient = latency at rest × 1.25 / latency now, from ½ to 2
 *
 * where both latencies are medians, so that a few slow fetches weigh nothing. √limit is the queue at the
 * source that it pays to keep: with c servers the limit settles between c and 1.5 × c, where the source is
 * busy and its queue short. The *latency at rest* is the median of 50 fetches in a row among which never more
 * than `min` were under way. Where there is little to do they come by themselves; under load the limit goes
 * down to `min` for them, once a minute and for no more than a thirtieth of the time. This is what it has over
 * Netflix's Gradient2, which takes the mean of the last minutes for rest: under load that lasts, the load
 * becomes the rest, and the limit creeps up.
 *
 * Changed here: a source that is found as fast as at rest while at least half of the limit is used need not be
 * measured again. A new measure counts for half: the median of 50 exponential times is off by a fifth. Fetches
 * that fail or time out, which that filter does not look at, take the place of lost packets: gradient and √limit
 * are multiplied by the part of the window's fetches that did not fail. A window begins two medians after a
 * change, when what it measures is the change. And the limit grows only if at least half of it was used (Netflix).
 *
 * What it withstands: latency that rises with load (settles near the knee), latency that is high but flat
 * (grows), a burst of failures (halves at most once a window, and comes back), a source that has become
 * slower for good (down to `min`, where that is found to be the rest, and up again), single outliers.
 * What it does not: processes that overload a source together each take it for slower than it is when they
 * measure; `max` bounds them. And a line that is allowed to grow older than callers wait: most of those who are let
 * through leave before they are answered, and nothing is learnt from them.
 *
 * Cost: some additions a fetch, a sort of at most 256 numbers a window. Invariant: min ≤ value ≤ max.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly #world: World
  readonly #bounds: AdaptiveBounds
  #limit: number
  /** Of fetches among few, and of those of the present window. */
  readonly #atRest = new LatencySample(AT_REST)
  readonly #present = new LatencySample(256)
  /** The latency at rest. `undefined` before the first window. */
  #rest: number | undefined
  /** Of those among few how many their callers have left. */
  #leftAtRest = 0
  #failed = 0
  #most = 0
  #opensAt: number
  #measureAt: number
  #isMeasured = false
  #tooSteep = 0
  /** When measuring began; `undefined` while nothing is measured on purpose. */
  #measuringSince: number | undefined

  constructor(world: World, bounds: AdaptiveBounds) {
    this.#world = world
    this.#bounds = bounds
    this.#limit = bounds.initial
    this.#opensAt = world.mono()
    this.#measureAt = this.#opensAt + FIRST_MEASURE
  }

  get value(): number {
    return this.#measuringSince === undefined ? Math.floor(this.#limit) : this.#bounds.min
  }

  note(outcome: Outcome, duration: number, among: number): void {
    const now = this.#world.mono()
    if (outcome === 'left') {
      this.#leftAtRest++
      // Where all leave, for the limit is low while measuring, that must not last.
      if (this.#isOverdue(now)) this.#endMeasuring(now)
      return
    }
    this.#noteAtRest(outcome, duration, among, now)
    if (this.#measuringSince === undefined && now >= this.#opensAt) this.#noteInWindow(outcome, duration, among, now)
  }

  /** Fetches in a row among which there were never many tell the latency at rest. */
  #noteAtRest(outcome: Outcome, duration: number, among: number, now: number): void {
    if (among > this.#bounds.min) {
      this.#atRest.clear()
      this.#leftAtRest = 0
    } else if (outcome === 'answered') this.#atRest.add(duration)
    const { count } = this.#atRest
    const took = now - (this.#measuringSince ?? now)
    if (count >= (took < LONG_MEASURE ? AT_REST : LEAST_AT_REST)) {
      // It is the slow ones that are left: where most are, those that are answered tell of less than there is.
      if (this.#leftAtRest <= count) this.#learnRest(this.#atRest.median()!)
    } else if (!this.#isOverdue(now)) return
    this.#endMeasuring(now)
  }

  /** Whether measuring takes so long that it is given up. */
  #isOverdue(now: number): boolean {
    const took = now - (this.#measuringSince ?? now)
    return took >= Math.max(LONGEST_MEASURE.ms, LONGEST_MEASURE.times * (this.#rest ?? 0))
  }

  #endMeasuring(now: number): void {
    this.#atRest.clear()
    this.#leftAtRest = 0
    this.#tooSteep = 0
    this.#plan(now, now - (this.#measuringSince ?? now))
    if (this.#measuringSince !== undefined) this.#open()
    this.#measuringSince = undefined
  }

  #learnRest(measured: number): void {
    const known = this.#isMeasured ? this.#rest! : measured
    const hasChanged = measured > known * CHANGED || measured < known / CHANGED
    this.#rest = hasChanged ? measured : known + (measured - known) * BELIEF
    this.#isMeasured = true
  }

  #noteInWindow(outcome: Outcome, duration: number, among: number, now: number): void {
    this.#most = Math.max(this.#most, among)
    if (outcome === 'answered') this.#present.add(duration)
    else this.#failed++
    const ended = this.#present.count + this.#failed
    if (now < this.#opensAt + SHORTEST_WINDOW || ended < Math.max(LEAST_ENDED, this.#limit / 2)) return
    this.#adjust(ended, now)
    this.#open()
    if (now >= this.#measureAt && this.#limit > this.#bounds.min) this.#measuringSince = now
  }

  #adjust(ended: number, now: number): void {
    const healthy = 1 - this.#failed / ended
    const latency = this.#present.median()
    let steepness = STEEPEST
    if (latency !== undefined) {
      // Until there is better.
      this.#rest ??= latency
      if (this.#isMeasured && latency <= this.#rest * CONFIRMING) this.#plan(now, 0)
      // A source that takes no time has all the time in the world.
      if (latency > 0) steepness = Math.min(STEEPEST, (this.#rest * BUFFER) / latency)
    }
    this.#tooSteep = steepness < 1 / STEEPEST ? this.#tooSteep + 1 : 0
    if (this.#tooSteep >= DOUBTED) this.#measureAt = now
    const gradient = Math.max(1 / STEEPEST, steepness * healthy)
    const next = this.#limit * gradient + Math.sqrt(this.#limit) * healthy
    const isUsed = this.#most * 2 >= this.#limit
    if (isUsed || next < this.#limit) this.#limit = Math.max(this.#bounds.min, Math.min(this.#bounds.max, next))
  }

  /** A new window, once the last change shows. */
  #open(): void {
    const settling = 2 * (this.#present.median() ?? this.#rest ?? 0)
    this.#opensAt = this.#world.mono() + Math.min(settling, LONGEST_SETTLING)
    this.#present.clear()
    this.#failed = 0
    this.#most = 0
  }

  /** When to measure next, if nothing confirms the latency at rest: measuring took so many milliseconds. */
  #plan(now: number, took: number): void {
    this.#measureAt = now + Math.max(MEASURE_EVERY, took / MEASURE_SHARE) * (1 + JITTER * this.#world.random())
  }
}
