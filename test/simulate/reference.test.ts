import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Measured, measure, referenceTraces, tracesFolder } from '../../scripts/reference-figures.ts'
import { verdicts } from '../../scripts/reference-verdicts.ts'

/** Longer traces take minutes on a busy machine; `npm run simulate:reference` has them. */
const LONGEST = 600_000
const all = referenceTraces()
const traces = all.filter(({ path }) => requestsIn(path) <= LONGEST)
const found = traces.length > 0

/** A gzip file ends with the bytes of its content, modulo 2 ** 32; a request is four. */
function requestsIn(path: string): number {
  return readFileSync(path).subarray(-4).readUInt32LE() / 4
}

describe('hit ratios on real traces', () => {
  it.skipIf(!found)(
    `are as promised${found ? '' : `: SKIPPED, there are no traces at ${tracesFolder}`}`,
    { timeout: 600_000 },
    async () => {
      const measured: Measured[] = []
      for (const trace of traces) measured.push(await measure(trace, 1))
      const broken = verdicts(measured, all).filter(({ kept }) => !kept)
      expect(broken.map(({ promise, measured }) => `${promise}: ${measured}`)).toEqual([])
    },
  )
})
