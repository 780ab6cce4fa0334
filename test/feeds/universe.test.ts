import { afterEach, describe, expect, it, vi } from 'vitest'
import { FedUniverse, type Spoil } from './fed-universe.ts'
import { PARTS } from './spoils.ts'

/** FED_UNIVERSES=20000 asks for more of them. */
const COUNT = Number(process.env.FED_UNIVERSES ?? 60)

afterEach(() => {
  vi.restoreAllMocks()
})

/** Lives through so many seeds until one breaks. */
async function firstBroken(from: number, count: number, spoil?: Spoil): Promise<string | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const broken = await new FedUniverse(seed, spoil).run()
    if (broken !== undefined) return `seed ${seed}: ${broken}`
  }
  return undefined
}

describe('processes beside a feed that loses, repeats, reorders and is cut', () => {
  it(`keep the promises in ${COUNT} universes`, { timeout: 1_200_000 }, async () => {
    expect(await firstBroken(1, COUNT)).toBeUndefined()
  })

  for (const { without, breaks, from, take } of PARTS) {
    it(`break when ${without}`, async () => {
      expect(await firstBroken(from, 300, take())).toMatch(breaks)
    })
  }
})
