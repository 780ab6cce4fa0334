import { describe, expect, it } from 'vitest'
import { wTinyLfu } from '../../src/policies/w-tinylfu.ts'
import { hashed, replay } from './replay.ts'

/** A loop over `keys` keys: the smaller the window, the better; an LRU that is too small hits nothing. */
function loop(keys: number, requests: number): number[] {
  return Array.from({ length: requests }, (_, i) => i % keys)
}

/** Each key is asked for twice, `distance` requests apart, and never again: only recency counts. */
function recency(distance: number, requests: number): number[] {
  return Array.from({ length: requests }, (_, i) => (i % 2 === 0 ? i : Math.max(0, i - 1 - distance)))
}

/** Hit ratio in the second half of the last part; the keys of a part are its own. */
function lateHitRatio(parts: readonly (readonly number[])[], size: number, seed: number): number {
  const most = Math.max(...parts.map((part) => part.length))
  const all = parts.flatMap((part, at) => part.map((key) => key + at * most))
  const late = Math.floor(parts.at(-1)!.length / 2)
  const hits = (length: number) =>
    replay(wTinyLfu, Uint32Array.from(all.slice(0, length)), parts.length * most, size, seed)
  return (hits(all.length) - hits(all.length - late)) / late
}

describe('adaptive window', () => {
  // A cache simulated whole, one of which a good part is sampled, and one of which a small part is.
  describe.each([200, 1000, 3000])('of %d entries', (size) => {
    const requests = 60 * size
    const recent = recency(size - 20, requests)
    const tight = loop(Math.round(size * 1.02), requests)
    const wide = loop(Math.round(size * 1.5), requests)

    it.each([1, 2, 3])('finds the window for recency, seed %d', (seed) => {
      expect(lateHitRatio([recent], size, seed)).toBeGreaterThan(0.48)
    })

    it.each([1, 2, 3])('finds the window for a loop hardly longer than the cache, seed %d', (seed) => {
      expect(lateHitRatio([tight], size, seed)).toBeGreaterThan(0.95)
    })

    it.each([1, 2, 3])('finds it again when the workload changes, seed %d', (seed) => {
      expect(lateHitRatio([recent, wide], size, seed)).toBeGreaterThan(0.6)
      expect(lateHitRatio([recent, tight], size, seed)).toBeGreaterThan(0.9)
      expect(lateHitRatio([wide, recent], size, seed)).toBeGreaterThan(0.45)
    })
  })

  it.each([1.02, 1.1, 1.3])('is not misled by long runs of hits: a loop over %d times 20,000 entries', (length) => {
    const size = 20_000
    const rounds = loop(Math.round(size * length), 50 * size)
    expect(lateHitRatio([rounds], size, 1)).toBeGreaterThan(0.94 / length)
  })

  it('keeps still where the window does not matter', () => {
    const all = Array.from({ length: 20_000 }, (_, i) => hashed(i, 1) & 31)
    expect(lateHitRatio([all], 50, 1)).toBe(1)
  })
})
