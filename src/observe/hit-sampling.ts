import type { World } from '../world/world.ts'

/** After so many samples the pace is measured, whenever that is: a burst costs no more before it is noticed. */
const MEASURED = 64

/**
 * Hits, thinned out by chance to about `perSecond` a second, whatever their rate.
 *
 * Gaps between samples are random (uniform between 1 and twice the mean): a gap of constant length would
 * see only some keys of a program that reads its keys in turn. The generator is xorshift32 (Marsaglia
 * 2003, "Xorshift RNGs"), seeded by the World.
 */
export class HitSampling {
  readonly #world: World
  readonly #perSecond: number
  #state: number
  /** The mean gap: one in so many hits is told. */
  #stride = 1
  /** Hits until the next sample, and the length of this gap. */
  #left = 1
  #gap = 1
  /** Since the pace was last measured: when that was, hits and samples. */
  #since: number
  #hits = 0
  #samples = 0

  constructor(world: World, perSecond: number) {
    this.#world = world
    this.#perSecond = perSecond
    this.#state = Math.floor(world.random() * 2 ** 32) | 1
    this.#since = world.mono()
  }

  /** Hits until the next one that is told, that one among them. */
  get left(): number {
    return this.#left
  }

  /** So many hits have gone by, no more than were left. @returns how many the last one stands for if it is told, otherwise 0 */
  pass(hits: number): number {
    this.#left -= hits
    if (this.#left > 0) return 0
    const gap = this.#gap
    this.#hits += gap
    this.#gap = 0
    if (++this.#samples >= MEASURED) this.#measure()
    this.#gap = this.#left = this.#drawn()
    return gap
  }

  /** To be called once a second or so: where many hits have become few, most of those are told again. */
  beat(): void {
    const before = this.#stride
    this.#measure()
    // A long gap from a busier time must not blind it: what is left of it shrinks as the stride did.
    if (this.#stride < before && this.#left > 2 * this.#stride) {
      const passed = this.#gap - this.#left
      this.#left = this.#drawn()
      this.#gap = passed + this.#left
    }
  }

  #drawn(): number {
    return this.#stride === 1 ? 1 : 1 + ((this.#random() * (2 * this.#stride - 1)) | 0)
  }

  /** The stride follows the rate at once where it rises, and by half at a time where it falls. */
  #measure(): void {
    const now = this.#world.mono()
    const elapsed = Math.max(1, now - this.#since)
    const passed = this.#hits + (this.#gap - this.#left)
    const wanted = Math.max(1, Math.round((passed * 1000) / elapsed / this.#perSecond))
    this.#stride = Math.max(wanted, Math.floor(this.#stride / 2))
    this.#since = now
    this.#hits = -(this.#gap - this.#left)
    this.#samples = 0
  }

  #random(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return (x >>> 0) / 2 ** 32
  }
}
