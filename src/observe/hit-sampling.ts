import type { Cancel, World } from '../world/world.ts'

/** Told a hit that was chosen by chance, and which level answered; it stands for `hits` of them, with those passed over before it. */
export type HitSampler = (key: string, hits: number, level: string) => void

/** How often the pace is measured when nothing else does, in milliseconds. */
const BEAT = 1000
/** After so many samples it is measured anyway: a burst costs no more before it is noticed. */
const MEASURED = 64

/**
 * Hits, thinned out by chance to about `perSecond` a second, whatever their rate: a hit that is
 * passed over costs one subtraction.
 *
 * Gaps between samples are random (uniform between 1 and twice the mean): a gap of constant length would
 * see only some keys of a program that reads its keys in turn. The generator is xorshift32 (Marsaglia
 * 2003, "Xorshift RNGs"), seeded by the World.
 */
export class HitSampling {
  readonly #world: World
  readonly #perSecond: number
  readonly #tell: HitSampler
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
  #cancel: Cancel | undefined

  constructor(world: World, perSecond: number, tell: HitSampler) {
    this.#world = world
    this.#perSecond = perSecond
    this.#tell = tell
    this.#state = Math.floor(world.random() * 2 ** 32) | 1
    this.#since = world.mono()
    this.#beat()
  }

  /** One in so many hits is told now, on average. */
  get stride(): number {
    return this.#stride
  }

  /** A level has answered. */
  hit(key: string, level: string): void {
    if (--this.#left > 0) return
    this.#sample(key, level)
  }

  close(): void {
    this.#cancel?.()
  }

  #sample(key: string, level: string): void {
    const gap = this.#gap
    this.#hits += gap
    this.#gap = this.#left = 0
    if (++this.#samples >= MEASURED) this.#measure()
    this.#next()
    this.#tell(key, gap, level)
  }

  #next(): void {
    this.#gap = this.#stride === 1 ? 1 : 1 + ((this.#random() * (2 * this.#stride - 1)) | 0)
    this.#left = this.#gap
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

  #beat(): void {
    this.#cancel = this.#world.after(BEAT, () => {
      this.#beat()
      const before = this.#stride
      this.#measure()
      // A long gap from a busier time must not blind it: what is left of it shrinks as the stride did.
      if (this.#stride < before && this.#left > 2 * this.#stride) {
        const passed = this.#gap - this.#left
        this.#left = 1 + ((this.#random() * (2 * this.#stride - 1)) | 0)
        this.#gap = passed + this.#left
      }
    })
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
