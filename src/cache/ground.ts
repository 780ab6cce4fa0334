import type { Scope } from '../entry/scope.ts'
import type { Parts } from './parts.ts'

/** Grounds every flight that may bring what these scopes cover. Which tags a flight will bring, nobody knows before it lands. */
export function ground({ lookups, fetches }: Pick<Parts, 'lookups' | 'fetches'>, scopes: readonly Scope[]): void {
  for (const scope of scopes) {
    if (scope.kind === 'key') {
      lookups.ground(scope.key)
      fetches.ground(scope.key)
    } else {
      const prefix = scope.kind === 'prefix' ? scope.prefix : ''
      lookups.groundPrefix(prefix)
      fetches.groundPrefix(prefix)
    }
  }
}
