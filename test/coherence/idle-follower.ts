import type { Follower } from '../../src/level.ts'

/** A follower that does what is given, and else nothing. */
export function idleFollower(own: Partial<Follower> = {}): Follower {
  const nothing = (): void => undefined
  return {
    carriesOn: false,
    invalidated: nothing,
    lost: nothing,
    met: nothing,
    owed: () => nothing,
    settled: nothing,
    hearingChanged: nothing,
    unannounced: nothing,
    ...own,
  }
}
