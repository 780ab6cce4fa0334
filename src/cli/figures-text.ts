/** What stands where there is no number. */
export const NOTHING = '–'

/** `12,345`; from ten millions on `12.3 M`. */
export function countText(value: number | null): string {
  if (value === null) return NOTHING
  if (value >= 9_999_500_000) return `${(value / 1e9).toFixed(1)} G`
  if (value >= 9_999_500) return `${(value / 1e6).toFixed(1)} M`
  return Math.round(value).toLocaleString('en-US')
}

/** Events a second: small ones with a decimal. */
export function rateText(value: number | null): string {
  if (value === null) return NOTHING
  return value > 0 && value < 9.95 ? value.toFixed(1) : countText(value)
}

/** `98.2 %`, of a part of 1. */
export function percentText(ratio: number | null): string {
  if (ratio === null) return NOTHING
  // What is not all must not look like all.
  const percent = Math.floor(ratio * 1000) / 10
  return `${ratio === 1 ? '100' : percent.toFixed(1)} %`
}

/** Milliseconds as a length of time: `0.4 ms`, `12 ms`, `3.2 s`, `5 min`. */
export function timeText(ms: number | null): string {
  if (ms === null) return NOTHING
  if (ms < 0.0995) return `${Math.round(ms * 1000)} µs`
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `12 kB`, `1.5 GB`: powers of 1,000. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return NOTHING
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}
