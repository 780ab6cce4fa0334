import { escaped } from '../chart.ts'
import { DARK, STYLE } from '../page-style.ts'
import { grouped } from '../table.ts'
import { shownLatency } from './latency.ts'
import type { LevelsReport, LevelsTraceReport, SetupReport } from './levels-report.ts'
import { levelHeads, levelsConditions, levelsSummary, money } from './levels-table.ts'

/** Colours of levels, on a light and on a dark page: the hues of the curves, told apart with any kind of colour vision. */
const LEVELS = [
  ['#0067b1', '#58b4ff'],
  ['#00835f', '#2ed3a2'],
  ['#b0478a', '#f08fc9'],
  ['#a17c00', '#f2c14e'],
  ['#6a51a8', '#b9a4f5'],
  ['#3b7f9e', '#8fd0ee'],
  ['#7a6a58', '#c0b19e'],
  ['#3d4a8a', '#aab6ff'],
] as const

const OWN_STYLE = `
main{grid-template-columns:1fr}
.v td,.v th{vertical-align:middle}.v td.w{width:45%;min-width:220px}.v th.u{white-space:normal;min-width:200px;font-weight:500}
.r{display:flex;height:22px;border-radius:5px;overflow:hidden;gap:1px}.r i{display:block;height:100%;background:var(--c)}
.r i.o{background:repeating-linear-gradient(135deg,var(--soft) 0 1.5px,transparent 1.5px 6px);border:1px solid var(--line);box-sizing:border-box}
.y{display:flex;flex-wrap:wrap;gap:6px 18px;margin:12px 0 4px;font-size:13px}.y span{display:flex;align-items:center;gap:7px}
.y i{width:14px;height:14px;border-radius:3px;background:var(--c)}.y i.o{background:repeating-linear-gradient(135deg,var(--soft) 0 1.5px,transparent 1.5px 6px);border:1px solid var(--line);box-sizing:border-box}
b{font-weight:700}
@media(max-width:720px){.v,.v tbody,.v tr,.v th.u,.v td.w{display:block;min-width:0;width:auto}.v thead{display:none}
.v th.u,.v td{text-align:left;padding-right:0}.v tr{padding:10px 0;border-top:1px solid var(--line)}.v td{display:inline-block;margin-right:16px}.v td.w{margin:6px 0}
.v td[data-of]::before{content:attr(data-of) ' ';color:var(--soft)}}
`

/**
 * A report of levels as one HTML page: for each set-up which level answers how much, as a bar and in
 * figures. It needs nothing from anywhere else, runs no script, and follows the reader's choice of
 * light or dark.
 */
export function levelsPage(report: LevelsReport): string {
  const light = LEVELS.map(([colour], n) => `.q${n}{--c:${colour}}`).join('')
  const dark = LEVELS.map(([, colour], n) => `.q${n}{--c:${colour}}`).join('')
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>Levels compared</title><style>${STYLE}${OWN_STYLE}${light}`,
    `@media(prefers-color-scheme:dark){:root{${DARK}}${dark}}</style></head><body>`,
    `<h1>Levels compared</h1><p>Where reads end. A read goes down the levels of its server until one has the value; what is found or fetched is kept in all levels above. Caches start empty.</p>`,
    `<p>${escaped(levelsConditions(report))}</p>`,
    '<main>',
    ...report.traces.map(traceSection),
    '</main></body></html>',
    '',
  ].join('\n')
}

function traceSection(trace: LevelsTraceReport): string {
  const { setups } = trace
  const heads = levelHeads(setups)
  const costs = setups.some(({ cost }) => cost !== null)
  const keys = heads.map((name, n) => `<span><i class="q${n}"></i>${escaped(name)}</span>`)
  const columns = [
    'set-up',
    'answered by',
    ...heads.map((name) => `${name} %`),
    'in all %',
    'fetches',
    'mean',
    'p50',
    'p90',
    'p99',
  ]
  const head = [...columns, ...(costs ? ['cost a million'] : [])].map((text) => `<th scope="col">${escaped(text)}</th>`)
  return [
    `<section><h2>${escaped(trace.trace)}</h2><p>${escaped(levelsSummary(trace))}</p>`,
    `<div class="y">${keys.join('')}<span><i class="o"></i>source</span></div>`,
    `<div class="t"><table class="v"><thead><tr>${head.join('')}</tr></thead><tbody>`,
    ...setups.map((setup) => setupRow(setup, setups, heads, costs)),
    '</tbody></table></div></section>',
  ].join('\n')
}

function setupRow(setup: SetupReport, all: readonly SetupReport[], heads: readonly string[], costs: boolean): string {
  const { latency, source, cost } = setup
  const isLeast = (of: (each: SetupReport) => number): boolean =>
    all.length > 1 && of(setup) === Math.min(...all.map(of))
  const cells = [
    ...heads.map((name, n) => cell(`${name} %`, setup.levels[n]?.share.toFixed(2) ?? '-')),
    cell('in all %', setup.hitRatio.toFixed(2)),
    cell(
      'fetches',
      grouped(source.fetches),
      isLeast((each) => each.source.fetches),
    ),
    cell(
      'mean',
      shownLatency(latency.mean),
      isLeast((each) => each.latency.mean),
    ),
    ...(['p50', 'p90', 'p99'] as const).map((name) => cell(name, shownLatency(latency[name]))),
  ]
  if (costs) {
    const isCheapest = cost !== null && isLeast((each) => each.cost?.total ?? Number.MAX_VALUE)
    cells.push(cell('cost a million', cost === null ? '-' : money(cost.total), isCheapest))
  }
  return `<tr><th scope="row" class="u">${escaped(setup.setup)}</th><td class="w">${bar(setup)}</td>${cells.join('')}</tr>`
}

/** A figure; where there is no room for columns, it stands beside the name of its column. */
function cell(of: string, figure: string, isBest = false): string {
  return `<td data-of="${escaped(of)}">${isBest ? `<b>${figure}</b>` : figure}</td>`
}

/** A read ends in one of the levels or at the source: the parts of the bar are all reads. */
function bar({ levels, source }: SetupReport): string {
  const parts = levels.map(({ name, share, hitRatio }, n) => {
    const figures = `${name}: ${share.toFixed(2)} % of all reads, ${hitRatio.toFixed(2)} % of those that came here`
    return `<i class="q${n}" style="width:${share.toFixed(2)}%" title="${escaped(figures)}"></i>`
  })
  const rest = `<i class="o" style="width:${source.share.toFixed(2)}%" title="source: ${source.share.toFixed(2)} % of all reads"></i>`
  const words = [
    ...levels.map(({ name, share }) => `${name} ${share.toFixed(1)} %`),
    `source ${source.share.toFixed(1)} %`,
  ]
  return `<div class="r" role="img" aria-label="${escaped(words.join(', '))}">${parts.join('')}${rest}</div>`
}
