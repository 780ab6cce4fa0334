/** A markdown table, padded so that it reads well in a terminal too. The first column is text, the rest figures. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map((cell) => String(cell ?? '')))
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) => {
    const padded = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(cells[0]), `| ${rule.join(' | ')} |`, ...cells.slice(1).map(line)].join('\n')
}

/** Three figures that count. */
export function figure(number) {
  if (number === undefined || number === null) return '–'
  if (number >= 100) return Math.round(number).toLocaleString('en')
  return number.toPrecision(number >= 10 ? 3 : 2)
}

export const ratio = (number) => (number === undefined || number === null ? '–' : number.toFixed(2))
