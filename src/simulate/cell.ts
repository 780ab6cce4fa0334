import type { Batch } from './trace.ts'

/** What a replay counted. Bytes are 0 where the trace has no sizes. */
export interface Tally {
  readonly hits: number
  readonly evictions: number
  readonly hitBytes: number
}

/** One policy at one size, replaying a trace batch by batch beside the others. */
export interface Cell {
  replay(batch: Batch): void
  tally(): Tally
  close(): void
}
