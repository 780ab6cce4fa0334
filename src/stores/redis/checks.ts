import { TerraceError } from '../../errors.ts'
import { type Check, expected, integer } from '../../options.ts'

/** A user or a password: whatever is wrong with it, it is not shown. */
export const secret: Check<string> = (value, where) => {
  if (typeof value === 'string' && value.length > 0) return value
  throw new TerraceError('ERR_OPTION_INVALID', `${where}: expected a string that is not empty, got ${typeof value}`)
}

export const port: Check<number> = integer(1, 65_535)

/** The number of a database, as somebody's client tells it; 0 where it does not. */
export function databaseIn(told: unknown): number {
  const number = Number(told ?? 0)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}

/** A number of times, `Infinity` for no end. */
export const times: Check<number> = (value, where) => {
  return value === Number.POSITIVE_INFINITY ? value : integer(0, 1_000_000)(value, where)
}

const LONGEST_PREFIX = 100

/** What all names begin with. Braces would move the hash tag, and with it the slot. */
export const prefixText: Check<string> = (value, where) => {
  const isOne = typeof value === 'string' && value.length > 0 && value.length <= LONGEST_PREFIX
  if (isOne && value.isWellFormed() && !/[{}]/.test(value)) return value
  return expected(`a string of 1 to ${LONGEST_PREFIX} characters without braces`, value, where)
}
