/**
 * Every code an error of this library can carry. The list is closed: `docs/errors.md` explains each
 * one, and a test holds the two together.
 */
export const ERROR_CODES = [
  'ERR_OPTION_UNKNOWN',
  'ERR_OPTION_INVALID',
  'ERR_KEY_INVALID',
  'ERR_ARGUMENT_INVALID',
  'ERR_CLOSED',
  'ERR_LEVEL_TIMEOUT',
  'ERR_LEVEL_UNAVAILABLE',
  'ERR_ABORTED',
  'ERR_FETCH_SHED',
  'ERR_FETCH_TIMEOUT',
  'ERR_FETCH_FAILED',
  'ERR_QUEUE_FULL',
  'ERR_WRITE_TIMEOUT',
  'ERR_WRITE_FAILED',
  'ERR_NOT_A_NUMBER',
  'ERR_FILE',
  'ERR_UNSUPPORTED',
  'ERR_VALUE_UNSUPPORTED',
  'ERR_VALUE_INVALID',
  'ERR_INVARIANT',
  'ERR_TRACE_INVALID',
] as const

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** The one class of error this library throws; `code` says which, `cause` what was behind it. */
export class TerraceError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TerraceError'
    this.code = code
  }
}

/** What `value` is, for the end of an error message: `'10' (string)`, `[Object] (object)`. Bounded in length. */
export function shown(value: unknown): string {
  const type = typeof value
  if (value === undefined) return 'undefined'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}' (${type})`
  if (typeof value === 'object') return `[${Object.prototype.toString.call(value).slice(8, -1)}] (${type})`
  if (typeof value === 'function') return `${value.name || 'anonymous'} (${type})`
  return `${String(value)} (${type})`
}

/** What an error says; of anything else that was thrown, its text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A number of things, for a message: `1 key`, `1,000 keys`. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** Throws `ERR_INVARIANT` unless `condition` holds: the door through which every `check()` speaks. */
export function invariant(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new TerraceError('ERR_INVARIANT', what())
}
