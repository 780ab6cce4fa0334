/** One policy at one size on one trace. Ratios are percentages of all requests, or of all bytes requested. */
export interface CellReport {
  readonly policy: string
  /** The size as it was asked for: `'1000'`, `'1%'`, `'64mb'`. */
  readonly size: string
  /** The most entries the cache could hold; `null` where it was bounded by bytes. */
  readonly entries: number | null
  /** The most bytes the cache could hold; `null` where it was bounded by entries. */
  readonly bytes: number | null
  readonly requests: number
  readonly hits: number
  readonly misses: number
  readonly hitRatio: number
  /** Bytes of hits in percent of the bytes requested; `null` for a trace without sizes. */
  readonly byteHitRatio: number | null
  readonly evictions: number
  /** Time spent in this cell's replay. */
  readonly seconds: number
}

/** Mean ratios of one policy. */
export interface MeanReport {
  readonly policy: string
  readonly hitRatio: number
  readonly byteHitRatio: number | null
}

/** One trace: its cells by policy and then size, and each policy's mean over the sizes. */
export interface TraceReport {
  readonly trace: string
  readonly requests: number
  /** `null` where nothing that was asked for needed to count them. */
  readonly distinctKeys: number | null
  /** Bytes requested in all; `null` for a trace without sizes. */
  readonly requestedBytes: number | null
  readonly cells: readonly CellReport[]
  readonly means: readonly MeanReport[]
}

/** The outcome of `simulate`: plain data, the same after a round trip through JSON. */
export interface Report {
  /** The seed of all randomness; only `seconds` differ between runs with the same seed. */
  readonly seed: number
  readonly traces: readonly TraceReport[]
  /** Each policy's mean over the traces, every trace counting the same. */
  readonly means: readonly MeanReport[]
}

/** The mean of each policy's rows, in the order in which the policies first appear. */
export function meansOf(rows: readonly MeanReport[]): readonly MeanReport[] {
  const policies = [...new Set(rows.map((row) => row.policy))]
  return policies.map((policy) => {
    const own = rows.filter((row) => row.policy === policy)
    const byBytes = own.flatMap((row) => (row.byteHitRatio === null ? [] : [row.byteHitRatio]))
    return {
      policy,
      hitRatio: mean(own.map((row) => row.hitRatio)),
      byteHitRatio: byBytes.length === 0 ? null : mean(byBytes),
    }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
