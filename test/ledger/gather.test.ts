import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Gather } from '../../src/coherence/gather.ts'
import { portions, shareOfEntry, shareOfScope } from '../../src/coherence/portions.ts'
import { Unsettled } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const items = fc.array(fc.record({ id: fc.nat(), share: fc.constantFrom(1 / 64, 0.1, 0.5, 1, 3) }), { maxLength: 200 })
type Item = { readonly id: number; readonly share: number }

it('portions are at most full, not empty, and in order', () => {
  fc.assert(
    fc.property(items, (all) => {
      const cut = portions(all, ({ share }) => share)
      expect(cut.flat()).toEqual(all)
      for (const portion of cut) {
        expect(portion.length).toBeGreaterThan(0)
        const filled = portion.reduce((sum, { share }) => sum + share, 0)
        if (portion.length > 1) expect(filled).toBeLessThanOrEqual(1)
      }
    }),
  )
})

it('asks for what several want in questions that are at most full, and tells each what is his', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(items, { maxLength: 8 }), fc.nat({ max: 12 }), async (askers, fails) => {
      const asked: (readonly Item[])[] = []
      const world = new FakeWorld()
      const gather = new Gather<Item, number>(
        world,
        ({ share }) => share,
        async (portion) => {
          asked.push(portion)
          if (asked.length === fails) throw new Unsettled(new Error('fails'), Promise.resolve())
          return portion.map(({ id }) => id)
        },
      )
      const answers = Promise.allSettled(askers.map((own) => gather.ask(own)))
      await world.settle()
      const failed = new Set(fails === 0 ? [] : asked[fails - 1])
      for (const [n, outcome] of (await answers).entries()) {
        const own = askers[n]!
        if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(own.map(({ id }) => id))
        else expect(outcome.reason).toBeInstanceOf(Unsettled)
        if (own.length > 0) expect(outcome.status === 'rejected').toBe(own.some((item) => failed.has(item)))
      }
      for (const portion of asked) {
        const filled = portion.reduce((sum, { share }) => sum + share, 0)
        if (portion.length > 1) expect(filled).toBeLessThanOrEqual(1)
      }
    }),
  )
})

it('a step takes 64 items, a mebibyte, and names of 8,192 characters', () => {
  const key = (key: string) => ({ kind: 'key' as const, key })
  expect(
    portions(
      Array.from({ length: 129 }, (_, n) => key(`k${n}`)),
      shareOfScope,
    ).map((each) => each.length),
  ).toEqual([64, 64, 1])
  const long = Array.from({ length: 5 }, (_, n) => key(`${n}`.repeat(4096)))
  expect(portions(long, shareOfScope).map((each) => each.length)).toEqual([2, 2, 1])
  const entry = {
    key: 'k',
    found: true,
    codec: 3,
    born: 0,
    deadline: 0,
    tags: [],
    version: undefined,
    upkeep: undefined,
  }
  const large = Array.from({ length: 5 }, () => ({ ...entry, payload: new Uint8Array(2 ** 18) }))
  expect(portions(large, shareOfEntry).map((each) => each.length)).toEqual([4, 1])
})
