import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ring } from '../../src/stores/memcached/ring.ts'

const KEYS = Array.from({ length: 20_000 }, (_, n) => `terrace:user:${n}`)

const names = (least: number, most: number) =>
  fc.uniqueArray(
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
    { minLength: least, maxLength: most },
  )

function shares(nodes: readonly string[]): number[] {
  const ring = new Ring(nodes)
  const counts = nodes.map(() => 0)
  for (const key of KEYS) counts[ring.nodeOf(key)]!++
  return counts
}

describe('the ring', () => {
  it.each([2, 3, 4, 5, 6, 7, 8])('gives each of %i nodes its share within 10 %', (count) => {
    fc.assert(
      fc.property(names(count, count), (nodes) => {
        const mean = KEYS.length / count
        // Sampling alone makes up to some 4 standard deviations of the difference.
        const noise = 4 * Math.sqrt(mean)
        for (const share of shares(nodes)) expect(Math.abs(share - mean)).toBeLessThan(0.1 * mean + noise)
      }),
      { numRuns: 8, seed: count },
    )
  })

  it('gives nodes of one host with neighbouring ports equal shares', () => {
    const nodes = [11_211, 11_212, 11_213].map((port) => `cache:${port}`)
    const mean = KEYS.length / 3
    for (const share of shares(nodes)) expect(Math.abs(share - mean) / mean).toBeLessThan(0.1)
  })

  it('moves about one in n keys to a node that is added, and none between the others', () => {
    fc.assert(
      fc.property(names(2, 9), (nodes) => {
        const before = new Ring(nodes.slice(0, -1))
        const after = new Ring(nodes)
        const added = nodes.length - 1
        let moved = 0
        for (const key of KEYS) {
          const [from, to] = [before.nodeOf(key), after.nodeOf(key)]
          if (from === to) continue
          expect(to).toBe(added)
          moved++
        }
        const fair = KEYS.length / nodes.length
        expect(moved).toBeGreaterThan(fair * 0.85)
        expect(moved).toBeLessThan(fair * 1.15)
      }),
      { numRuns: 8, seed: 1 },
    )
  })

  it('does not depend on the order of the nodes', () => {
    fc.assert(
      fc.property(names(2, 8), fc.integer(), (nodes, by) => {
        const turned = nodes.map((_, n) => nodes[(n + Math.abs(by)) % nodes.length]!)
        const [ring, other] = [new Ring(nodes), new Ring(turned)]
        for (const key of KEYS.slice(0, 500)) expect(nodes[ring.nodeOf(key)]).toBe(turned[other.nodeOf(key)])
      }),
      { numRuns: 20, seed: 2 },
    )
  })

  it('has keys of every kind', () => {
    const ring = new Ring(['a:1', 'b:1'])
    for (const key of ['', 'x', '\u0000', 'ü', 'k'.repeat(100_000)]) expect([0, 1]).toContain(ring.nodeOf(key))
  })
})
