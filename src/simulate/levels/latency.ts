import { expected } from '../../options.ts'

const UNITS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000 }
/** An hour: what takes longer is no look-up. */
const LONGEST = 3_600_000

/**
 * A latency in milliseconds: a number of them, or a string with a unit: `'1us'`, `'0.5ms'`, `'2s'`.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` if it is none, or above an hour.
 */
export function latency(value: unknown, where: string): number {
  const match = typeof value === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)(us|µs|ms|s)$/i.exec(value) : null
  const length = match === null ? value : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!
  if (typeof length === 'number' && length >= 0 && length <= LONGEST) return length
  return expected("a latency from 0 to an hour, such as '1us', '0.5ms' or '20ms'", value, where)
}

/** Milliseconds with about three digits, in the unit that suits: 0.0012 as `1.2 us`. */
export function shownLatency(milliseconds: number): string {
  if (milliseconds === 0) return '0 ms'
  if (milliseconds < 0.1) return `${digits(milliseconds * 1000)} us`
  return milliseconds < 999.5 ? `${digits(milliseconds)} ms` : `${digits(milliseconds / 1000)} s`
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)))
}
