import { describe, expect, it } from 'vitest'
import { hashText, KeyHasher } from '../../src/memory/hash.ts'
import { MemoryCache } from '../../src/memory/memory-cache.ts'

const SEEDS = [1, 123_456_789, -5, 0x7fffffff]

/** Keys that can be written down without knowing the seed, made to meet in hashes that do not mix well. */
const CHOSEN: Record<string, (n: number) => unknown> = {
  // They differ in the highest bits of their characters, which a multiplication carries nowhere.
  'high bits': (n) => Array.from({ length: 24 }, (_, bit) => ((n >> bit) & 1 ? '\u8041' : 'A')).join(''),
  // They differ where one that samples a long key does not look.
  'middle of long keys': (n) => `${'x'.repeat(33)}${String(n).padStart(12, '0')}${'z'.repeat(1055)}`,
  // One half of their bits undoes what the other does.
  'floating point': (n) => new Float64Array(new Uint32Array([1 | (n << 22), 0xfffff | ((n >>> 10) << 22)]).buffer)[0],
  // They are alike in their lowest thousand bits.
  'big integers': (n) => BigInt(n) << 1030n,
}

describe.each(Object.entries(CHOSEN))('keys chosen for one hash: %s', (_, key) => {
  it.each(SEEDS)('have as many hashes as others (seed %i)', (seed) => {
    const hasher = new KeyHasher(seed)
    const hashes = new Set<number>()
    for (let n = 1; n <= 20_000; n++) hashes.add(hasher.hash(key(n)))
    // Of so many at random some 47,000th part meets.
    expect(hashes.size).toBeGreaterThan(19_990)
  })

  it.each(['wTinyLfu', 's3Fifo'] as const)('cost the others no more hits than harmless keys (%s)', (policy) => {
    const harmless = hitRatio(policy, (n) => `once:${n}`)
    expect(hitRatio(policy, key)).toBeGreaterThan(harmless - 0.02)
  })
})

it('spreads keys that differ in a digit over all places of a table', () => {
  for (const seed of SEEDS) {
    const taken = new Set<number>()
    for (let n = 0; n < 4096; n++) taken.add(hashText(`user:${n}`, seed) & 4095)
    // 1 - 1/e of them, were they thrown.
    expect(taken.size / 4096).toBeGreaterThan(0.6)
  }
})

/** Of those who ask for few keys often, while somebody asks for each of many keys once. */
function hitRatio(policy: 'wTinyLfu' | 's3Fifo', once: (n: number) => unknown): number {
  const cache = new MemoryCache<unknown, number>({ maxEntries: 200, policy })
  let state = 7
  let hits = 0
  const requests = 30_000
  for (let n = 1; n <= requests; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    const key = `often:${Math.floor((state / 0x7fffffff) ** 4 * 4000)}`
    if (cache.get(key) === undefined) cache.set(key, 1)
    else hits++
    const other = once(n)
    if (cache.get(other) === undefined) cache.set(other, 1)
  }
  return hits / requests
}
