import { chartedCells, escaped, hitRatioChart } from './chart.ts'
import { seriesStyle } from './chart-style.ts'
import type { Report, TraceReport } from './report.ts'
import { ranked, traceSummary } from './table.ts'

const STYLE = `
:root{color-scheme:light dark;--bg:#fcfcfa;--card:#fff;--fg:#1b1f24;--soft:#5c6570;--line:#e6e8eb}
body{margin:0 auto;max-width:1560px;padding:32px 24px 48px;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:24px;letter-spacing:-.01em}h2{margin:0;font-size:17px}
p{margin:4px 0 0;color:var(--soft)}svg{display:block;width:100%;height:auto}
main{display:grid;gap:20px;grid-template-columns:repeat(auto-fit,minmax(min(100%,600px),1fr));margin-top:20px}
figure,section{margin:0;padding:20px;background:var(--card);border:1px solid var(--line);border-radius:12px;min-width:0}
section{grid-column:1/-1}figcaption{margin-bottom:12px}figcaption p{font-size:13px}
.g{stroke:var(--line)}.a{fill:var(--soft);font-size:12px}.s{opacity:.8;font-size:11px}.m{text-anchor:middle}.e{text-anchor:end}
.l{fill:none;stroke:var(--c);stroke-width:var(--w);stroke-dasharray:var(--d);stroke-linejoin:round;stroke-linecap:round;marker:var(--m)}
.k{fill:none;stroke:var(--c);stroke-opacity:.4;marker-end:var(--m)}.n{fill:var(--c);font-size:13px;font-weight:600}.v{fill:var(--soft);font-weight:400;font-size:12px}
g:hover .l{stroke-width:5}path.f{fill:var(--c);stroke:var(--card);stroke-width:1}
details{margin-top:12px;font-size:13px}summary{cursor:pointer;color:var(--soft)}
.t{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin-top:8px}
th,td{padding:3px 12px 3px 0;text-align:right;white-space:nowrap;font-weight:400}th:first-child{text-align:left}thead th{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr max-content;gap:7px 14px;align-items:center;margin:14px 0 0}
dt{font-weight:600;color:var(--c)}dd{margin:0;font-variant-numeric:tabular-nums}
.b{height:10px;border-radius:5px;background:var(--c)}
`
const DARK = '--bg:#0f1216;--card:#161a20;--fg:#e8eaed;--soft:#9aa4b0;--line:#2a3038'

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

function seriesRules(policies: readonly string[]): string {
  const styles = policies.map(seriesStyle)
  const light = styles.map(
    ({ light, dash, width }, i) => `.p${i}{--c:${light};--d:${dash || 'none'};--w:${width};--m:url(#m${i})}`,
  )
  const dark = styles.map(({ dark }, i) => `.p${i}{--c:${dark}}`)
  return `${light.join('')}\n@media(prefers-color-scheme:dark){:root{${DARK}}${dark.join('')}}`
}

/** A point's shape for each policy, which its line refers to. */
function markers(policies: readonly string[]): string {
  const all = policies.map((policy, i) => {
    const { shape } = seriesStyle(policy, i)
    return `<marker id="m${i}" class="p${i}" viewBox="-6 -6 12 12" markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse"><path class="f" d="${shape}"/></marker>`
  })
  return `<svg width="0" height="0" style="position:absolute;width:0" aria-hidden="true"><defs>${all.join('')}</defs></svg>`
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
