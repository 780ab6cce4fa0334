import { expect, it } from 'vitest'
import { OwnSteps } from '../../src/coherence/own-steps.ts'
import type { News, Point } from '../../src/stores/ledger.ts'

const REIGN = '0'.repeat(16)
const point = (era: number, link: string): Point => ({ reign: REIGN, era, link })
const steps = (...points: readonly Point[]): News => ({
  ...points.at(-1)!,
  prev: '',
  time: 0,
  kind: 'since',
  steps: points.map((step) => ({ ...step, prev: '', origin: 'e'.repeat(16), scopes: [] })),
})

/** What a shard with steps 12 and 13 is told to have lost of a process to which a step 12 is acknowledged meanwhile. */
async function goesOn(acknowledged: Point): Promise<boolean> {
  const own = new OwnSteps()
  own.prove(point(11, 'a'))
  const judge = await own.trace(point(13, 'c'), own.highest, async () => {
    own.acknowledged(acknowledged)
    own.prove(acknowledged)
    return steps(point(12, 'b'), point(13, 'c'))
  })
  return judge()
}

it('what a server that was acknowledges and proves while the one in its place is asked what it has lost is lost', async () => {
  expect(await goesOn(point(12, 'other'))).toBe(false)
})

it('what the server that is acknowledges and proves meanwhile is not', async () => {
  expect(await goesOn(point(12, 'b'))).toBe(true)
  expect(await goesOn(point(14, 'later'))).toBe(true)
})
