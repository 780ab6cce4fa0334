import type { Inconsistency } from '../entry/inconsistency.ts'

/** How many of the reads that were checked had come to agree within a time. */
export interface VerifiedWithin {
  /** Milliseconds. */
  readonly within: number
  readonly agreed: number
  /** Those that had not. */
  readonly late: number
  /** agreed / (agreed + late); `undefined` before anything was checked. */
  readonly ratio: number | undefined
  /** What the share of all reads is at least, with 95 % confidence (Wilson's bound): a few reads prove few nines. */
  readonly atLeast: number | undefined
}

/** Why nothing can be said of a read. It is never counted as agreement. */
export type UnknownReason =
  /** What it is compared with did not answer, has missed an invalidation itself, or the source threw. */
  | 'unanswered'
  /** The shared level holds nothing under the key any more, and no invalidation is known that took it. */
  | 'gone'
  /** The key was put into level 1 alone (`put`), or is taken for one that was: its value is its own truth. */
  | 'put'
  /** What is served changed each time it was looked at. */
  | 'moved'
  /** The comparison itself threw. */
  | 'failed'
  /** Too many keys were under suspicion at the time. */
  | 'crowded'

/** An {@link Inconsistency} as it is remembered. */
export interface Offender extends Inconsistency {
  /** Reads that were checked meanwhile. */
  readonly reads: number
  /** Whether it was still so when it was last looked at. */
  readonly isOpen: boolean
}

/** What came of comparing with one level, or with the source. */
export interface VerifiedAgainst {
  /** The name of the level, or `source`. */
  readonly against: string
  /** All of it in a sentence. */
  readonly summary: string
  /** Reads that were compared. */
  readonly checked: number
  /** Those of them that agreed at once. */
  readonly agreed: number
  /** Those that had not agreed after the longest time. */
  readonly disagreed: number
  /** Those of which it is not yet known. */
  readonly open: number
  /** By the times of the option `within`, the shortest first. */
  readonly within: readonly VerifiedWithin[]
  readonly unknown: Readonly<Record<UnknownReason, number>>
  /** The last keys that did not agree, the latest first. */
  readonly offenders: readonly Offender[]
}

/** What checking reads has shown since it began. */
export interface VerifiedStats {
  /** Milliseconds. */
  readonly uptime: number
  /** Reads that were chosen, but not looked at: enough were already. */
  readonly skipped: number
  readonly against: readonly VerifiedAgainst[]
}

/** Something that checks reads. */
export interface Verifying {
  stats(): VerifiedStats
  close(): void
}
