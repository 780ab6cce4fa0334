import type { CsvColumns } from './csv-columns.ts'
import { csvFields } from './csv-fields.ts'
import type { LineFormat, RequestSink } from './line-trace.ts'
import { invalidTrace, type KeyKind } from './trace.ts'
import { textKey } from './trace-key.ts'

/** One request a line, in columns; see `CsvColumns` for which. A size is a whole number of bytes. */
export class CsvFormat implements LineFormat {
  readonly sized: boolean
  readonly #file: string
  readonly #kind: KeyKind
  readonly #columns: CsvColumns
  readonly #needed: number

  constructor(file: string, kind: KeyKind, columns: CsvColumns) {
    this.sized = columns.size !== undefined
    this.#file = file
    this.#kind = kind
    this.#columns = columns
    this.#needed = Math.max(columns.key, columns.size ?? 0) + 1
  }

  parse(bytes: Buffer, start: number, end: number, line: number, into: RequestSink): void {
    const { delimiter, headerLine, key, size } = this.#columns
    if (line === headerLine) return
    const fields = csvFields(bytes.toString('latin1', start, end), delimiter, this.#needed)
    if (fields === undefined) throw this.#wrong(line, 'a quoted field is not closed on its line')
    if (fields.length < this.#needed) {
      throw this.#wrong(line, `${fields.length} columns, where at least ${this.#needed} are needed`)
    }
    // A copy of its own: a slice of the line would keep the whole line alive with the key.
    const text = Buffer.from(fields[key]!, 'latin1').toString('latin1')
    into.keys.push(textKey(text, this.#kind, this.#file, line))
    if (size !== undefined) into.sizes.push(this.#size(fields[size]!, line))
  }

  #size(text: string, line: number): number {
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw this.#wrong(line, `the size '${text.slice(0, 40)}' is no whole number of bytes`)
  }

  #wrong(line: number, why: string): Error {
    return invalidTrace(this.#file, `line ${line}`, why)
  }
}
