import { afterEach, describe, expect, it, vi } from 'vitest'
import { FleetUniverse, type UniverseOptions } from './fleet-universe.ts'
import { amongForeigners } from './foreign-notices.ts'
import { HISTORY_PARTS } from './history-spoils.ts'
import { SOFT_PARTS } from './soft-spoils.ts'
import { PARTS } from './spoils.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Lives through so many seeds until one breaks. */
async function firstBroken(from: number, count: number, options?: UniverseOptions): Promise<string | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    const broken = await new FleetUniverse(seed, options).run()
    if (broken !== undefined) return `seed ${seed}: ${broken}`
  }
  return undefined
}

describe('500 fleets', () => {
  it('keep the promises', async () => {
    expect(await firstBroken(1, 500)).toBeUndefined()
  })

  it('keep them, a hundred more, where everything goes wrong', async () => {
    expect(await firstBroken(1, 100, { isHarsh: true })).toBeUndefined()
  })

  it('keep them, a hundred more, where processes come, close and are killed in the midst of it', async () => {
    expect(await firstBroken(1, 100, { isLively: true })).toBeUndefined()
  })

  it('keep them, a hundred more, whatever others publish on their channel', async () => {
    expect(await firstBroken(501, 100, { spoil: { ledger: amongForeigners } })).toBeUndefined()
  })

  it('are the same from the same seed', async () => {
    const lives: string[][] = []
    for (let n = 0; n < 2; n++) {
      const lines: string[] = []
      await new FleetUniverse(7, { trace: (line) => lines.push(line) }).run()
      lives.push(lines)
    }
    expect(lives[0]).toEqual(lives[1])
    expect(lives[0]!.length).toBeGreaterThan(100)
  })
})

describe('fleets that broke once', () => {
  // 629: a set that was overtaken in an upper store left no floor in its own process.
  // 100456: what was due and could not be proven was served, and not counted as unproven.
  // 41005226: what stood in for what was fetched anew could not be proven, and was not counted as unproven.
  // 3036777: a change that a store made in a new history was in no token until that history was asked for.
  // 3064: a server that a replica had replaced was told of a change, and what lay there was believed beyond it.
  // 1410101329: what a level still held that had missed a change was brought up, beyond what a token of then tells of.
  // 1420066083: a process heard of steps of two histories, and took the one beyond a hole for what followed the other.
  // 1500192263: two servers that both believed themselves masters counted at once, which nobody promises otherwise.
  // 77001299: what was kept above a shard that nobody had been able to ask was believed once it was met.
  // 1620019373: after a fail-over two servers gave the two answers from which it was told that nothing was lost.
  // 1680021198: what a process did in a history that it had not heard of was unknown to the mirror that followed that one.
  // 1710090535: a question that was asked before a change was acknowledged was taken for proof that it was not lost.
  // 1740282731: an answer counted as proof while the shard was still being told again what it had lost.
  // 1800186734: a count that was given up on took effect after the next one of that process, which kept its older sum.
  // 1840374431: a change that a fail-over lost, and that was not confirmed yet, was held for one that nobody carries on.
  // 1850358826: a value of a master that was deposed, brought up to another store, stayed there when that was found out.
  // 1930150022: a feed that was heard again asked with a question under way, which was older than what was missed.
  // 1930152378: a step before one of another history counted as heard, and the levels above were not told of it.
  // 1990062354: who asked as a process went on joined who had asked before it stood still, for longer than the value lived.
  // 1980270493: steps of strangers had the same names in a history that was lost and in the one that took its place.
  const seeds = [
    629, 100456, 41005226, 3036777, 3064, 1410101329, 1420066083, 1500192263, 77001299, 1620019373, 1680021198,
    1710090535, 1740282731, 1800186734, 1840374431, 1850358826, 1930150022, 1930152378, 1990062354,
  ]
  for (const seed of seeds) {
    it(`${seed} holds`, async () => {
      expect(await firstBroken(seed, 1)).toBeUndefined()
    })
  }
})

describe('fleets in which processes come and go, and that broke once', () => {
  // 2110060531: what a master that was acknowledged counted as proven while the new one was asked what it had lost.
  for (const seed of [2110060531]) {
    it(`${seed} holds`, async () => {
      expect(await firstBroken(seed, 1, { isLively: true })).toBeUndefined()
    })
  }
})

/** Whoever reads after a token may be the first to notice. */
function orBehind(breaks: RegExp): RegExp {
  return new RegExp(`${breaks.source}|after: `)
}

describe('fleets with one part of the protocol taken away', () => {
  for (const { without, breaks, from, isHarsh = false, take } of [...PARTS, ...HISTORY_PARTS, ...SOFT_PARTS]) {
    // What shows in a few of ten thousand fleets only takes minutes: RARE=1 asks for it.
    it.skipIf(from === undefined && process.env.RARE === undefined)(
      `break when ${without}`,
      { timeout: 1_200_000 },
      async () => {
        expect(await firstBroken(from ?? 1, from === undefined ? 20_000 : 3000, { isHarsh, spoil: take() })).toMatch(
          orBehind(breaks),
        )
      },
    )
  }
})
