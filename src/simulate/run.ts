import { systemWorld } from '../world/system-world.ts'
import { CacheCell } from './cache-cell.ts'
import type { Cell } from './cell.ts'
import type { Contender } from './contender.ts'
import { OptimumCell } from './optimum-cell.ts'
import type { CellReport } from './report.ts'
import type { Bound, Size } from './size.ts'
import type { Survey } from './survey.ts'
import type { Batch } from './trace.ts'

/** One cell of a report in the making: a replay with its stopwatch. */
export class Run {
  readonly #contender: Contender
  readonly #size: Size
  readonly #bound: Bound
  readonly #cell: Cell
  #milliseconds = 0

  constructor(contender: Contender, size: Size, bound: Bound, survey: Survey | undefined, seed: number) {
    this.#contender = contender
    this.#size = size
    this.#bound = bound
    const { policy } = contender
    this.#cell =
      policy === undefined ? new OptimumCell(bound.entries, survey!.nextUses!) : new CacheCell(bound, policy, seed)
  }

  replay(batch: Batch): void {
    const start = systemWorld.mono()
    this.#cell.replay(batch)
    this.#milliseconds += systemWorld.mono() - start
  }

  report(requests: number, requestedBytes: number | null): CellReport {
    const { hits, evictions, hitBytes } = this.#cell.tally()
    return {
      policy: this.#contender.name,
      size: this.#size.label,
      entries: this.#bound.bytes === undefined ? this.#bound.entries : null,
      bytes: this.#bound.bytes ?? null,
      requests,
      hits,
      misses: requests - hits,
      hitRatio: (100 * hits) / requests,
      byteHitRatio: requestedBytes === null ? null : requestedBytes === 0 ? 0 : (100 * hitBytes) / requestedBytes,
      evictions,
      seconds: this.#milliseconds / 1000,
    }
  }

  close(): void {
    this.#cell.close()
  }
}
