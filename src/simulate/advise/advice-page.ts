import { escaped, hitRatioChart } from '../chart.ts'
import { shownLatency } from '../levels/latency.ts'
import { money } from '../levels/levels-table.ts'
import { STYLE } from '../page-style.ts'
import { type CellReport, meansOf } from '../report.ts'
import { markers, seriesRules } from '../series-rules.ts'
import { grouped } from '../table.ts'
import type { Advice, AdvisedSetup } from './advice.ts'
import { shownBudget, shownLevels } from './advice-words.ts'

const OWN_STYLE = `
main{grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr))}
ul{margin:14px 0 0;padding-left:20px}li{margin:0 0 8px;line-height:1.5}li:first-child{font-weight:600;font-size:16px}
code{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}td:last-child,th:last-child{text-align:left}
tr.b td,tr.b th{font-weight:700}
`

/** Advice as one HTML page: its sentences, a curve over budgets and the figures. No script, nothing from anywhere else. */
export function advicePage(advice: Advice): string {
  const series = ['best split', ...new Set(advice.curve.flatMap(({ alone }) => alone.map(({ level }) => level)))]
  const title = `How to spend ${shownBudget(advice, advice.budget.amount)}`
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${title}</title><style>${STYLE}${OWN_STYLE}${seriesRules(series)}</style></head><body>`,
    markers(series),
    `<h1>${title}</h1><p>${escaped(advice.trace)}: ${grouped(advice.requests)} requests, ${servers(advice)}</p>`,
    '<main>',
    `<figure><figcaption><h2>Advice</h2></figcaption><ul>${advice.words.map((text) => `<li>${escaped(text)}</li>`).join('\n')}</ul>`,
    `<p>Try it: <code>terrace simulate TRACE --levels '${escaped(advice.best.setup)}'</code></p></figure>`,
    `<figure><figcaption><h2>Hit ratio by budget</h2><p>${series.length > 1 ? `Split as is best, or all of it in one level${advice.sample === null ? '' : ' (of the sample, but for the whole budget)'}.` : 'Spent as is best.'}</p></figcaption>${curve(advice, series)}</figure>`,
    section(
      'Budgets',
      'budget',
      advice,
      advice.curve.map(({ best }) => [shownBudget(advice, best.budget), best]),
    ),
    section(
      'Policies',
      'policy',
      advice,
      advice.policies.map(({ policy, best }) => [policy, best]),
    ),
    section('Divisions of the whole budget', 'spent', advice, splits(advice)),
    '</main></body></html>',
    '',
  ].join('\n')
}

function servers({ servers: count }: Advice): string {
  return count === 1 ? 'one server' : `${count} servers`
}

function splits({ splits, budget, tuned }: Advice): readonly (readonly [string, AdvisedSetup])[] {
  return splits.map(({ share, setup }) => {
    const note = setup.sampled ? ' (sampled)' : ''
    return [`${shownBudget({ budget }, budget.amount * share)} in ${tuned}${note}`, setup] as const
  })
}

function curve(advice: Advice, series: readonly string[]): string {
  const { unit } = advice.budget
  const points = advice.curve.flatMap(({ best, alone }) => [
    [series[0]!, best] as const,
    ...alone.map(({ level, setup }) => [level, setup] as const),
  ])
  const cells = points.map(([policy, { budget, hitRatio }]): CellReport => {
    const { requests } = advice
    const hits = Math.round((requests * hitRatio) / 100)
    const size = {
      size: String(budget),
      entries: unit === 'entries' ? budget : null,
      bytes: unit === 'bytes' ? budget : null,
    }
    return {
      policy,
      ...size,
      requests,
      hits,
      misses: requests - hits,
      hitRatio,
      byteHitRatio: null,
      evictions: 0,
      seconds: 0,
    }
  })
  const { trace, requests, distinctKeys } = advice
  const report = { trace, requests, distinctKeys, requestedBytes: null, cells, means: meansOf(cells) }
  return hitRatioChart({ trace: report, cells, unit, axis: 'Budget' }, series, 'b')
}

function section(
  title: string,
  first: string,
  advice: Advice,
  rows: readonly (readonly [string, AdvisedSetup])[],
): string {
  const costs = advice.best.cost !== null
  const head = [first, 'hits %', 'mean', 'p99', ...(costs ? ['cost a million'] : []), 'spent as']
  const body = rows.map(([name, setup]) => {
    const figures = [
      setup.hitRatio.toFixed(2),
      shownLatency(setup.latency.mean),
      shownLatency(setup.latency.p99),
      ...(costs ? [money(setup.cost?.total ?? 0)] : []),
      shownLevels(setup),
    ]
    const best = setup.setup === advice.best.setup ? ' class="b"' : ''
    return `<tr${best}><th scope="row">${escaped(name)}</th>${figures.map((text) => `<td>${escaped(text)}</td>`).join('')}</tr>`
  })
  return `<section><h2>${title}</h2><div class="t"><table><thead><tr>${head.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div></section>`
}
