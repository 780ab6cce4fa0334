/** The two halves of a key's 64-bit fingerprint, written by {@link fingerprint}. */
export interface Fingerprint {
  low: number
  high: number
}

/**
 * Writes a key's 64 bits into `into`. A whole number is its own fingerprint, exactly. A string's is
 * two multiplicative 32-bit hashes, finished as in MurmurHash3: among 100 million different strings
 * the odds that any two share one are about 1 in 3,700, and if two did they would be counted as one
 * key. It is not seeded, so that a report is the same on every run; nothing but a count depends on it.
 */
export function fingerprint(key: number | string, into: Fingerprint): void {
  if (typeof key === 'number') {
    into.low = key >>> 0
    into.high = Math.floor(key / 2 ** 32)
    return
  }
  let low = 0x9e3779b9
  let high = 0x85ebca6b
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    low = Math.imul(low ^ code, 0x5bd1e995)
    low ^= low >>> 15
    high = Math.imul(high ^ code, 0xc2b2ae35)
    high ^= high >>> 13
  }
  into.low = mixed(low ^ key.length)
  into.high = mixed(high + Math.imul(low, 0x27d4eb2f))
}

/** MurmurHash3's finaliser: every bit of the result depends on every bit of the input. */
export function mixed(bits: number): number {
  let h = bits ^ (bits >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
