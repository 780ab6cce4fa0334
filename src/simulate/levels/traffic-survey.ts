import { KeyNumbers } from '../key-numbers.ts'
import type { Size } from '../size.ts'
import { type Bound, boundOf } from '../size.ts'
import type { Batch } from '../trace.ts'

/** What a pass over a trace found out. Bytes are 0 where it has no sizes. */
export interface TrafficSurvey {
  readonly requests: number
  readonly distinctKeys: number
  /** Of each key the size it had when it was first asked for. */
  readonly distinctBytes: number
  readonly smallest: number
  readonly largest: number
}

/** Counts requests, distinct keys and their bytes: 16 to 32 bytes of memory a distinct key. */
export class TrafficSurveyor {
  readonly #numbers = new KeyNumbers()
  #requests = 0
  #distinctBytes = 0
  #smallest = Number.POSITIVE_INFINITY
  #largest = 0

  get requests(): number {
    return this.#requests
  }

  take({ keys, sizes }: Batch): void {
    for (let i = 0; i < keys.length; i++) {
      const known = this.#numbers.size
      const isNew = this.#numbers.numberOf(keys[i]!) === known
      if (sizes === undefined) continue
      const size = sizes[i]!
      if (isNew) this.#distinctBytes += size
      this.#smallest = Math.min(this.#smallest, size)
      this.#largest = Math.max(this.#largest, size)
    }
    this.#requests += keys.length
  }

  survey(): TrafficSurvey {
    return {
      requests: this.#requests,
      distinctKeys: this.#numbers.size,
      distinctBytes: this.#distinctBytes,
      smallest: this.#smallest === Number.POSITIVE_INFINITY ? 0 : this.#smallest,
      largest: this.#largest,
    }
  }
}

/** What a size comes to on a trace; in bytes, with no room for more entries than can ever be held. */
export function levelBound(size: Size, overhead: number, survey: TrafficSurvey | undefined): Bound {
  const bound = boundOf(size, survey && { ...survey, nextUses: undefined })
  if (bound.bytes === undefined || survey === undefined) return bound
  const most = Math.floor(bound.bytes / Math.max(1, survey.smallest + overhead))
  return { bytes: bound.bytes, entries: Math.max(1, Math.min(bound.entries, most)) }
}
