import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { PositionSet } from '../../src/simulate/position-set.ts'

/** The most hits any sequence of decisions can reach: every set of resident keys is a state. */
function bestHits(keys: readonly number[], capacity: number): number {
  let states = new Map([[0, 0]])
  for (const key of keys) {
    const next = new Map<number, number>()
    const reach = (state: number, hits: number): void => void next.set(state, Math.max(hits, next.get(state) ?? -1))
    for (const [state, hits] of states) {
      const bit = 1 << key
      if ((state & bit) !== 0) {
        reach(state, hits + 1)
        continue
      }
      reach(state, hits)
      if (members(state).length < capacity) reach(state | bit, hits)
      else for (const victim of members(state)) reach((state & ~(1 << victim)) | bit, hits)
    }
    states = next
  }
  return Math.max(...states.values())
}

function members(state: number): number[] {
  return [0, 1, 2, 3, 4, 5].filter((key) => (state & (1 << key)) !== 0)
}

const tinyTrace = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 24 })

describe('the optimum', () => {
  it('has as many hits as the best of all sequences of decisions', async () => {
    await fc.assert(
      fc.asyncProperty(tinyTrace, async (keys) => {
        const report = await simulate({ traces: [{ name: 't', keys }], policies: ['optimum'], sizes: [1, 2, 3, 4] })
        expect(report.traces[0]!.cells.map((cell) => cell.hits)).toEqual(
          [1, 2, 3, 4].map((size) => bestHits(keys, size)),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('is below no policy, with numbers and with strings', async () => {
    const trace = fc.array(fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 40 })), {
      minLength: 1,
      maxLength: 400,
    })
    await fc.assert(
      fc.asyncProperty(trace, fc.constantFrom('number', 'string'), fc.nat(1000), async (keys, kind, seed) => {
        const report = await simulate({ traces: [{ name: 't', keys }], sizes: [1, 3, 10], keys: kind, seed })
        const cells = report.traces[0]!.cells
        const best = new Map(cells.filter(({ policy }) => policy === 'optimum').map(({ size, hits }) => [size, hits]))
        expect(best.size).toBe(3)
        for (const cell of cells)
          expect(cell.hits, `${cell.policy} at ${cell.size}`).toBeLessThanOrEqual(best.get(cell.size)!)
      }),
      { numRuns: 60 },
    )
  })

  it('counts bytes of hits where there are sizes', async () => {
    const trace = { name: 't', keys: [1, 2, 1, 2], sizes: [30, 10, 30, 10] }
    const report = await simulate({ traces: [trace], policies: ['optimum'], sizes: [1] })
    expect(report.traces[0]!.cells[0]).toMatchObject({ hits: 1, byteHitRatio: 37.5 })
  })
})

describe('a set of positions', () => {
  it('answers like a plain set, around the borders of its words and levels', () => {
    const bound = 40_000
    const position = fc.oneof(fc.nat(bound - 1), fc.constantFrom(0, 31, 32, 1023, 1024, 32_767, 32_768, bound - 1))
    fc.assert(
      fc.property(fc.array(fc.record({ add: fc.boolean(), position }), { maxLength: 300 }), (steps) => {
        const set = new PositionSet(bound)
        const oracle = new Set<number>()
        for (const step of steps) {
          if (!step.add || oracle.has(step.position))
            expect(set.delete(step.position)).toBe(oracle.delete(step.position))
          else {
            set.add(step.position)
            oracle.add(step.position)
          }
          expect(set.size).toBe(oracle.size)
          expect(set.greatest()).toBe(Math.max(-1, ...oracle))
        }
      }),
    )
  })
})
