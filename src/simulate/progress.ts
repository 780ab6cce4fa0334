/** How far a simulation is, told after each batch of requests. */
export interface Progress {
  /** The trace being read. */
  readonly trace: string
  /** Which pass over it: the first counts keys, the second replays. */
  readonly pass: 'survey' | 'replay'
  /** Requests read in this pass. */
  readonly requests: number
  /** How much of all the work is done, from 0 to 1: an estimate from the bytes read. */
  readonly done: number
}

/** What replaying one cell costs in comparison to reading the trace. */
const CELL_COST = 0.3

/** A pass over one trace, in units of work: bytes to read, and more for each cell that replays them. */
export interface Work {
  readonly pass: 'survey' | 'replay'
  readonly bytes: number
  readonly cells: number
}

/** Adds up passes of known sizes into one fraction. */
export class ProgressMeter {
  readonly #total: number
  readonly #tell: ((progress: Progress) => void) | undefined
  #finished = 0

  constructor(all: readonly Work[], tell: ((progress: Progress) => void) | undefined) {
    this.#total = Math.max(
      1,
      all.reduce((sum, work) => sum + cost(work, work.bytes), 0),
    )
    this.#tell = tell
  }

  during(work: Work, trace: string, requests: number, position: number): void {
    const done = Math.min(1, (this.#finished + cost(work, Math.min(position, work.bytes))) / this.#total)
    this.#tell?.({ trace, pass: work.pass, requests, done })
  }

  finished(work: Work): void {
    this.#finished += cost(work, work.bytes)
  }
}

function cost(work: Work, bytes: number): number {
  return bytes * (1 + work.cells * CELL_COST)
}
