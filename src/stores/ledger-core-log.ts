import { storedKey } from '../entry/key-text.ts'
import type { Scope } from '../entry/scope.ts'
import type { Invalidation } from './ledger.ts'

/** What the log is told of a step: not the keys whose names have more bytes than `longest`. */
export function curtailed(step: Invalidation, longest: number): Invalidation {
  const isLong = (scope: Scope): boolean =>
    scope.kind === 'key' && scope.key.length * 6 > longest && Buffer.byteLength(storedKey(scope.key)) > longest
  if (!step.scopes.some(isLong)) return step
  return { ...step, scopes: step.scopes.filter((scope) => !isLong(scope)), isCurtailed: true }
}
