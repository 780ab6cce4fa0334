import { printable } from '../../printable.ts'
import { aligned, byteCount, grouped } from '../table.ts'
import { shownLatency } from './latency.ts'
import type { LevelsReport, LevelsTraceReport, SetupReport } from './levels-report.ts'
import { shownLifetime } from './setup-label.ts'

/** A report as plain text for a terminal: the set-ups by number, and a table a trace. */
export function levelsTable(report: LevelsReport): string {
  const { traces } = report
  const legend = traces[0]!.setups.map(({ setup }, i) => `  ${i + 1}  ${printable(setup)}`)
  const parts = traces.map((trace) =>
    [`${printable(trace.trace)}: ${levelsSummary(trace)}`, ...setupTable(trace), ...verdict(trace)].join('\n'),
  )
  return `${[legend.join('\n'), ...parts, levelsConditions(report)].join('\n\n')}\n`
}

/** What a trace holds, in words. */
export function levelsSummary({ requests, distinctKeys, requestedBytes }: LevelsTraceReport): string {
  const keys = distinctKeys === null ? '' : `, ${grouped(distinctKeys)} distinct keys`
  const bytes = requestedBytes === null ? '' : `, ${byteCount(requestedBytes)} requested`
  return `${grouped(requests)} requests${keys}${bytes}`
}

/** Under which conditions the figures hold, in one sentence or two. */
export function levelsConditions({ rate, ttl, writes, balance, assumed, traces }: LevelsReport): string {
  const several = traces[0]!.setups.some(({ servers }) => servers > 1)
  const conditions = [
    ...(rate === null ? ['time stands still'] : [`${grouped(rate)} requests a second, evenly spread`]),
    ...(ttl === null ? [] : [`values live ${shownLifetime(ttl)}`]),
    writes === 0
      ? 'nothing changes'
      : `${Number((writes * 100).toFixed(3))} % of the requests find their key just changed`,
    ...(several ? [`requests are spread over the servers ${BALANCES[balance] ?? balance}`] : []),
  ]
  const taken = assumed.length === 0 ? '' : ` Latencies assumed: ${assumed.join(', ')}.`
  return `Conditions: ${conditions.join('; ')}.${taken}`
}

const BALANCES: Readonly<Record<string, string>> = { random: 'at random', turns: 'in turns', key: 'by their keys' }

/** The heads of the columns of levels: their names where all set-ups have the same ones. */
export function levelHeads(setups: readonly SetupReport[]): readonly string[] {
  const most = Math.max(...setups.map(({ levels }) => levels.length))
  return Array.from({ length: most }, (_, n) => {
    const names = new Set(setups.flatMap(({ levels }) => (levels[n] === undefined ? [] : [levels[n].name])))
    return names.size === 1 ? [...names][0]! : `level ${n + 1}`
  })
}

/** Money with four digits or so. */
export function money(amount: number): string {
  if (amount >= 1000) return grouped(Math.round(amount))
  return String(Number(amount.toPrecision(4)))
}

function setupTable({ setups }: LevelsTraceReport): readonly string[] {
  const heads = levelHeads(setups)
  const costs = setups.some(({ cost }) => cost !== null)
  const head = ['', ...heads.map((name) => `${name} %`), 'in all %', 'fetches', 'mean', 'p50', 'p90', 'p99']
  const rows = setups.map(({ levels, hitRatio, source, latency, cost }, i) => [
    String(i + 1),
    ...heads.map((_, n) => levels[n]?.share.toFixed(2) ?? '-'),
    hitRatio.toFixed(2),
    grouped(source.fetches),
    ...[latency.mean, latency.p50, latency.p90, latency.p99].map(shownLatency),
    ...(costs ? [cost === null ? '-' : money(cost.total)] : []),
  ])
  return aligned([[...head, ...(costs ? ['cost a million'] : [])], ...rows])
}

/** Which set-up does best, where there are several. */
function verdict({ setups }: LevelsTraceReport): readonly string[] {
  if (setups.length === 1) return []
  const least = (of: (setup: SetupReport) => number): string => {
    const best = Math.min(...setups.map(of))
    return setups.flatMap((setup, i) => (of(setup) === best ? [i + 1] : [])).join(' and ')
  }
  const words = [
    `Fastest: ${least(({ latency }) => latency.mean)}.`,
    `Fewest fetches: ${least(({ source }) => source.fetches)}.`,
    ...(setups.every(({ cost }) => cost !== null) ? [`Cheapest: ${least(({ cost }) => cost!.total)}.`] : []),
  ]
  return [`  ${words.join(' ')}`]
}
