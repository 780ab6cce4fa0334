import { keepsStale, type Scope } from '../entry/scope.ts'
import type { KeyText, ScopeText } from './protocol.ts'

const LONGEST = 1000

/** As much of a key as is shown. */
export function keyText(key: string): KeyText {
  return key.length <= LONGEST ? { key } : { key: key.slice(0, LONGEST), cut: key.length }
}

/** A name of which only the text matters, cut off where it is long. */
export function shortText(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`
}

/** A key that is remembered for a while: a long one by its beginning and length, in a string of its own. */
export function keptKey(key: string): string {
  // A slice of a string keeps all of it in memory; what was copied into bytes does not.
  return key.length <= LONGEST ? key : Buffer.from(shortText(key)).toString()
}

export function scopeText(scope: Scope): ScopeText {
  const soft = keepsStale(scope) ? { keepsStale: true as const } : {}
  switch (scope.kind) {
    case 'key':
      return { kind: 'key', key: shortText(scope.key) }
    case 'prefix':
      return { kind: 'prefix', prefix: shortText(scope.prefix), ...soft }
    case 'tag':
      return { kind: 'tag', tag: shortText(scope.tag), ...soft }
    case 'all':
      return { kind: 'all', ...soft }
  }
}

/** An error in a line. */
export function errorText(error: unknown): string {
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : typeof error === 'string' ? error : 'an error'
  return text.slice(0, 500)
}
