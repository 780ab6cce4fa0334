import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { RatioScale, SizeScale, spread } from '../../src/simulate/chart-scale.ts'
import { chartPage, type Report, simulate } from '../../src/simulate/index.ts'
import { skewedKeys } from './trace-folder.ts'

const keys = skewedKeys(20_000, 2000)
const sizes = keys.map((key) => 100 + key)

let report: Report
beforeAll(async () => {
  report = await simulate({
    traces: [
      { name: 'web', keys },
      { name: '<b>&"a" \'x\'', keys: keys.map((key) => key % 700) },
    ],
  })
})

describe('the page with hit-ratio curves', () => {
  it('needs nothing from anywhere else and runs nothing', () => {
    const page = chartPage(report)
    expect(page).not.toMatch(/https?:|\/\/[a-z]|<script|<link|<img|<iframe|@import|\bsrc=|\bon\w+=/i)
    for (const [, target] of page.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^#m\d+$/)
  })

  it('stays small: under 20 KB for two traces, nine policies, five sizes', () => {
    expect(Buffer.byteLength(chartPage(report))).toBeLessThan(20_000)
  })

  it('has a chart a trace, each with a title, a description, and a labelled curve a policy', () => {
    const charts = chartPage(report).match(/<svg viewBox.*?<\/svg>/gs)!
    expect(charts).toHaveLength(2)
    for (const chart of charts) {
      const [, title, desc] = /aria-labelledby="(\w+) (\w+)"/.exec(chart)!
      expect(chart).toContain(`<title id="${title}">`)
      expect(chart).toContain(`<desc id="${desc}">`)
      expect(chart.match(/<polyline/g)).toHaveLength(9)
      for (const { policy } of report.means) expect(chart).toMatch(new RegExp(`<text class="n"[^>]*>${policy} <tspan`))
    }
  })

  it('has an id only once, and refers to those it has', () => {
    const page = chartPage(report)
    const ids = [...page.matchAll(/ id="(\w+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of page.matchAll(/#(m\d+)/g)) expect(ids).toContain(id)
  })

  it('escapes what comes from outside', () => {
    const page = chartPage(report)
    expect(page).toContain('&lt;b&gt;&amp;&quot;a&quot; &#39;x&#39;')
    expect(page).not.toContain('<b>')
  })

  it('has every figure as a number too', () => {
    const page = chartPage(report)
    for (const { cells } of report.traces)
      for (const cell of cells) expect(page).toContain(`<td>${cell.hitRatio.toFixed(2)}`)
  })

  it('draws sizes in bytes apart from sizes in entries, and a single size as a point', async () => {
    const mixed = await simulate({ traces: [{ name: 't', keys, sizes }], policies: ['lru'], sizes: [10, 100, '1mb'] })
    const page = chartPage(mixed)
    expect(page.match(/<svg viewBox/g)).toHaveLength(2)
    expect(page).toContain('entries (log scale)')
    expect(page).toContain('bytes (log scale)')
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('draws any report without a figure that is none', async () => {
    const trace = fc.array(fc.nat(20), { minLength: 1, maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(trace, async (keys) => {
        const any = await simulate({
          traces: [{ name: 't', keys }],
          policies: ['lru', 'optimum'],
          sizes: [1, 2, '50%'],
        })
        expect(chartPage(any)).not.toMatch(/NaN|Infinity|undefined/)
      }),
      { numRuns: 30 },
    )
  })
})

describe('the scales of a chart', () => {
  it('put every ratio between round ends', () => {
    const ratios = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(ratios, (ratios) => {
        const scale = new RatioScale(ratios, 10, 300)
        for (const ratio of ratios) {
          expect(scale.at(ratio)).toBeGreaterThanOrEqual(10 - 1e-6)
          expect(scale.at(ratio)).toBeLessThanOrEqual(300 + 1e-6)
        }
        const ticks = scale.ticks()
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(10)
        expect(ticks[0]!.at).toBeCloseTo(300, 6)
        expect(ticks.at(-1)!.at).toBeCloseTo(10, 6)
      }),
      { examples: [[[100]]] },
    )
  })

  it('put sizes at equal ratios at equal distances', () => {
    const scale = new SizeScale([10, 1000], 0, 100)
    expect([10, 100, 1000].map((size) => Math.round(scale.at(size)))).toEqual([0, 50, 100])
    expect(new SizeScale([7, 7], 0, 100).at(7)).toBe(50)
  })

  it('spread labels apart in their order, and move none that has room', () => {
    const places = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 20 })
    fc.assert(
      fc.property(places, (places) => {
        const moved = spread(places, 17, 0, 400)
        const order = places.map((_, i) => i).sort((a, b) => moved[a]! - moved[b]!)
        for (const [rank, i] of order.entries()) {
          expect(moved[i]).toBeGreaterThanOrEqual(-1e-6)
          expect(moved[i]).toBeLessThanOrEqual(400 + 1e-6)
          if (rank === 0) continue
          expect(moved[i]! - moved[order[rank - 1]!]!).toBeGreaterThanOrEqual(17 - 1e-6)
          expect(places[i]!).toBeGreaterThanOrEqual(places[order[rank - 1]!]!)
        }
      }),
    )
    expect(spread([300, 20, 25], 17, 0, 400)).toEqual([300, 14, 31])
  })
})
