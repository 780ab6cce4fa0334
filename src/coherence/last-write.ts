import type { Era } from '../entry/era.ts'
import type { Point } from '../stores/ledger.ts'

/** So many eras: others may have forgotten the name of a step that was made before. */
const LONG_AGO = 1000

/** Where the last write of this process stands in a shard: the last step that it made, or met something newer at. */
export class LastWrite {
  #point: Point | undefined

  /** Where it stands; where that is long before the era `known`, `later` stands for it. `undefined` before the first. */
  at(known: Era, later: Point | undefined): Point | undefined {
    return this.#point !== undefined && known - this.#point.era > LONG_AGO ? later : this.#point
  }

  /** A write stands at this point. */
  stands({ reign, era, link }: Point): void {
    if (this.#point === undefined || reign !== this.#point.reign || era > this.#point.era)
      this.#point = { reign, era, link }
  }

  /** A write stands at this point, wherever the ones before stand. */
  standsAnew({ reign, era, link }: Point): void {
    this.#point = { reign, era, link }
  }

  /** The step it was is of no history that counts: this one is. */
  moved(point: Point | undefined): void {
    if (this.#point !== undefined) this.#point = point
  }
}
