import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GhostRing } from '../../src/policies/ghost-ring.ts'

/** Hashes that share their low bits, so that they meet in the index, and a zero. */
const hash = fc.oneof(
  fc.nat(30),
  fc.nat(12).map((n) => n << 20),
  fc.integer(),
)
const step = fc.record({ call: fc.constantFrom('add', 'add', 'add', 'take', 'take', 'clear'), hash, rare: fc.nat(30) })

it('keeps the hashes an array would keep, oldest first, after every step', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.array(step, { maxLength: 200, size: 'max' }), (most, steps) => {
      const ring = new GhostRing(most)
      let model: (number | undefined)[] = []
      const live = (): (number | undefined)[] => model.filter((kept) => kept !== undefined)
      for (const { call, hash, rare } of steps) {
        const kept = hash === 0 ? 1 : hash
        if (call === 'add') {
          const limit = rare % (most + 1)
          ring.add(hash, limit)
          if (limit > 0 && !model.includes(kept)) {
            while (live().length >= limit || model.length === 2 * most) model.shift()
            model.push(kept)
          }
        } else if (call === 'take') {
          expect(ring.take(hash)).toBe(model.includes(kept))
          model = model.map((other) => (other === kept ? undefined : other))
        } else if (rare === 0) {
          ring.clear()
          model = []
        }
        ring.check()
        expect([...ring.hashes()]).toEqual(live())
        expect(ring.size).toBe(live().length)
      }
    }),
    { numRuns: 300 },
  )
})

it('finds every hash of a full ring whose hashes all begin at one place of the index', () => {
  const ring = new GhostRing(64)
  for (let n = 1; n <= 64; n++) ring.add(n << 16, 64)
  ring.check()
  for (let n = 64; n >= 1; n -= 2) expect(ring.take(n << 16)).toBe(true)
  ring.check()
  for (let n = 1; n <= 64; n++) expect(ring.take(n << 16)).toBe(n % 2 === 1)
})
