import { printable } from '../printable.ts'
import { RatioScale, SizeScale, spread } from './chart-scale.ts'
import type { CellReport, TraceReport } from './report.ts'
import { byteCount, grouped, ranked, traceSummary } from './table.ts'

const WIDTH = 720
const HEIGHT = 420
const LEFT = 52
const RIGHT = 562
const TOP = 14
const BOTTOM = 364
const LABEL_GAP = 17
/** Longer names are cut: no more fits beside the plot. */
const LONGEST_LABEL = 16
/** Two lines of an axis label need this much room. */
const TICK_GAP = 50

/** The cells of a trace that share an axis: sizes in entries, or in bytes. */
export interface ChartedCells {
  readonly trace: TraceReport
  readonly cells: readonly CellReport[]
  readonly unit: 'entries' | 'bytes'
  /** What the sizes are of. Default: of a cache. */
  readonly axis?: string
}

/** The charts of a trace: one, or two where sizes in entries and in bytes were mixed. */
export function chartedCells(trace: TraceReport): readonly ChartedCells[] {
  const units = ['entries', 'bytes'] as const
  const all = units.map((unit) => ({ trace, unit, cells: trace.cells.filter((cell) => cell[unit] !== null) }))
  return all.filter(({ cells }) => cells.length > 0)
}

/** Escapes text for HTML and SVG, in content and in quoted attributes; a name that turns text around turns none. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return printable(text).replace(/[&<>"']/g, (character) => entities[character]!)
}

/**
 * Hit-ratio curves as an SVG element, sizes on a logarithmic axis. Each policy has the class
 * `p` + its place in `policies`, which the page gives a colour and a marker. `id` prefixes element ids.
 */
export function hitRatioChart(charted: ChartedCells, policies: readonly string[], id: string): string {
  const { trace, cells, unit } = charted
  const x = new SizeScale(
    cells.map((cell) => sizeOf(cell, unit)),
    LEFT + 12,
    RIGHT - 12,
  )
  const y = new RatioScale(
    cells.map((cell) => cell.hitRatio),
    TOP,
    BOTTOM,
  )
  const best = ranked(trace.means).map((mean) => `${mean.policy} ${mean.hitRatio.toFixed(1)} %`)
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}t ${id}d">`,
    `<title id="${id}t">${escaped(trace.trace)}: hit ratio by cache size</title>`,
    `<desc id="${id}d">${traceSummary(trace)}. Means over the sizes: ${escaped(best.join(', '))}.</desc>`,
    ratioAxis(y),
    sizeAxis(charted, x),
    curves(charted, policies, x, y),
    '</svg>',
  ].join('\n')
}

function sizeOf(cell: CellReport, unit: 'entries' | 'bytes'): number {
  return cell[unit] ?? 1
}

function ratioAxis(y: RatioScale): string {
  const ticks = y.ticks().map(({ value, at }) => {
    const place = round(at)
    return `<path class="g" d="M${LEFT} ${place}H${RIGHT}"/><text class="a e" x="${LEFT - 8}" y="${round(at + 4)}">${value} %</text>`
  })
  return ticks.join('')
}

function sizeAxis({ cells, unit, axis = 'Cache size' }: ChartedCells, x: SizeScale): string {
  const sizes = new Map(cells.map((cell) => [sizeOf(cell, unit), cell.size]))
  let free = Number.NEGATIVE_INFINITY
  const ticks = [...sizes]
    .sort(([a], [b]) => a - b)
    .map(([size, label]) => {
      const at = round(x.at(size))
      const line = `<path class="g" d="M${at} ${TOP}V${BOTTOM}"/>`
      if (at < free) return line
      free = at + TICK_GAP
      const amount = unit === 'bytes' ? byteCount(size) : grouped(size)
      const share = label.endsWith('%') ? `<text class="a m s" x="${at}" y="${BOTTOM + 33}">${label}</text>` : ''
      return `${line}<text class="a m" x="${at}" y="${BOTTOM + 18}">${amount}</text>${share}`
    })
  const title = `${axis}, ${unit} (log scale)`
  return `${ticks.join('')}<text class="a m" x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 6}">${title}</text>`
}

/** Lines from the least to the most important, so that the best is not painted over, and their labels. */
function curves({ cells, unit }: ChartedCells, policies: readonly string[], x: SizeScale, y: RatioScale): string {
  const series = policies.flatMap((policy, index) => {
    const own = cells.filter((cell) => cell.policy === policy).toSorted((a, b) => sizeOf(a, unit) - sizeOf(b, unit))
    return own.length === 0 ? [] : [{ policy, index, own, end: y.at(own.at(-1)!.hitRatio) }]
  })
  const labels = spread(
    series.map(({ end }) => end),
    LABEL_GAP,
    TOP + 4,
    BOTTOM,
  )
  const drawn = series.map(({ policy, index, own, end }, i) => {
    const points = own.map((cell) => `${round(x.at(sizeOf(cell, unit)))},${round(y.at(cell.hitRatio))}`).join(' ')
    const figures = own.map((cell) => `${cell.size}: ${cell.hitRatio.toFixed(2)} %`).join('\n')
    const from = round(x.at(sizeOf(own.at(-1)!, unit)) + 7)
    return (
      `<g class="p${index}"><title>${escaped(policy)}\n${escaped(figures)}</title>` +
      `<path class="k" d="M${from} ${round(end)}L${RIGHT + 10} ${round(labels[i]!)}h10"/>` +
      `<polyline class="l" points="${points}"/>` +
      `<text class="n" x="${RIGHT + 28}" y="${round(labels[i]! + 4)}">${label(policy)} ` +
      `<tspan class="v">${own.at(-1)!.hitRatio.toFixed(1)}</tspan></text></g>`
    )
  })
  return drawn.reverse().join('\n')
}

function label(policy: string): string {
  return escaped(policy.length > LONGEST_LABEL ? `${policy.slice(0, LONGEST_LABEL - 1)}…` : policy)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
