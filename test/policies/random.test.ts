import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Slot } from '../../src/policies/policy.ts'
import { random } from '../../src/policies/random.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { context } from './replay.ts'

it('evicts the entry that the random number points to, of all that are resident', () => {
  const step = fc.record({
    call: fc.constantFrom('add', 'remove', 'evict'),
    pick: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      let draw = 0
      const policy = random({ ...context(16), random: () => draw })
      const resident = new Set<Slot>()
      for (const { call, pick } of steps) {
        draw = pick
        const row = [...policy.order()]
        expect(new Set(row)).toEqual(resident)
        const chosen = row[Math.floor(pick * row.length)]
        if (call === 'add' && resident.size < 16) {
          const slot = Array.from({ length: 16 }, (_, i) => i + 1).find((free) => !resident.has(free))!
          policy.added(slot, 0, 1)
          resident.add(slot)
        } else if (resident.size > 0) {
          if (call === 'remove') policy.removed(chosen)
          else expect(policy.evict()).toBe(chosen)
          resident.delete(chosen)
        }
        policy.check()
      }
    }),
  )
})

it('evicts uniformly', () => {
  const size = 20
  const rounds = 20_000
  const world = new FakeWorld(7)
  const evictions = new Array<number>(size + 1).fill(0)
  const policy = random({ ...context(size), random: () => world.random() })
  for (let slot = 1; slot <= size; slot++) policy.added(slot, 0, 1)
  for (let round = 0; round < rounds; round++) {
    const slot = policy.evict()
    evictions[slot]++
    policy.added(slot, 0, 1)
    policy.touched(1 + (round % 3))
  }
  const expected = rounds / size
  const chiSquare = evictions.slice(1).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 19 degrees of freedom: above 43.8 once in a thousand seeds.
  expect(chiSquare).toBeLessThan(43.8)
})
