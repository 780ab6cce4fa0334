import { shown, TerraceError } from './errors.ts'
import { familiarDuration } from './familiar-durations.ts'
import { type Check, expected } from './options.ts'

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w'

/**
 * A length of time: milliseconds as a number (`Infinity` for "no limit"), or a number with a unit:
 * `'250ms'`, `'30s'`, `'10m'`, `'1.5h'`, `'7d'`, `'2w'`.
 *
 * The type lets through whatever TypeScript reads as a number before the unit: `'-5s'`, `'10 m'`, `'1e3ms'`, `'0x10s'`.
 * At run time the number is digits, perhaps with a decimal point, right before the unit: those are refused, and so is
 * what is finite and over 100 years.
 */
export type Duration = number | `${number}${Unit}`

const UNITS: Record<Unit, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** 100 years: a longer life than this is written `Infinity`. */
const LONGEST = 100 * 365.25 * UNITS.d
const LIMIT = `: the longest is '${LONGEST / UNITS.d}d', write Infinity for no end`

/**
 * A {@link Duration} in milliseconds.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` if it is none, is negative, or is finite and over 100 years.
 */
export function milliseconds(value: unknown, where: string): number {
  const length = lengthOf(value)
  if (length !== undefined) return length
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `${where}: expected a duration (milliseconds from 0 to 100 years, Infinity, or a string such as '250ms', '30s', '10m', '2h', '7d'), got ${shown(value)}${hintFor(value)}`,
  )
}

/** What to write instead, where that can be told. */
function hintFor(value: unknown): string {
  const familiar = familiarDuration(value)
  const meant = familiar === undefined ? value : parse(familiar)
  if (typeof meant === 'number' && meant > LONGEST) return LIMIT
  return familiar === undefined ? '' : `: write '${familiar}'`
}

/** Whether {@link milliseconds} takes it. */
export function isDuration(value: unknown): value is Duration {
  return lengthOf(value) !== undefined
}

/** A {@link Duration} from `least` to `most` milliseconds, both included; `what` says so in the error. */
export function durationWithin(least: number, most: number, what: string): Check<number> {
  return (value, where) => {
    const length = milliseconds(value, where)
    return length >= least && length <= most ? length : expected(what, value, where)
  }
}

/** A {@link Duration} above 0, in milliseconds; `Infinity` as well. */
export const positiveDuration: Check<number> = (value, where) => {
  const length = milliseconds(value, where)
  return length > 0 ? length : expected('a duration above 0', value, where)
}

/** A {@link Duration} above 0 that has an end, in milliseconds. */
export const finiteDuration: Check<number> = (value, where) => {
  const length = milliseconds(value, where)
  return length > 0 && length < Number.POSITIVE_INFINITY
    ? length
    : expected('a duration above 0 with an end', value, where)
}

function lengthOf(value: unknown): number | undefined {
  const length = typeof value === 'string' ? parse(value) : typeof value === 'number' ? value : Number.NaN
  return (length >= 0 && length <= LONGEST) || length === Number.POSITIVE_INFINITY ? length : undefined
}

function parse(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d|w)$/.exec(text)
  return match === null ? Number.NaN : Number(match[1]) * UNITS[match[2] as Unit]
}
