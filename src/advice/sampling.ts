/**
 * Keys are sampled by their hash, a whole signed 32-bit number: those below a limit are. So a key is always
 * in the sample or never, samples of lower limits lie within those of higher ones, and a key that is passed
 * over costs one comparison. Limits are such numbers themselves: others would be compared as fractions, which
 * takes longer.
 */

/** The limit that means every key. (The one hash of four thousand million that is not below it is given up.) */
export const ALL_KEYS: number = 0x7fffffff
/** The limit under which none is. */
export const NO_KEYS: number = -0x80000000

/** The limit that this share of the keys is under. */
export function limitFor(rate: number): number {
  return rate >= 1 ? ALL_KEYS : Math.floor(NO_KEYS + Math.max(0, rate) * 2 ** 32) | 0
}

/** The share of the keys under a limit. */
export function rateOf(limit: number): number {
  return limit === ALL_KEYS ? 1 : (limit - NO_KEYS) / 2 ** 32
}
