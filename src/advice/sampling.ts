/**
 * Keys are sampled by their hash, a whole signed 32-bit number: those below a limit are. So a key is always
 * in the sample or never, samples of lower limits lie within those of higher ones, and a key that is passed
 * over costs one comparison.
 */

/** The limit under which every key is. */
export const ALL_KEYS: number = 2 ** 31
/** The limit under which none is. */
export const NO_KEYS: number = -(2 ** 31)

/** The limit that this share of the keys is under. */
export function limitFor(rate: number): number {
  return Math.round(NO_KEYS + Math.min(1, Math.max(0, rate)) * 2 ** 32)
}

/** The share of the keys under a limit. */
export function rateOf(limit: number): number {
  return (limit - NO_KEYS) / 2 ** 32
}
