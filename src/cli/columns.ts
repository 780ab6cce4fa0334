import { clipped, widthOf } from '../printable.ts'
import type { Paint } from './colours.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Numbers stand right. Default: left. */
  readonly right?: boolean
  /** Where there is no room, the column of the highest number goes first. 0: it stays. */
  readonly spare: number
  /** The most columns of the terminal it takes. Default: no limit. */
  readonly most?: number
}

/** What stands in a cell: printable text, and what it is painted with. */
export type Cell = string | { readonly text: string; readonly paint: Paint }

const GAP = 2

/** The lines of a table, no wider than `width`. The titles come first, painted with `paintTitle`. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle: Paint,
): string[] {
  const widths = columns.map(({ title, most = Number.POSITIVE_INFINITY }, n) =>
    Math.min(most, Math.max(widthOf(title), ...rows.map((row) => widthOf(textOf(row[n]!))))),
  )
  const shown = fitting(columns, widths, width)
  const line = (cells: readonly Cell[]): string => {
    let left = width
    const parts: string[] = []
    for (const [place, n] of shown.entries()) {
      const room = Math.max(0, Math.min(widths[n]!, left - (place === 0 ? 0 : GAP)))
      parts.push(padded(cells[n]!, room, columns[n]!.right === true, place === shown.length - 1))
      left -= room + (place === 0 ? 0 : GAP)
    }
    return parts.join(' '.repeat(GAP)).trimEnd()
  }
  const titles = columns.map(({ title }): Cell => ({ text: title, paint: paintTitle }))
  return [line(titles), ...rows.map(line)]
}

/** Which columns there is room for. */
function fitting(columns: readonly Column[], widths: readonly number[], width: number): number[] {
  let shown = columns.map((_, n) => n)
  const total = (): number => shown.reduce((sum, n) => sum + widths[n]! + GAP, -GAP)
  while (total() > width) {
    const most = Math.max(...shown.map((n) => columns[n]!.spare))
    if (most === 0) break
    shown = shown.filter((n) => columns[n]!.spare !== most)
  }
  return shown
}

function padded(cell: Cell, room: number, right: boolean, isLast: boolean): string {
  const text = clipped(textOf(cell), room)
  const painted = typeof cell === 'string' ? text : cell.paint(text)
  const space = ' '.repeat(Math.max(0, room - widthOf(text)))
  if (right) return space + painted
  return isLast ? painted : painted + space
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
