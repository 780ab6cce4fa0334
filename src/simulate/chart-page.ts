import { chartedCells, escaped, hitRatioChart } from './chart.ts'
import { STYLE } from './page-style.ts'
import type { Report, TraceReport } from './report.ts'
import { markers, seriesRules } from './series-rules.ts'
import { ranked, traceSummary } from './table.ts'

/**
 * A report as one HTML page: a chart a trace with its figures as a table, and the means over the
 * traces. It needs nothing from anywhere else, runs no script, and follows the reader's choice of
 * light or dark.
 */
export function chartPage(report: Report): string {
  const policies = ranked(report.means).map((mean) => mean.policy)
  const figures = report.traces.map((trace, i) => traceFigure(trace, policies, `c${i}`))
  const count = report.traces.length
  const what = `${count} ${count === 1 ? 'trace' : 'traces'}, ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}`
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>Hit ratio by cache size</title><style>${STYLE}${seriesRules(policies)}</style></head><body>`,
    markers(policies),
    `<h1>Hit ratio by cache size</h1><p>${what}. A request is a get and, on a miss, a set; caches start empty.</p>`,
    '<main>',
    count > 1 ? meansSection(report) : '',
    ...figures,
    '</main></body></html>',
    '',
  ].join('\n')
}

function traceFigure(trace: TraceReport, policies: readonly string[], id: string): string {
  const charts = chartedCells(trace).map((charted) => hitRatioChart(charted, policies, `${id}${charted.unit[0]}`))
  const caption = `<figcaption><h2>${escaped(trace.trace)}</h2><p>${traceSummary(trace)}</p></figcaption>`
  return `<figure>${caption}\n${charts.join('\n')}\n<details><summary>Figures</summary>${figuresTable(trace)}</details></figure>`
}

function figuresTable(trace: TraceReport): string {
  const sizes = trace.cells.filter((cell) => cell.policy === trace.cells[0]!.policy)
  const head = ['hit ratio %', ...sizes.map((cell) => cell.size), 'mean'].map((text) => `<th>${escaped(text)}`).join('')
  const rows = ranked(trace.means).map((mean) => {
    const own = trace.cells.filter((cell) => cell.policy === mean.policy)
    const ratios = [...own, mean].map((row) => `<td>${row.hitRatio.toFixed(2)}`).join('')
    return `<tr><th>${escaped(mean.policy)}${ratios}`
  })
  return `<div class="t"><table><thead><tr>${head}</thead><tbody>${rows.join('')}</tbody></table></div>`
}

function meansSection(report: Report): string {
  const rows = ranked(report.means).map(({ policy, hitRatio }, i) => {
    const bar = `<dd><div class="b" style="width:${hitRatio.toFixed(1)}%"></div></dd>`
    return `<dt class="p${i}">${escaped(policy)}</dt><div class="p${i}">${bar}</div><dd>${hitRatio.toFixed(2)} %</dd>`
  })
  return `<section><h2>Mean over all traces and sizes</h2><dl>${rows.join('\n')}</dl></section>`
}
