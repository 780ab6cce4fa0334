import { describe, expect, it } from 'vitest'
import { type Measured, measure, referenceTraces, tracesFolder } from '../../scripts/reference-figures.ts'
import { verdicts } from '../../scripts/reference-verdicts.ts'

/** Longer traces take minutes on a busy machine; `npm run simulate:reference` has them. */
const LONGEST = 600_000
const traces = referenceTraces().filter(({ requests }) => requests <= LONGEST)

describe('hit ratios on real traces', () => {
  if (traces.length === 0) {
    it(`are not checked: there are no traces at ${tracesFolder}`, () => {
      expect(traces).toEqual([])
    })
    return
  }

  it('are as promised', { timeout: 600_000 }, async () => {
    const measured: Measured[] = []
    for (const trace of traces) measured.push(await measure(trace, 1))
    const broken = verdicts(measured).filter(({ kept }) => !kept)
    expect(broken.map(({ promise, measured }) => `${promise}: ${measured}`)).toEqual([])
  })
})
