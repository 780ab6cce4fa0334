import { shown, TerraceError } from '../errors.ts'
import { MOST_SLOTS } from '../memory/table.ts'
import { expected } from '../options.ts'
import type { Survey } from './survey.ts'

/**
 * How large a simulated cache is: a number of entries (`1000`, `'1000'`), a share of the trace's
 * distinct keys (`'1%'`, at least 1 entry), or bytes (`'64mb'`; kb, mb and gb are powers of 1024)
 * for a trace that has sizes.
 */
export type SimulatedSize = number | string

/** A size as it was asked for. */
export interface Size {
  readonly label: string
  readonly unit: 'entries' | 'percent' | 'bytes'
  readonly amount: number
}

/** What a cell's cache may hold, for one trace. */
export interface Bound {
  readonly entries: number
  /** Only where the cache is bounded by bytes; `entries` is then no less than it can ever hold, if possible. */
  readonly bytes: number | undefined
}

const MOST_BYTES = 2 ** 50
const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 }
const MOST_SIZES = 64

/** @throws TerraceError `ERR_OPTION_INVALID` for an empty list or a size that is none, 0 or too large. */
export function readSizes(value: unknown, where: string): readonly Size[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_SIZES) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `${where}: expected a list of 1 to ${MOST_SIZES} sizes, got ${shown(value)}`,
    )
  }
  const sizes = value.map((size: unknown) => readSize(size, where))
  const twice = sizes.find(({ label }, i) => sizes.findIndex((other) => other.label === label) < i)
  return twice === undefined ? sizes : expected('each size once', twice.label, where)
}

/** @throws TerraceError `ERR_OPTION_INVALID` for a size that is none, 0 or too large. */
export function readSize(value: unknown, where: string): Size {
  const label = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim().toLowerCase() : ''
  const match = /^(\d{1,15}(?:\.\d{1,9})?)(%|b|kb|mb|gb)?$/.exec(label)
  if (match !== null) {
    const size = sizeOf(label, Number(match[1]), match[2])
    if (size !== undefined) return size
  }
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `${where}: expected a size such as 1000 (entries, at most ${MOST_SLOTS}), '1%' (of the distinct keys) or '64mb', got ${shown(value)}`,
  )
}

function sizeOf(label: string, amount: number, suffix: string | undefined): Size | undefined {
  if (suffix === '%') return amount > 0 && amount <= 100 ? { label, unit: 'percent', amount } : undefined
  if (suffix === undefined) {
    return Number.isInteger(amount) && amount >= 1 && amount <= MOST_SLOTS
      ? { label, unit: 'entries', amount }
      : undefined
  }
  const bytes = Math.round(amount * BYTES[suffix]!)
  return bytes >= 1 && bytes <= MOST_BYTES ? { label, unit: 'bytes', amount: bytes } : undefined
}

/** A number of bytes: a whole number, or with a unit such as `'2kb'`. @throws TerraceError `ERR_OPTION_INVALID` */
export function byteSize(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST_BYTES) return value
  const match =
    typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)(b|kb|mb|gb)?$/.exec(value.trim().toLowerCase()) : null
  const bytes = match === null ? Number.NaN : Math.round(Number(match[1]) * BYTES[match[2] ?? 'b']!)
  return bytes <= MOST_BYTES ? bytes : expected("a number of bytes, such as 100 or '2kb'", value, where)
}

/** What a size comes to on a trace. The survey is needed for all but a number of entries. */
export function boundOf(size: Size, survey: Survey | undefined): Bound {
  const keys = survey?.distinctKeys ?? MOST_SLOTS
  switch (size.unit) {
    case 'entries':
      return { entries: size.amount, bytes: undefined }
    case 'percent':
      return { entries: Math.min(MOST_SLOTS, Math.max(1, Math.round((keys * size.amount) / 100))), bytes: undefined }
    case 'bytes':
      return { entries: Math.max(1, Math.min(MOST_SLOTS, keys, size.amount)), bytes: size.amount }
  }
}
