import { type Column, tableLines } from '../src/cli/columns.ts'
import { clipped, printable, widthOf } from '../src/printable.ts'
import type { Frame, Phase } from './summary.ts'
import { count, wait } from './summary-text.ts'

/** The longest bar, and the shortest that says something. */
const BAR = { most: 30, least: 6 }

/** A line, and when it goes where there is no room for all: those of the highest number first. 0: it stays. */
interface Line {
  readonly text: string
  readonly spare: number
}

const blank = (spare: number): Line => ({ text: '', spare })

/** The live view: lines of at most `columns` columns, at most `rows` of them, the more important ones. */
export function tableOf(frame: Frame, columns: number, rows: number): string[] {
  const lines = [
    ...heading(frame, columns),
    blank(6),
    ...comparison(frame, columns),
    blank(7),
    ...answers(frame, columns),
    blank(8),
    ...outside(frame, columns),
    blank(9),
    ...prices(frame, columns),
  ]
  return fitting(lines, rows).map(({ text }) => clipped(text, columns))
}

function fitting(lines: readonly Line[], rows: number): readonly Line[] {
  let shown = lines
  while (shown.length > rows) {
    const most = Math.max(...shown.map(({ spare }) => spare))
    if (most === 0) return shown.slice(0, rows)
    shown = shown.filter(({ spare }) => spare !== most)
  }
  return shown
}

function heading({ products, traffic, elapsed, seconds }: Frame, columns: number): Line[] {
  const shop = [`Terrace: a shop with ${count(products)} products`, 'a database that takes 4 to 12 ms', '64 visitors']
  const time = `   ${Math.min(seconds, Math.round(elapsed))} s of ${seconds} s`
  return [
    { text: asMany(shop, ', ', columns), spare: 2 },
    // A trace is named like its file.
    { text: `${clipped(printable(traffic), columns - widthOf(time))}${time}`, spare: 0 },
  ]
}

/** The shop without a cache beside the shop with one. */
function comparison({ withCache: after, withoutCache: before }: Frame, columns: number): Line[] {
  const made = (half: string, most: string): string[] =>
    tableLines(
      [
        { title: '', spare: 0 },
        { title: 'without cache', spare: 0, right: true },
        { title: 'with Terrace', spare: 0, right: true },
      ],
      [
        ['requests/s', count(before.requestsPerSecond), shown(after, count(after.requestsPerSecond))],
        [half, wait(before.p50Ms), shown(after, wait(after.p50Ms))],
        [most, wait(before.p99Ms), shown(after, wait(after.p99Ms))],
      ],
      columns,
      plain,
    )
  const isWide = columns >= 60
  const lines = isWide ? made('half wait at most', '99 of 100 wait at most') : made('half wait', '99 % wait')
  return lines.map((text, n) => ({ text, spare: n === 2 ? 4 : 0 }))
}

/** Who has answered how much: a bar takes what room the figures leave. */
function answers({ levels, fetches }: Frame, columns: number): Line[] {
  const answered = levels.reduce((sum, { hits }) => sum + hits, 0) + fetches
  const sources = [
    ...levels.map(({ name, hits, entries, evictions }) => ({
      name,
      hits,
      kept: [known(entries), known(evictions)],
    })),
    { name: 'database', hits: fetches, kept: ['', ''] },
  ]
  const made = (bar: number, width: number): string[] =>
    tableLines(
      [
        { title: 'answered by', spare: 0 },
        { title: 'requests', spare: 0, right: true },
        ...(bar === 0 ? [] : [{ title: 'share'.padEnd(bar), spare: 0 }]),
        { title: bar === 0 ? 'share' : '', spare: 0, right: true },
        { title: 'entries', spare: 1, right: true },
        { title: 'evictions', spare: 2, right: true },
      ],
      sources.map(({ name, hits, kept }) => {
        const share = answered === 0 ? 0 : hits / answered
        const bars = bar === 0 ? [] : ['█'.repeat(Math.round(share * bar)).padEnd(bar)]
        return [name, count(hits), ...bars, `${(share * 100).toFixed(1)} %`, ...kept]
      }),
      width,
      plain,
    )
  const room = Math.min(BAR.most, columns - widest(made(0, Number.POSITIVE_INFINITY)) - 2)
  const lines = made(room < BAR.least ? 0 : room, columns)
  return lines.map((text, n) => ({ text, spare: n === 0 ? 3 : 0 }))
}

const OUTSIDE: readonly Column[] = [
  { title: 'beyond the process', spare: 0 },
  { title: 'breaker', spare: 0 },
  { title: 'hears others by', spare: 2 },
  { title: 'pending', spare: 1, right: true },
  { title: 'failures', spare: 0, right: true },
  { title: '', spare: 3 },
]

/** The levels that others may use, too: whether they answer, and whether they are heard. */
function outside({ levels }: Frame, columns: number): Line[] {
  const rows = levels
    .filter(({ hearing }) => hearing !== undefined)
    .map(({ name, breaker, hearing, proven, pending, failures }) => {
      const heard =
        hearing === 'nothing' ? 'nothing: short lives' : `${hearing}${proven === true ? '' : ', not heard now'}`
      const state = breaker === 'closed' ? '' : 'does not answer, is asked now and then'
      return [name, breaker, heard, count(pending), count(failures), state]
    })
  return tableLines(OUTSIDE, rows, columns, plain).map((text) => ({ text, spare: 5 }))
}

function prices({ staleViews, priceChanges }: Frame, columns: number): Line[] {
  const told = [`views of an old price ${count(staleViews)}`, `price changes ${count(priceChanges)}`]
  return [{ text: asMany(told, '   ', columns), spare: 0 }]
}

/** As many parts as there is room for. */
function asMany(parts: readonly string[], between: string, columns: number): string {
  return parts.reduce((line, part) => (widthOf(line + between + part) > columns ? line : line + between + part))
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map(widthOf))
}

function plain(text: string): string {
  return text
}

function known(value: number | undefined): string {
  return value === undefined ? '–' : count(value)
}

function shown(phase: Phase, text: string): string {
  return phase.requests === 0 ? '–' : text
}
