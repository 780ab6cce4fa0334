import { ReuseCurve } from './reuse-curve.ts'

/** The reads of one namespace, as an LRU cache of its own would have them. */
export class SpaceSample {
  readonly prefix: string
  readonly reuse: ReuseCurve

  constructor(prefix: string, sizes: readonly number[], most: number, unit: boolean) {
    this.prefix = prefix
    this.reuse = new ReuseCurve(sizes, most, unit)
  }

  read(hash: number, weight: number, held: boolean, now: number, counts: boolean): void {
    if (this.reuse.deadline(hash) <= now) this.reuse.forget(hash)
    this.reuse.read(hash, counts)
    if (held) this.reuse.keep(hash, weight)
  }

  keep(hash: number, weight: number, deadline: number): void {
    this.reuse.keep(hash, weight)
    this.reuse.setDeadline(hash, deadline)
  }

  forget(hash: number): void {
    this.reuse.forget(hash)
  }

  forgetAll(): void {
    this.reuse.forgetAll()
  }

  age(factor: number): void {
    this.reuse.age(factor)
  }

  check(): void {
    this.reuse.check()
  }
}
