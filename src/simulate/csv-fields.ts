/** How fields are told apart. */
export type Delimiter = ',' | ';' | '\t'

/** The delimiter a line uses most; a comma where there is none. */
export function delimiterOf(line: string): Delimiter {
  const counted = ([',', '\t', ';'] as const).map((delimiter) => ({ delimiter, count: line.split(delimiter).length }))
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).delimiter
}

/**
 * The fields of one CSV line (RFC 4180), up to `most` of them: a field in double quotes may contain
 * the delimiter, and `""` for a quote. `undefined` if a quote is not closed on this line.
 */
export function csvFields(line: string, delimiter: Delimiter, most: number): string[] | undefined {
  const fields: string[] = []
  let at = 0
  while (fields.length < most && at <= line.length) {
    if (line[at] === '"') {
      const close = closingQuote(line, at + 1)
      if (close < 0) return undefined
      fields.push(line.slice(at + 1, close).replaceAll('""', '"'))
      const next = line.indexOf(delimiter, close + 1)
      at = next < 0 ? line.length + 1 : next + 1
    } else {
      const next = line.indexOf(delimiter, at)
      const end = next < 0 ? line.length : next
      fields.push(line.slice(at, end).trim())
      at = end + 1
    }
  }
  return fields
}

function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from)
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2)
  return at
}
