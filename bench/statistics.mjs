export function quantile(numbers, q) {
  if (numbers.length === 0) return undefined
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

export const median = (numbers) => quantile(numbers, 0.5)

/** The ratios of two series, paired by round: for those rounds that both have. */
export function ratiosOf(series, base) {
  const ratios = []
  for (const [round, value] of Object.entries(series)) {
    if (value !== undefined && base[round] > 0) ratios.push(value / base[round])
  }
  return ratios
}

/**
 * The median of the ratios of two series, paired by round: what slows one round of a peer slows
 * the same round of the other, and leaves their ratio alone.
 */
export const pairedRatio = (series, base) => median(ratiosOf(series, base))
