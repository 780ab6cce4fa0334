import { policies } from '../policies/index.ts'
import { Miniature } from './miniature.ts'
import { ReuseCurve } from './reuse-curve.ts'
import { limitFor } from './sampling.ts'
import type { ShadowPlan } from './shadow-plan.ts'

/** LRU is told for all sizes at once, and so from more keys than miniatures may see: so many times as many. */
const CHEAPER = 8
/** Keys that were missed of late. */
const MISSED = 256

/**
 * What one level would do at other sizes and under other policies: a sample of its reads for LRU, and
 * miniatures. They are told what happens to sampled keys: a read, a value that is kept, a key that is gone.
 *
 * What is gone because its time was over or it was invalidated is taken out of all of them, and
 * the next read of it misses at every size: no room would have helped.
 */
export class LevelShadows {
  readonly reuse: ReuseCurve
  readonly miniatures: readonly Miniature[]
  /** Steps taken: a read of the sample, and of each miniature that samples the key. */
  work = 0
  readonly #missed: Int32Array = new Int32Array(MISSED)

  constructor(plan: ShadowPlan, unit: boolean, random: () => number) {
    this.reuse = new ReuseCurve(plan.lruSizes, plan.sampled, unit)
    this.miniatures = plan.miniatures.flatMap(({ policy, most }) =>
      plan.sizes.map((size) => new Miniature(policy, policies[policy], size, most, unit, random)),
    )
  }

  /** Keys with hashes below this are in some sample. */
  get limit(): number {
    let limit = this.reuse.limit
    for (const miniature of this.miniatures) limit = Math.max(limit, miniature.limit)
    return limit
  }

  /**
   * A sampled key was read. `held`: it was there, so it lies in all of them from now on; otherwise it does
   * when it is kept.
   */
  read(hash: number, weight: number, held: boolean, now: number, counts: boolean): void {
    if (this.reuse.deadline(hash) <= now) this.forget(hash)
    const { reuse } = this
    this.work++
    reuse.read(hash, counts)
    if (held) reuse.keep(hash, weight)
    else this.#missed[hash & (MISSED - 1)] = hash
    for (const miniature of this.miniatures) {
      if (hash >= miniature.limit) continue
      this.work++
      miniature.read(hash, counts)
      if (held) miniature.keep(hash, weight, false)
    }
  }

  /** A value was kept. `written`: by somebody who wrote it; what he has just missed counts as brought for the read. */
  keep(hash: number, weight: number, deadline: number, written: boolean): void {
    const at = hash & (MISSED - 1)
    const anew = written && this.#missed[at] !== hash
    this.#missed[at] = 0
    this.work++
    this.reuse.keep(hash, weight)
    this.reuse.setDeadline(hash, deadline)
    if (anew) this.reuse.read(hash, false)
    for (const miniature of this.miniatures) {
      if (hash >= miniature.limit) continue
      this.work++
      miniature.keep(hash, weight, anew)
    }
  }

  /** A key is gone, for another reason than room. */
  forget(hash: number): void {
    this.reuse.forget(hash)
    for (const miniature of this.miniatures) miniature.forget(hash)
  }

  forgetAll(): void {
    this.reuse.forgetAll()
    for (const miniature of this.miniatures) miniature.forgetAll()
  }

  /** Samples no more than this share of the keys from now on; for LRU, a greater one. */
  lower(rate: number): void {
    const limit = limitFor(rate)
    this.reuse.lower(limitFor(CHEAPER * rate))
    for (const miniature of this.miniatures) miniature.lower(limit)
  }

  /** Forgets all keys, to sample up to this share of them; what was counted stays. */
  restart(rate: number): void {
    const limit = limitFor(rate)
    this.reuse.restart(limitFor(CHEAPER * rate))
    for (const miniature of this.miniatures) miniature.restart(limit)
  }

  /** What was counted so far counts less from now on. */
  age(factor: number): void {
    this.reuse.age(factor)
    for (const miniature of this.miniatures) miniature.age(factor)
  }

  /** @throws TerraceError `ERR_INVARIANT` */
  check(): void {
    this.reuse.check()
    for (const miniature of this.miniatures) miniature.check()
  }
}
