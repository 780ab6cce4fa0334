import { keepsStale, type Scope } from '../entry/scope.ts'
import type { Parts } from './parts.ts'

/** Grounds every flight that may bring what these scopes cover; flights that bring an invalidated tag are told by it when they land. */
export function ground(
  { lookups, fetches, tags }: Pick<Parts, 'lookups' | 'fetches' | 'tags'>,
  scopes: readonly Scope[],
): void {
  for (const scope of scopes) {
    if (scope.kind === 'key') {
      lookups.ground(scope.key)
      fetches.ground(scope.key)
    } else if (scope.kind === 'tag') tags.note(scope.tag, keepsStale(scope))
    else {
      const prefix = scope.kind === 'prefix' ? scope.prefix : ''
      lookups.groundPrefix(prefix, keepsStale(scope))
      fetches.groundPrefix(prefix, keepsStale(scope))
    }
  }
}
