import { type NamespaceStats, ratio } from './stats.ts'

/** The counts of a namespace. */
export class SpaceTally {
  /** As it is called from the cache: `users`, `users:posts`, `users@3`. */
  readonly name: string
  /** What level 1 has answered at once. */
  near = 0
  /** By level, without those. */
  readonly #hits: number[]
  misses = 0
  fetches = 0
  fetchFailures = 0
  unproven = 0
  stale = 0
  refreshes = 0
  mismatched = 0

  constructor(name: string, levels: number) {
    this.name = name
    this.#hits = new Array(levels).fill(0)
  }

  answered(level: number): void {
    if (level === -1) this.misses++
    else this.#hits[level]!++
  }

  /** The counts as they stand, besides what it has of level 1. */
  figures(): Omit<NamespaceStats, 'share'> {
    const { name, near, misses, fetches, fetchFailures, unproven, stale, refreshes, mismatched } = this
    const hitsByLevel = [...this.#hits]
    hitsByLevel[0]! += near
    const hits = hitsByLevel.reduce((sum, count) => sum + count, 0)
    const requests = hits + misses
    const counts = { requests, hits, misses, hitRatio: ratio(hits, requests), hitsByLevel }
    return { name, ...counts, fetches, fetchFailures, unproven, stale, refreshes, mismatched }
  }
}
