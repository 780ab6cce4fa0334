import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ticket, Tickets } from '../../src/stores/memcached/tickets.ts'

const ticket: fc.Arbitrary<Ticket> = fc.record({
  node: fc.nat(3),
  generation: fc.integer({ min: 1, max: 3 }),
  reign: fc.constantFrom('0'.repeat(16), 'f'.repeat(16)),
  era: fc.nat(5),
  cas: fc.oneof(
    fc.nat(100),
    fc.integer({ min: 2 ** 32 - 5, max: 2 ** 32 + 5 }),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  ),
})

describe('tickets', () => {
  it('open as what they were issued for', () => {
    fc.assert(
      fc.property(fc.array(ticket, { maxLength: 100 }), (issued) => {
        const tickets = new Tickets()
        const eras = issued.map((one) => tickets.issue(one))
        for (const [n, era] of eras.entries()) {
          expect(Number.isSafeInteger(era)).toBe(true)
          expect(tickets.open(era)).toEqual(issued[n])
        }
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it('are void when they were never issued, or long ago', () => {
    const tickets = new Tickets()
    for (const era of [0, 1, 2 ** 32, 2 ** 53 - 1, Number.POSITIVE_INFINITY, Number.NaN])
      expect(tickets.open(era)).toBe(undefined)
    const plain = { node: 0, generation: 1, reign: '0'.repeat(16), cas: 5 }
    const first = tickets.issue({ ...plain, era: 0 })
    expect(tickets.open(first)).toEqual({ ...plain, era: 0 })
    // More sessions than there are numbers: what opens is always what was issued last under it.
    let era = 0
    for (; era < 70_000; era++) tickets.issue({ ...plain, era })
    expect(tickets.open(first)).toBe(undefined)
    for (; era < 2 ** 21 + 70_000; era++) tickets.issue({ ...plain, era })
    const last = tickets.issue({ ...plain, era })
    expect(tickets.open(last)).toEqual({ ...plain, era })
    expect(Number.isSafeInteger(last)).toBe(true)
  })
})
