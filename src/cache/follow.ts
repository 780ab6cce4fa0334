import { EVERYTHING, type Scope } from '../entry/scope.ts'
import { Doubt } from '../remote/doubt.ts'
import type { GuardedLevel } from '../remote/guarded-level.ts'
import { ground } from './ground.ts'
import { settled } from './leasing.ts'
import { deepestHeard, type Parts } from './parts.ts'
import { report } from './report.ts'

/**
 * Follows what other processes do to the levels they share. What they invalidated is forgotten in
 * every level above that is this process's own; in those that are shared they did it themselves.
 */
export function followAll(parts: Parts): void {
  for (const [n, level] of parts.levels.entries()) {
    const { shares } = level.traits
    if (shares === undefined) continue
    const { name } = level
    shares.follow({
      carriesOn: sharedAbove(parts, n).length > 0,
      invalidated: (scopes) => {
        report(parts, { type: 'heard', level: name, scopes })
        forget(parts, n, scopes)
      },
      lost: () => lose(parts, n),
      // While it failed, or a part of it was not even asked, something may have been kept above it that others had
      // long invalidated.
      met: () => (level.tally.unanswered > 0 ? lose(parts, n) : undefined),
      owed: (scopes) => (sharedAbove(parts, n).length > 0 ? level.owes(scopes) : () => undefined),
      hearingChanged: () => {
        limitAll(parts)
        report(parts, { type: 'hearing', level: name, hearing: shares.hearing })
      },
      unannounced: (scopes) => report(parts, { type: 'unannounced', level: name, scopes }),
      settled: (keys) => settled(parts, keys),
    })
  }
  for (const [n, level] of parts.levels.entries()) {
    if (level.traits.shares === undefined) continue
    const below = parts.levels.slice(n + 1).filter(({ traits }) => traits.shares !== undefined)
    level.standsBetween(sharedAbove(parts, n), below)
  }
  limitAll(parts)
  if (!parts.currency.matters) return
  const { currency, plan, tally } = parts
  const doubt = new Doubt(currency, plan.whenCutOff === 'serve', () => tally.unproven++)
  for (const [n, { traits }] of parts.levels.slice(0, deepestHeard(parts.levels)).entries()) {
    if (n === 0 && traits.near !== undefined) parts.levels[n]!.believe(currency)
    else if (traits.shares === undefined) parts.levels[n]!.doubtedBy(doubt)
  }
}

function sharedAbove({ levels }: Parts, n: number): GuardedLevel[] {
  return levels.slice(0, n).filter(({ traits }) => traits.shares !== undefined)
}

/** Says how long anything may stay in each level at most. */
function limitAll({ levels }: Parts): void {
  let longest = Number.POSITIVE_INFINITY
  let isBottom = true
  for (const level of levels.toReversed()) {
    const { shares } = level.traits
    // Somebody else's write may have passed below while it was brought here.
    const isPassed = !isBottom && shares?.checksBirths === false
    level.limit(isPassed ? Math.min(longest, shares.maxStaleness) : longest)
    if (shares?.hearing === 'nothing') longest = Math.min(longest, shares.maxStaleness)
    if (shares !== undefined) isBottom = false
  }
}

/** Nothing held above level `n` can be believed any more. */
function lose(parts: Parts, n: number): void {
  const level = parts.levels[n]!
  report(parts, { type: 'lost', level: level.name })
  forget(parts, n, [EVERYTHING])
  level.disowns()
}

/** Raises floors above level `n`, and takes the flights they cover off the table. */
function forget(parts: Parts, n: number, scopes: readonly Scope[]): void {
  parts.overtaking.note(scopes)
  // Whoever asks from now on must not get what a flight brings that may be older.
  ground(parts, scopes)
  for (const level of parts.levels.slice(0, n)) {
    if (level.traits.shares !== undefined) continue
    // In memory the floor stands when this call returns; others are behind until they have heard it.
    if (level.traits.near === undefined) level.forget(scopes)
    else parts.observers.background('forgetting what another process invalidated', () => level.raise(scopes))
  }
}
