import type { Entry } from './entry.ts'

/** Whatever has a deadline. */
export type Mortal = Pick<Entry, 'deadline'>

/** Milliseconds the entry has left at the monotonic moment `now`: 0 once it is dead, `Infinity` without a deadline. */
export function remaining(entry: Mortal, now: number): number {
  return Math.max(0, entry.deadline - now)
}

/** Whether the entry is past its deadline at the monotonic moment `now`. */
export function isDead(entry: Mortal, now: number): boolean {
  return entry.deadline <= now
}

/**
 * The deadline of what is kept now for `ttl` milliseconds. `jitter` is the largest fraction of the
 * ttl taken off, `chance` a uniform random number: entries stored together then do not end together.
 */
export function deadlineAfter(now: number, ttl: number, jitter: number, chance: number): number {
  return jitter === 0 || ttl === Number.POSITIVE_INFINITY ? now + ttl : now + ttl * (1 - jitter * chance)
}
