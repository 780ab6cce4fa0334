/** One level of a set-up on one trace, all its copies together. */
export interface LevelReport {
  readonly name: string
  /** The size of one copy as it was asked for: `'1000'`, `'1%'`, `'64mb'`. */
  readonly size: string
  /** The most entries of one copy; `null` where it is bounded by bytes. */
  readonly entries: number | null
  /** The most bytes of one copy; `null` where it is bounded by entries. */
  readonly bytes: number | null
  /** How many servers have a copy each; 1 for a level that all share. */
  readonly copies: number
  readonly shared: boolean
  readonly policy: string
  /** Milliseconds of one look-up. */
  readonly latency: number
  /** Reads that came as far as this level, and those that it answered. */
  readonly lookups: number
  readonly hits: number
  /** Hits in percent of its look-ups. */
  readonly hitRatio: number
  /** Hits in percent of all requests: the shares of all levels and of the source are 100. */
  readonly share: number
  readonly evictions: number
  readonly expired: number
  /** Held at the end. Bytes are `null` where it is bounded by entries. */
  readonly held: { readonly entries: number; readonly bytes: number | null }
}

/** Milliseconds that reads took, by the latencies given. */
export interface LatencyReport {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** What a million requests cost, in the money of the description. */
export interface CostReport {
  /** Fetches from the source. */
  readonly source: number
  /** Look-ups in levels. */
  readonly lookups: number
  /** Memory, for the time in which a million requests come; 0 where no level has a price. */
  readonly memory: number
  readonly total: number
}

/** One set-up on one trace. Ratios are percentages. */
export interface SetupReport {
  /** The set-up in the words of a description. */
  readonly setup: string
  readonly servers: number
  readonly requests: number
  readonly hits: number
  readonly hitRatio: number
  readonly levels: readonly LevelReport[]
  readonly source: {
    /** Milliseconds of one fetch. */
    readonly latency: number
    readonly fetches: number
    /** In percent of all requests. */
    readonly share: number
    /** `null` for a trace without sizes. */
    readonly fetchedBytes: number | null
  }
  readonly invalidations: number
  readonly latency: LatencyReport
  /** `null` where nothing has a cost or a price. */
  readonly cost: CostReport | null
  /** Time spent in this set-up's replay. */
  readonly seconds: number
}

/** One trace and what each set-up made of it. */
export interface LevelsTraceReport {
  readonly trace: string
  readonly requests: number
  /** `null` where nothing that was asked for needed to count them. */
  readonly distinctKeys: number | null
  readonly requestedBytes: number | null
  readonly setups: readonly SetupReport[]
}

/** The outcome of `simulateLevels`: plain data, the same after a round trip through JSON. */
export interface LevelsReport {
  readonly seed: number
  readonly balance: string
  /** Requests a second; `null` where time played no part. */
  readonly rate: number | null
  /** Milliseconds a fetched value lives; `null` for no end. */
  readonly ttl: number | null
  /** The chance that a key had been changed before a request for it. */
  readonly writes: number
  /** Latencies that were not given, as they were assumed: `'redis 500 us'`. */
  readonly assumed: readonly string[]
  readonly traces: readonly LevelsTraceReport[]
}
