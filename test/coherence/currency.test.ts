import { expect, it } from 'vitest'
import { Currency } from '../../src/coherence/currency.ts'
import type { Hearing, Shares } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

/** A level that others write to, of which the test says what it hears. */
function shared(hearing: Hearing, maxStaleness: number, provenUntil: number) {
  const follow = () => undefined
  const eraOf = () => undefined
  return { hearing, maxStaleness, provenUntil, checksBirths: true, prove: async () => true, eraOf, follow }
}

it('what set out is joined for as long as it is proven, or nobody need have heard; for no longer above a level whose feed has fallen silent', () => {
  const world = new FakeWorld()
  const fed = shared('feed', 1000, Number.POSITIVE_INFINITY)
  const shares: readonly Shares[] = [fed, shared('pulse', 2000, Number.POSITIVE_INFINITY)]
  const currency = new Currency(world, shares)
  const at = world.tick()
  world.advance(1500)
  expect(currency.isJoinable(at)).toBe(true)
  fed.provenUntil = 0
  expect(currency.isJoinable(at)).toBe(false)
  expect(currency.isJoinable(at + 1000)).toBe(true)
  Object.assign(fed, { hearing: 'nothing', maxStaleness: 800, provenUntil: Number.POSITIVE_INFINITY })
  expect(currency.isJoinable(at)).toBe(false)
  expect(currency.isJoinable(at + 700)).toBe(false)
  expect(currency.isJoinable(at + 701)).toBe(true)
})
