/** How far warming has come. Each key is counted once. */
export interface WarmReport {
  /** Came into level 1. */
  readonly warmed: number
  /** Were there already. */
  readonly present: number
  /** Are in no level, and the source, where it was asked, has nothing. */
  readonly missing: number
  /** Could not be read or fetched. */
  readonly failed: number
  /** Level 1 did not take them: too large, stale or over, or invalidated in this cache since. */
  readonly refused: number
  /** Were not tried, for level 1 has no more room, or the signal has aborted. */
  readonly left: number
}

/** The counts, while they grow. */
export class WarmCounts {
  warmed = 0
  present = 0
  missing = 0
  failed = 0
  refused = 0
  left: number

  constructor(keys: number) {
    this.left = keys
  }

  get report(): WarmReport {
    const { warmed, present, missing, failed, refused, left } = this
    return { warmed, present, missing, failed, refused, left }
  }

  /** So many of those that were left have come to this. */
  add(outcomes: Omit<WarmReport, 'left'>): void {
    for (const outcome of ['warmed', 'present', 'missing', 'failed', 'refused'] as const) {
      this.left -= outcomes[outcome]
      this[outcome] += outcomes[outcome]
    }
  }

  /** One of those that were left has come to this. */
  count(outcome: 'warmed' | 'present' | 'missing' | 'failed' | 'refused'): void {
    this.left--
    this[outcome]++
  }
}
