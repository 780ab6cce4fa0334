/** GET advice `?cache=NAME`: what other sizes and policies would bring. */
export interface AdviceAnswer {
  readonly cache: string
  readonly at: number
  /** Milliseconds since it began to be measured; what is long ago counts less. */
  readonly age: number
  /** Bytes that measuring takes. */
  readonly memory: number
  /** Empty where nothing is measured; `why` says why. */
  readonly levels: readonly LevelAdviceText[]
  readonly why: string | null
}

/** What other sizes and policies would bring one level. */
export interface LevelAdviceText {
  /** 0 for level 1. */
  readonly level: number
  /** Of sizes. */
  readonly unit: 'entries' | 'bytes'
  /** The present size; `null` where the level does not tell. */
  readonly size: number | null
  /** What was measured: the part of the reads that found an entry, 0 to 1. */
  readonly hitRatio: number
  readonly readsPerMinute: number
  /** How many reads all this is computed from. */
  readonly reads: number
  /** The share of the keys that was looked at, 0 to 1. */
  readonly sampled: number
  /** The name of its eviction policy; `null` where it has none, or does not tell. */
  readonly policy: string | null
  /** LRU first, then the present policy. */
  readonly curves: readonly CurveText[]
  /** Of level 1: what an LRU cache of its own would do for each namespace, of those made first. */
  readonly namespaces: readonly NamespaceAdviceText[]
  /** Of level 1: whether there are others, which are not measured. */
  readonly moreNamespaces: boolean
  /** In words, the most useful first. */
  readonly advice: readonly string[]
}

/** Hit ratio (0 to 1) over size, sizes rising; each may be off by its error. */
export interface CurveText {
  readonly policy: string
  readonly sizes: readonly number[]
  readonly ratios: readonly number[]
  readonly errors: readonly number[]
}

/** What the reads of one namespace would do in an LRU cache of their own. */
export interface NamespaceAdviceText {
  readonly namespace: string
  readonly readsPerMinute: number
  readonly curve: CurveText
}
