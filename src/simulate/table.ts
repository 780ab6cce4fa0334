import { printable } from '../printable.ts'
import type { CellReport, MeanReport, Report, TraceReport } from './report.ts'

/** A report as plain text for a terminal: a table a trace, best policies first, and their means at the end. */
export function reportTable(report: Report): string {
  const parts = report.traces.map(traceTable)
  if (report.traces.length > 1) parts.push(meansTable(report))
  return `${parts.join('\n\n')}\n`
}

/** 1234567 as 1,234,567. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** What a trace holds, in words. */
export function traceSummary(trace: TraceReport): string {
  const keys = trace.distinctKeys === null ? '' : `, ${grouped(trace.distinctKeys)} distinct keys`
  const bytes = trace.requestedBytes === null ? '' : `, ${byteCount(trace.requestedBytes)} requested`
  return `${grouped(trace.requests)} requests${keys}${bytes}`
}

/** A number of bytes with three digits or so: 1.5 MB. Units are powers of 1024. */
export function byteCount(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))} ${units[power]}`
}

/** Policies of some means, the best first. */
export function ranked(means: readonly MeanReport[]): readonly MeanReport[] {
  return means.toSorted((a, b) => b.hitRatio - a.hitRatio)
}

function traceTable(trace: TraceReport): string {
  const hits = ratioTable('hit ratio %', trace, (row) => row.hitRatio)
  const lines = [`${printable(trace.trace)}: ${traceSummary(trace)}`, ...hits]
  if (trace.requestedBytes !== null) lines.push('', ...ratioTable('byte hit ratio %', trace, (row) => row.byteHitRatio))
  return lines.join('\n')
}

function ratioTable(
  title: string,
  trace: TraceReport,
  ratio: (row: CellReport | MeanReport) => number | null,
): string[] {
  const sizes = trace.cells.filter((cell) => cell.policy === trace.cells[0]!.policy)
  const several = sizes.length > 1
  const head = [title, ...sizes.map(sizeHead), ...(several ? ['mean'] : [])]
  const rows = ranked(trace.means).map((mean) => {
    const own = trace.cells.filter((cell) => cell.policy === mean.policy)
    return [mean.policy, ...[...own, ...(several ? [mean] : [])].map((row) => percent(ratio(row)))]
  })
  return aligned([head, ...rows])
}

/** A size's column: what was asked for, and what that came to where it is not the same. */
function sizeHead(cell: CellReport): string {
  return cell.entries === null || cell.size === String(cell.entries) ? cell.size : `${cell.size} = ${cell.entries}`
}

function meansTable(report: Report): string {
  const byBytes = report.means.some((mean) => mean.byteHitRatio !== null)
  const head = ['mean of all traces', 'hit ratio %', ...(byBytes ? ['byte hit ratio %'] : [])]
  const rows = ranked(report.means).map((mean) => [
    mean.policy,
    percent(mean.hitRatio),
    ...(byBytes ? [percent(mean.byteHitRatio)] : []),
  ])
  return aligned([head, ...rows]).join('\n')
}

function percent(ratio: number | null): string {
  return ratio === null ? '-' : ratio.toFixed(2)
}

/** Columns as wide as their widest cell, fit for a terminal; the first to the left, numbers to the right. */
export function aligned(cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map((cell) => printable(cell)))
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
    return `  ${cells.join('  ')}`.trimEnd()
  })
}
