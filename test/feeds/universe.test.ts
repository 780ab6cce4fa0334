import { afterEach, describe, expect, it, vi } from 'vitest'
import { FedUniverse, type Spoil } from './fed-universe.ts'
import { PARTS } from './spoils.ts'

/** FED_UNIVERSES=20000 asks for more of them. */
const COUNT = Number(process.env.FED_UNIVERSES ?? 60)

afterEach(() => {
  vi.restoreAllMocks()
})

/** Lives through so many seeds until one breaks. */
async function firstBroken(from: number, count: number, isBelow: boolean, spoil?: Spoil): Promise<string | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const broken = await new FedUniverse(seed, isBelow, spoil).run()
    if (broken !== undefined) return `seed ${seed}: ${broken}`
  }
  return undefined
}

describe('processes beside a feed that loses, repeats, reorders and is cut', () => {
  it(`keep the promises in ${COUNT} universes`, { timeout: 1_200_000 }, async () => {
    expect(await firstBroken(1, COUNT, false)).toBeUndefined()
  })

  it(`keep them in ${COUNT} with another shared level above`, { timeout: 1_200_000 }, async () => {
    expect(await firstBroken(1, COUNT, true)).toBeUndefined()
  })

  for (const { without, breaks, from, isBelow = false, take } of PARTS) {
    it(`break when ${without}`, async () => {
      expect(await firstBroken(from, 300, isBelow, take())).toMatch(breaks)
    })
  }
})
