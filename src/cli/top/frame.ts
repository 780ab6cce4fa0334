import { clipped, filledLines, printable, widthOf } from '../../printable.ts'
import type { Colours } from '../colours.ts'
import type { Cell, Column } from '../columns.ts'
import { tableLines } from '../columns.ts'
import { bytesText, countText, NOTHING, percentText, rateText, timeText } from '../figures-text.ts'
import type { Figures, LevelFigures } from './figures.ts'
import type { Report, ReportedProcess } from './report.ts'
import type { CountedKey } from './watched-process.ts'

/** The room there is, and what is painted with. */
export interface FrameStyle {
  readonly columns: number
  readonly rows: number
  readonly colours: Colours
  /** Whether it is said how to end it. */
  readonly isLive: boolean
}

/** A report as lines that are no wider than the terminal. */
export function frameOf(report: Report, history: readonly (number | null)[], style: FrameStyle): string[] {
  const { columns, rows, colours } = style
  const lines = [heading(report, style)]
  const { figures } = report
  if (figures !== null) {
    lines.push('', ...summary(report, columns, colours), '')
    if (history.length > 1) lines.push(...sparkline(history, columns, colours), '')
    lines.push(...levelTable(figures.levels, columns, colours))
  }
  if (report.processes.length > 1 || report.processes.some(({ state }) => state !== 'watched')) {
    lines.push('', ...processTable(report.processes, columns, colours))
  }
  const room = rows - lines.length - 2
  if (figures !== null && room > 0) lines.push('', ...keyLists(report, columns, room + 1, colours))
  return lines
}

function heading({ cache, processes, at }: Report, { columns, colours, isLive }: FrameStyle): string {
  const [first] = processes
  const who = processes.length === 1 ? (first!.process ?? first!.address) : `${processes.length} processes`
  const name = printable(cache ?? '…', 40)
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(at)
  const left = clipped(`terrace top  ${name}  ${printable(who, 80)}`, columns)
  const right = isLive ? `${time}  q quits` : time
  const gap = columns - widthOf(left) - right.length
  const shown = left.replace(name, colours.bold(name))
  return gap >= 2 ? `${shown}${' '.repeat(gap)}${colours.dim(right)}` : shown
}

function summary({ figures }: Report, columns: number, colours: Colours): string[] {
  const f = figures!
  const failed = f.fetchFailuresPerSecond > 0 ? colours.red(`${rateText(f.fetchFailuresPerSecond)}/s failed`) : ''
  const parts = [
    `hit ratio ${colours.bold(percentText(f.hitRatio))}`,
    `reads ${colours.bold(rateText(f.readsPerSecond))}/s`,
    `misses ${rateText(f.missesPerSecond)}/s`,
    `fetches ${rateText(f.fetchesPerSecond)}/s`,
    failed,
    f.fetchMean === null ? '' : `fetch mean ${timeText(f.fetchMean)} p99 ${timeText(f.fetchP99)}`,
    f.flights > 0 ? `in flight ${countText(f.flights)}` : '',
    f.awaitedPerSecond > 0 ? `fetched by others ${rateText(f.awaitedPerSecond)}/s` : '',
    f.unprovenPerSecond > 0 ? colours.yellow(`unproven ${rateText(f.unprovenPerSecond)}/s`) : '',
  ]
  return [parts, freshness(f, colours), source(f, colours)].flatMap((line) => {
    const told = line.filter((part) => part !== '')
    return told.length === 0 ? [] : filledLines(told, '   ', columns, plainWidth)
  })
}

/** What was answered from stale copies, and fetched anew before anybody had to wait. */
function freshness({ stalePerSecond, refreshesPerSecond }: Figures, colours: Colours): string[] {
  return [
    stalePerSecond > 0 ? colours.yellow(`stale answers ${rateText(stalePerSecond)}/s`) : '',
    refreshesPerSecond > 0 ? `refreshes ${rateText(refreshesPerSecond)}/s` : '',
  ]
}

/** How the source is being spared, where something does. */
function source({ source: of }: Figures, colours: Colours): string[] {
  if (of === null) return []
  const { limit, inFlight, queued, shedPerSecond, retriedPerSecond } = of
  return [
    `source ${limit === null ? `${countText(inFlight)} in flight` : `${countText(inFlight)} of ${countText(limit)} in flight`}`,
    `queued ${countText(queued)}`,
    shedPerSecond > 0 ? colours.yellow(`shed ${rateText(shedPerSecond)}/s`) : 'shed 0/s',
    retriedPerSecond > 0 ? `retried ${rateText(retriedPerSecond)}/s` : '',
  ]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what this file has painted
const PAINTED = /\x1b\[\d+m/g

function plainWidth(text: string): number {
  return widthOf(text.replaceAll(PAINTED, ''))
}

const BARS = '▁▂▃▄▅▆▇█'

/** Hit ratios over time, from the lowest that was seen to the highest. */
function sparkline(history: readonly (number | null)[], columns: number, colours: Colours): string[] {
  const label = 'hit ratio '
  const shown = history.slice(-Math.max(0, columns - label.length - 20))
  const known = shown.filter((value) => value !== null)
  if (known.length < 2) return []
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const bar = (value: number | null): string => {
    if (value === null) return ' '
    return BARS[high === low ? 3 : Math.round(((value - low) / (high - low)) * (BARS.length - 1))]!
  }
  const range = low === high ? percentText(low) : `${percentText(low)} to ${percentText(high)}`
  return [clipped(`${label}${shown.map(bar).join('')}`, columns - range.length - 2) + colours.dim(`  ${range}`)]
}

const LEVEL_COLUMNS: readonly Column[] = [
  { title: 'level', spare: 0, most: 24 },
  { title: 'policy', spare: 9 },
  { title: 'answers', spare: 0, right: true },
  { title: 'hit ratio', spare: 0, right: true },
  { title: 'reads/s', spare: 2, right: true },
  { title: 'p50', spare: 6, right: true },
  { title: 'p99', spare: 3, right: true },
  { title: 'max', spare: 8, right: true },
  { title: 'entries', spare: 5, right: true },
  { title: 'bytes', spare: 7, right: true },
  { title: 'evicted/s', spare: 4, right: true },
  { title: 'state', spare: 1 },
]

function levelTable(levels: readonly LevelFigures[], columns: number, colours: Colours): string[] {
  const rows = levels.map((level): Cell[] => [
    printable(level.name, 40),
    level.policy === null ? NOTHING : printable(level.policy, 20),
    percentText(level.answered),
    percentText(level.hitRatio),
    rateText(level.readsPerSecond),
    timeText(level.latencyP50),
    timeText(level.latencyP99),
    timeText(level.latencyMax),
    bounded(level.size, level.maxEntries, countText),
    bounded(level.bytes, level.maxBytes, bytesText),
    rateText(level.evictionsPerSecond),
    stateCell(level, colours),
  ])
  // What no level tells has no column.
  const told = LEVEL_COLUMNS.map((_, n) => n).filter((n) => rows.some((row) => row[n] !== NOTHING))
  return tableLines(
    told.map((n) => LEVEL_COLUMNS[n]!),
    rows.map((row) => told.map((n) => row[n]!)),
    columns,
    colours.dim,
  )
}

function bounded(value: number | null, most: number | null, text: (value: number) => string): string {
  if (value === null) return NOTHING
  return most === null ? text(value) : `${text(value)} of ${text(most)}`
}

function stateCell({ breaker, pending, proven, failuresPerSecond }: LevelFigures, colours: Colours): Cell {
  if (breaker !== 'closed') return { text: `breaker ${breaker}`, paint: colours.red }
  if (failuresPerSecond > 0) return { text: `${rateText(failuresPerSecond)}/s failed`, paint: colours.red }
  if (pending > 0) return { text: `${countText(pending)} pending`, paint: colours.yellow }
  if (proven === false) return { text: 'unproven', paint: colours.yellow }
  return { text: 'ok', paint: colours.green }
}

const PROCESS_COLUMNS: readonly Column[] = [
  { title: 'process', spare: 0, most: 40 },
  { title: 'hit ratio', spare: 0, right: true },
  { title: 'reads/s', spare: 1, right: true },
  { title: 'fetches/s', spare: 2, right: true },
  { title: 'state', spare: 0 },
]

function processTable(processes: readonly ReportedProcess[], columns: number, colours: Colours): string[] {
  const paints = { watched: colours.green, connecting: colours.dim, silent: colours.yellow, away: colours.red }
  const rows = processes.map(({ process, address, state, reason, figures }): Cell[] => [
    printable(process ?? address, 80),
    percentText(figures?.hitRatio ?? null),
    rateText(figures?.readsPerSecond ?? null),
    rateText(figures?.fetchesPerSecond ?? null),
    { text: reason === null ? state : `${state}: ${printable(reason, 200)}`, paint: paints[state] },
  ])
  return tableLines(PROCESS_COLUMNS, rows, columns, colours.dim)
}

/** The lists of keys, side by side where there is room. */
function keyLists({ keys }: Report, columns: number, rows: number, colours: Colours): string[] {
  const lists = [
    { title: 'hottest keys', list: keys.hottest },
    { title: 'most often fetched', list: keys.fetched },
    { title: 'most often missed', list: keys.missed },
  ].filter(({ list }) => list.length > 0)
  const beside = lists.slice(0, Math.max(1, Math.floor((columns + 2) / 34)))
  if (beside.length === 0) return []
  const width = Math.floor((columns - 2 * (beside.length - 1)) / beside.length)
  const made = beside.map(({ title, list }) => keyList(title, list.slice(0, rows - 1), width, colours))
  const height = Math.max(...made.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    made
      .map((lines) => lines[row] ?? '')
      .map((line, n) => (n === made.length - 1 ? line : line + ' '.repeat(Math.max(0, width - plainWidth(line)))))
      .join('  ')
      .trimEnd(),
  )
}

function keyList(title: string, list: readonly CountedKey[], width: number, colours: Colours): string[] {
  const counts = list.map(({ count }) => countText(count))
  const room = Math.max(0, ...counts.map((count) => count.length))
  return [
    colours.dim(clipped(title, width)),
    ...list.map(({ key }, n) => `${counts[n]!.padStart(room)}  ${clipped(printable(key, 500), width - room - 2)}`),
  ]
}
