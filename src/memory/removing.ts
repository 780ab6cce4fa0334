import { keepsStale, type Scope } from '../entry/scope.ts'
import { hasGrace } from '../entry/upkeep.ts'
import { Boxed } from './boxed.ts'
import type { Division } from './division.ts'

/**
 * Removes what a scope covers, and where that is kept as stale, what cannot be stale. What has a tag is removed
 * when it is next asked for.
 */
export function removeCovered(division: Division, scope: Scope): void {
  if (keepsStale(scope)) removeGraceless(division, scope)
  else if (scope.kind === 'key') division.of(scope.key).remove(scope.key)
  else if (scope.kind === 'all') for (const home of division) home.clear()
  else if (scope.kind === 'prefix') {
    removeAll(division, ([key]) => key.startsWith(scope.prefix))
  }
}

function removeGraceless(division: Division, scope: Scope): void {
  if (scope.kind === 'key' || scope.kind === 'tag') return
  const prefix = scope.kind === 'prefix' ? scope.prefix : ''
  removeAll(division, ([key, held]) => {
    return key.startsWith(prefix) && !(held instanceof Boxed && hasGrace(held.upkeep, held.deadline))
  })
}

function removeAll(division: Division, isCovered: (pair: readonly [string, unknown]) => boolean): void {
  for (const home of division) {
    const covered = [...home.pairs(true)].filter(isCovered)
    for (const [key] of covered) home.remove(key)
  }
}
