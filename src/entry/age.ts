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

/** Whether the entry is stale at the monotonic moment `now`, though perhaps not dead. */
export function isStale({ upkeep }: Pick<Entry, 'upkeep'>, now: number): boolean {
  return upkeep !== undefined && upkeep.freshUntil <= now
}

/** Whether the entry is due for a refresh, or stale, at the monotonic moment `now`. */
export function isDue({ upkeep }: Pick<Entry, 'upkeep'>, now: number): boolean {
  return upkeep !== undefined && upkeep.due <= now
}

/** Milliseconds for which the entry is fresh from the monotonic moment `now` on: 0 once it is stale. */
export function freshFor(entry: Mortal & Pick<Entry, 'upkeep'>, now: number): number {
  const left = remaining(entry, now)
  return entry.upkeep === undefined ? left : Math.max(0, Math.min(left, entry.upkeep.freshUntil - now))
}

/**
 * The deadline of what is kept now for `ttl` milliseconds. `jitter` is the largest fraction of the
 * ttl taken off, `chance` a uniform random number: entries stored together then do not end together.
 */
export function deadlineAfter(now: number, ttl: number, jitter: number, chance: number): number {
  return jitter === 0 || ttl === Number.POSITIVE_INFINITY ? now + ttl : now + ttl * (1 - jitter * chance)
}
