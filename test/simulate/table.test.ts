import { describe, expect, it } from 'vitest'
import { type Report, reportTable } from '../../src/simulate/index.ts'

function cell(
  policy: string,
  size: string,
  entries: number,
  hitRatio: number,
): Report['traces'][number]['cells'][number] {
  return {
    policy,
    size,
    entries,
    bytes: null,
    requests: 1000,
    hits: 0,
    misses: 0,
    hitRatio,
    byteHitRatio: null,
    evictions: 0,
    seconds: 0.5,
  }
}

const trace: Report['traces'][number] = {
  trace: 'web',
  requests: 1_234_567,
  distinctKeys: 2000,
  requestedBytes: null,
  cells: [
    cell('lru', '1%', 20, 8.125),
    cell('lru', '500', 500, 50),
    cell('wTinyLfu', '1%', 20, 10),
    cell('wTinyLfu', '500', 500, 100),
  ],
  means: [
    { policy: 'lru', hitRatio: 29.06, byteHitRatio: null },
    { policy: 'wTinyLfu', hitRatio: 55, byteHitRatio: null },
  ],
}

describe('the table of a report', () => {
  it('is aligned, the best policy first', () => {
    expect(reportTable({ seed: 1, traces: [trace], means: trace.means })).toBe(
      [
        'web: 1,234,567 requests, 2,000 distinct keys',
        '  hit ratio %  1% = 20     500   mean',
        '  wTinyLfu       10.00  100.00  55.00',
        '  lru             8.13   50.00  29.06',
        '',
      ].join('\n'),
    )
  })

  it('ends with means where there are several traces, and tells byte hit ratios where there are sizes', () => {
    const sized = {
      ...trace,
      trace: 'files',
      requestedBytes: 3 * 2 ** 20,
      cells: trace.cells.map((each) => ({ ...each, byteHitRatio: 25 })),
      means: trace.means.map((each) => ({ ...each, byteHitRatio: 25 })),
    }
    const text = reportTable({ seed: 1, traces: [trace, sized], means: sized.means })
    expect(text).toContain('files: 1,234,567 requests, 2,000 distinct keys, 3 MB requested')
    expect(text).toContain('  byte hit ratio %  1% = 20    500   mean\n  wTinyLfu            25.00  25.00')
    expect(text).toContain(
      '  mean of all traces  hit ratio %  byte hit ratio %\n  wTinyLfu                  55.00             25.00',
    )
  })
})
