import type { CacheColumns, LevelColumns, Point, Told } from './protocol.ts'

/** The figures of a whole cache, in the order in which they lie in a row. */
const CACHE_FIGURES: readonly (keyof CacheColumns<Told>)[] = [
  'reads',
  'hits',
  'misses',
  'fetches',
  'fetchFailures',
  'fetchMean',
  'fetchP50',
  'fetchP90',
  'fetchP99',
  'unproven',
  'stale',
  'refreshes',
  'leased',
  'awaited',
  'flights',
  'sourceLimit',
  'sourceInFlight',
  'sourceQueued',
  'feedLag',
  'shed',
  'retried',
]

/** The figures of one level. */
const LEVEL_FIGURES: readonly (keyof LevelColumns<Told>)[] = [
  'answered',
  'hits',
  'misses',
  'sets',
  'deletes',
  'evictions',
  'expired',
  'failures',
  'size',
  'bytes',
  'pending',
  'breaker',
  'proven',
  'latencyMean',
  'latencyP50',
  'latencyP90',
  'latencyP99',
  'latencyMax',
]

const HEAD = 2

/** The last `capacity` points, each as one row of numbers: some 500 bytes for a cache of two levels. */
export class PointRing {
  readonly #levels: number
  readonly #width: number
  readonly #capacity: number
  /** Grows to its bound: a cache that has just begun takes little. */
  readonly #rows: Float64Array[] = []
  #next = 0

  constructor(levels: number, capacity: number) {
    this.#levels = levels
    this.#width = HEAD + CACHE_FIGURES.length + levels * LEVEL_FIGURES.length
    this.#capacity = capacity
  }

  add({ at, length, total, levels }: Point): void {
    const row = this.#rows.length < this.#capacity ? new Float64Array(this.#width) : this.#rows[this.#next]!
    let place = 0
    row[place++] = at
    row[place++] = length
    for (const figure of CACHE_FIGURES) row[place++] = total[figure] ?? Number.NaN
    for (const level of levels) for (const figure of LEVEL_FIGURES) row[place++] = level[figure] ?? Number.NaN
    this.#rows[this.#next] = row
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** All of it in columns, the oldest first. */
  columns(): {
    readonly at: Told[]
    readonly total: CacheColumns<Told[]>
    readonly levels: LevelColumns<Told[]>[]
  } {
    const rows = [...this.#rows.slice(this.#next), ...this.#rows.slice(0, this.#next)]
    const column = (place: number): Told[] => rows.map((row) => (Number.isNaN(row[place]) ? null : row[place]!))
    const levels = Array.from({ length: this.#levels }, (_, n) => {
      const begin = HEAD + CACHE_FIGURES.length + n * LEVEL_FIGURES.length
      return named(LEVEL_FIGURES, (at) => column(begin + at))
    })
    return { at: column(0), total: named(CACHE_FIGURES, (at) => column(HEAD + at)), levels }
  }
}

/** An object with a property for each figure. */
function named<F extends string, T>(figures: readonly F[], value: (at: number) => T): Record<F, T> {
  return Object.fromEntries(figures.map((figure, at) => [figure, value(at)])) as Record<F, T>
}
