import type { Cancel, World } from '../world/world.ts'
import { HitSampling } from './hit-sampling.ts'

/** Told a hit that was chosen by chance, and which level answered; it stands for `hits` of them, with those passed over before it. */
export type HitSampler = (key: string, hits: number, level: string) => void

interface Sampled {
  readonly sampling: HitSampling
  readonly tell: HitSampler
}

/** How often the pace is measured when nothing else does, in milliseconds. */
const BEAT = 1000
/** Hits that are counted at a time while none is to be told. */
const MANY = 2 ** 30

/**
 * All who want some hits of the same kind. However many there are, a hit that none of them is told of costs one
 * subtraction: what is counted down is how many are left until whoever comes next.
 */
export class HitSamplings {
  readonly #world: World
  #all: readonly Sampled[] = []
  #left = MANY
  /** What was left when counting down began. */
  #counted = MANY
  #cancel: Cancel | undefined

  constructor(world: World) {
    this.#world = world
  }

  get size(): number {
    return this.#all.length
  }

  /**
   * Tells of about `perSecond` hits a second.
   *
   * @returns ends it
   */
  add(perSecond: number, tell: HitSampler): () => void {
    const sampled = { sampling: new HitSampling(this.#world, perSecond), tell }
    this.#settle()
    this.#all = [...this.#all, sampled]
    this.#count()
    if (this.size === 1) this.#beat()
    return () => {
      if (!this.#all.includes(sampled)) return
      this.#settle()
      this.#all = this.#all.filter((each) => each !== sampled)
      this.#count()
      if (this.size === 0) this.#cancel?.()
    }
  }

  /** A level has answered. */
  hit(key: string, level: string): void {
    if (--this.#left <= 0) this.#sample(key, level)
  }

  /** Nobody is told any more. */
  close(): void {
    this.#cancel?.()
    this.#all = []
    this.#count()
  }

  #sample(key: string, level: string): void {
    const passed = this.#counted
    const due: { readonly sampled: Sampled; readonly hits: number }[] = []
    for (const sampled of this.#all) {
      const hits = sampled.sampling.pass(passed)
      if (hits > 0) due.push({ sampled, hits })
    }
    // Before anybody is told: who is may read, and begin or end samplings.
    this.#count()
    for (const { sampled, hits } of due) if (this.#all.includes(sampled)) sampled.tell(key, hits, level)
  }

  /** Everybody knows how many hits have passed. */
  #settle(): void {
    const passed = this.#counted - this.#left
    for (const { sampling } of this.#all) sampling.pass(passed)
    this.#counted = this.#left
  }

  #count(): void {
    this.#left = this.#counted = this.#all.reduce((least, { sampling }) => Math.min(least, sampling.left), MANY)
  }

  #beat(): void {
    this.#cancel = this.#world.after(BEAT, () => {
      this.#beat()
      this.#settle()
      for (const { sampling } of this.#all) sampling.beat()
      this.#count()
    })
  }
}
