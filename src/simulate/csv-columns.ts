import { nearest } from '../options.ts'
import { csvFields, type Delimiter, delimiterOf } from './csv-fields.ts'
import { invalidTrace, type TraceFile } from './trace.ts'

/** Which columns of a CSV file hold what, counted from 0. */
export interface CsvColumns {
  readonly delimiter: Delimiter
  /** The number of the line that names the columns and is no request; 0 if there is none. */
  readonly headerLine: number
  readonly key: number
  readonly size: number | undefined
}

const KEY_NAMES = [
  'key',
  'id',
  'obj',
  'obj_id',
  'object',
  'object_id',
  'objectid',
  'url',
  'path',
  'block',
  'lbn',
  'page',
]
const SIZE_NAMES = ['size', 'bytes', 'length', 'obj_size', 'object_size', 'objectsize', 'value_size', 'weight']
const MOST_COLUMNS = 1000

/**
 * Finds the columns from the options and the first line that is not empty, `line` being its number: by name where the first line is a header
 * (it has a column of a known name, or the one asked for), else key first and size second.
 *
 * @throws TerraceError `ERR_TRACE_INVALID` where they cannot be told, with what would help.
 */
export function csvColumns(file: TraceFile, firstLine: string, line: number): CsvColumns {
  const delimiter = delimiterOf(firstLine)
  const fields = csvFields(firstLine, delimiter, MOST_COLUMNS)
  if (fields === undefined) throw invalidTrace(file.path, 'line 1', 'a quoted field is not closed on its line')
  const names = fields.map((field) => field.toLowerCase())
  const header = isHeader(names, file)
  const key = wanted(file, 'key', file.columnKey, fields, header) ?? guessKey(file, names, header)
  const size = wanted(file, 'size', file.columnSize, fields, header) ?? guessSize(names, header, key)
  if (key === size) throw invalidTrace(file.path, 'line 1', `column ${key + 1} cannot be both the key and the size`)
  return { delimiter, headerLine: header ? line : 0, key, size }
}

/** Whether a line looks like the header of a trace: several columns, one of them of a known name. */
export function looksLikeHeader(line: string): boolean {
  const names = csvFields(line.toLowerCase(), delimiterOf(line), MOST_COLUMNS) ?? []
  return names.length > 1 && names.some((name) => KEY_NAMES.includes(name))
}

function isHeader(names: readonly string[], file: TraceFile): boolean {
  if (typeof file.columnKey === 'string' || typeof file.columnSize === 'string') return true
  return names.some((name) => KEY_NAMES.includes(name))
}

function wanted(
  file: TraceFile,
  what: string,
  column: string | number | undefined,
  fields: readonly string[],
  header: boolean,
): number | undefined {
  if (column === undefined) return undefined
  const at = typeof column === 'number' ? column - 1 : fields.indexOf(column)
  if (Number.isInteger(at) && at >= 0 && at < fields.length) return at
  const near = typeof column === 'string' && header ? nearest(column, fields) : undefined
  const hint = near === undefined ? `It has ${listed(fields)}.` : `Did you mean '${near}'?`
  throw invalidTrace(file.path, 'line 1', `there is no column '${column}' for the ${what}. ${hint}`)
}

function guessKey(file: TraceFile, names: readonly string[], header: boolean): number {
  if (!header && names.length <= 2) return 0
  const at = names.findIndex((name) => KEY_NAMES.includes(name))
  if (at >= 0) return at
  throw invalidTrace(file.path, 'line 1', `cannot tell which column is the key of ${listed(names)}; name it`)
}

function guessSize(names: readonly string[], header: boolean, key: number): number | undefined {
  if (!header) return names.length === 2 && /^\d+$/.test(names[1 - key]!) ? 1 - key : undefined
  const at = names.findIndex((name) => SIZE_NAMES.includes(name))
  return at < 0 ? undefined : at
}

function listed(fields: readonly string[]): string {
  const shown = fields.slice(0, 12).map((field) => `'${field.slice(0, 40)}'`)
  return shown.join(', ') + (fields.length > 12 ? ', …' : '')
}
