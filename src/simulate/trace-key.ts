import { invalidTrace, type KeyKind } from './trace.ts'

/**
 * The key that a piece of text stands for.
 *
 * As a number it must be a whole number from 0 to 2^53 − 1, so that two keys never become one.
 */
export function textKey(text: string, kind: KeyKind, file: string, line: number): number | string {
  if (kind === 'string') return text
  const key = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(key)) return key
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  throw invalidTrace(file, `line ${line}`, `the key '${shown}' is no whole number from 0 to 2^53 - 1; use string keys`)
}

/** A number of a trace as a string key, as a service would build it: a prefix and the number. */
export function numberedKey(key: number): string {
  return `k${key}`
}
