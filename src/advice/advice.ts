import type { PolicyName } from '../policies/index.ts'

/** Hit ratio over size, under one policy. */
export interface Curve {
  readonly policy: PolicyName
  /** Rising; entries or bytes, as `LevelAdvice.unit` says. */
  readonly sizes: readonly number[]
  /** One a size, 0 to 1: of the reads that reach the level. */
  readonly ratios: readonly number[]
  /** How far each may be off by chance (two standard errors), 0 to 1. */
  readonly errors: readonly number[]
}

/** What the reads of one namespace would do in an LRU cache of their own. */
export interface NamespaceAdvice {
  /** Its name, those of the namespaces around it in front. */
  readonly namespace: string
  readonly readsPerMinute: number
  readonly curve: Curve
}

/** What other sizes and policies would bring one level, from its reads of late. */
export interface LevelAdvice {
  /** 0 for level 1. */
  readonly level: number
  readonly name: string
  readonly unit: 'entries' | 'bytes'
  /** The present size; `undefined` where the level does not tell. */
  readonly size: number | undefined
  readonly policy: string | undefined
  /** What was measured: the part of the reads that found an entry. */
  readonly hitRatio: number
  readonly readsPerMinute: number
  /** How many reads all this is computed from, those of long ago counting less. */
  readonly reads: number
  /** The share of the keys that was looked at. */
  readonly sampled: number
  /** LRU first, then the present policy, then others. */
  readonly curves: readonly Curve[]
  /** Of level 1: those made first. */
  readonly namespaces: readonly NamespaceAdvice[]
  /** Of level 1: whether there are others, which are not measured. */
  readonly moreNamespaces: boolean
  /** In words, the most useful first. */
  readonly advice: readonly string[]
}

/** What `cache.advice()` answers. */
export interface Advice {
  /** Empty where nothing is measured; `why` says why. */
  readonly levels: readonly LevelAdvice[]
  readonly why: string | undefined
  /** Milliseconds since it began to be measured. */
  readonly age: number
  /** Bytes that the shadows take. */
  readonly memory: number
}
