const SPELT_OUT =
  /^(\d{1,15}(?:\.\d{1,9})?) ?(ms|msecs?|milli(?:second)?s?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/i

/** How a duration that is spelt out, such as `10 minutes`, is written here. */
export function familiarDuration(value: unknown): string | undefined {
  const match = typeof value === 'string' ? SPELT_OUT.exec(value.trim()) : null
  if (match === null) return undefined
  const unit = match[2]!.toLowerCase()
  return `${match[1]}${/^m(s|illi)/.test(unit) ? 'ms' : unit[0]}`
}
