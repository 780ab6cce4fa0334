import { milliseconds } from '../duration.ts'
import { nearest } from '../options.ts'
import { printable } from '../printable.ts'
import { CommandError } from './command-error.ts'
import type { Flags } from './flags.ts'

/** A flag's whole number between `least` and `most`. @throws CommandError */
export function wholeNumber(flags: Flags, name: string, least: number, most: number): number {
  const text = flags.one(name) ?? ''
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw CommandError.usage(`--${name}: expected a whole number from ${least} to ${most}, got '${text}'`)
}

/** A flag's length of time, in milliseconds; a number alone counts seconds. @throws CommandError */
export function duration(flags: Flags, name: string, least: number, most: number): number {
  const text = flags.one(name) ?? ''
  try {
    const length = milliseconds(/^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text, name)
    if (length >= least && length <= most) return length
  } catch {
    // Told below, in the words of a flag.
  }
  throw CommandError.usage(
    `--${name}: expected a length of time from ${least / 1000}s to ${most / 1000}s, such as 5s or 1m, got '${text}'`,
  )
}

/** A flag's value among words. @throws CommandError */
export function requireWord<W extends string>(value: string | undefined, words: readonly W[], what: string): W {
  if (value !== undefined && (words as readonly string[]).includes(value)) return value as W
  const near = value === undefined ? undefined : nearest(value, words)
  const got = value === undefined ? 'nothing' : `'${printable(value, 100)}'`
  const hint = near === undefined ? '' : `. Did you mean '${near}'?`
  throw CommandError.usage(`expected ${what} (${words.join(', ')}), got ${got}${hint}`)
}
