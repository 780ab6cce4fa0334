import type { World } from '../world/world.ts'

/** What one level was asked, and how long it took. Plain counters: a hit increments one of them. */
export class LevelTally {
  hits = 0
  misses = 0
  sets = 0
  deletes = 0
  failures = 0
  /** What was not even asked, for the level, or that part of it, does not answer. */
  refusals = 0
  reads = 0
  readTime = 0
  longestRead = 0

  /** What it gave no answer to. */
  get unanswered(): number {
    return this.failures + this.refusals
  }

  /** Notes the time since `began` as the length of one read. */
  timed(world: World, began: number): void {
    const length = world.mono() - began
    this.reads++
    this.readTime += length
    if (length > this.longestRead) this.longestRead = length
  }
}
