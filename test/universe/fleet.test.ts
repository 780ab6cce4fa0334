import { afterEach, describe, expect, it, vi } from 'vitest'
import { FleetUniverse, type Spoil } from './fleet-universe.ts'
import { PARTS } from './spoils.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Lives through seeds until one breaks. */
async function firstBroken(seeds: number, spoil?: Spoil): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    const broken = await new FleetUniverse(seed, { spoil }).run()
    if (broken !== undefined) return `seed ${seed}: ${broken}`
  }
  return undefined
}

describe('500 fleets', () => {
  it('keep the promises', async () => {
    expect(await firstBroken(500)).toBeUndefined()
  })

  it('are the same from the same seed', async () => {
    const traces = await Promise.all(
      [1, 2].map(async () => {
        const lines: string[] = []
        await new FleetUniverse(7, { trace: (line) => lines.push(line) }).run()
        return lines
      }),
    )
    expect(traces[0]).toEqual(traces[1])
    expect(traces[0]!.length).toBeGreaterThan(100)
  })
})

describe('the same fleets with one part of the protocol taken away', () => {
  for (const { without, breaks, take } of PARTS) {
    it(`break when ${without}`, async () => {
      expect(await firstBroken(1000, take())).toMatch(breaks)
    })
  }
})
