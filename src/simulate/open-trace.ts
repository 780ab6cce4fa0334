import { basename } from 'node:path'
import { ArrayTrace } from './array-trace.ts'
import { csvColumns, looksLikeHeader } from './csv-columns.ts'
import { CsvFormat } from './csv-format.ts'
import { LineTrace, withoutMark } from './line-trace.ts'
import { TextFormat } from './text-format.ts'
import { invalidTrace, type KeyKind, type Trace, type TraceFile, type TraceFormat, type TraceInput } from './trace.ts'
import { traceHead, traceLength } from './trace-bytes.ts'
import { U32Trace } from './u32-trace.ts'

const COMPRESSED = /\.(gz|gzip|zst|zstd)$/i
const FORMATS: Readonly<Record<string, TraceFormat>> = { u32: 'u32', csv: 'csv', tsv: 'csv', txt: 'text' }

/**
 * A trace ready to be read. `kind` is what its keys shall be: default numbers for `u32` files, the
 * text as it stands for others, and keys in memory as they are.
 *
 * @throws TerraceError `ERR_TRACE_INVALID` if the file cannot be read or its columns cannot be told.
 */
export async function openTrace(input: TraceInput, kind: KeyKind | undefined): Promise<Trace> {
  if (typeof input === 'object' && 'keys' in input) return new ArrayTrace(input, kind)
  const file: TraceFile = typeof input === 'string' ? { path: input } : input
  const { path } = file
  const name = file.name ?? traceName(path)
  const bytes = await traceLength(path)
  const head = await traceHead(path)
  const format = file.format ?? formatOf(file, head)
  if (format === 'u32') return new U32Trace(name, path, bytes, kind ?? 'number')
  rejectWide(path, head)
  const textKind = kind ?? 'string'
  if (format === 'text') return new LineTrace(name, path, bytes, new TextFormat(path, textKind))
  const { text, line } = firstLine(head)
  return new LineTrace(name, path, bytes, new CsvFormat(path, textKind, csvColumns(file, text, line)))
}

/** A file's name without its directory and the extensions that say how it is stored. */
function traceName(path: string): string {
  const plain = basename(path).replace(COMPRESSED, '')
  return plain.replace(/\.(u32|csv|tsv|txt)$/i, '') || basename(path)
}

/** By the options, then the name, then the content: zero bytes are binary, a known header is CSV. */
function formatOf(file: TraceFile, head: Buffer): TraceFormat {
  if (file.columnKey !== undefined || file.columnSize !== undefined) return 'csv'
  const plain = file.path.replace(COMPRESSED, '')
  const named = FORMATS[/\.(\w+)$/.exec(plain)?.[1]?.toLowerCase() ?? '']
  if (named !== undefined) return named
  if (head.length > 0 && !isWide(head) && head.includes(0)) return 'u32'
  return looksLikeHeader(firstLine(head).text) ? 'csv' : 'text'
}

function isWide(head: Buffer): boolean {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0
  return mark === 0xfffe || mark === 0xfeff
}

function rejectWide(path: string, head: Buffer): void {
  if (isWide(head)) throw invalidTrace(path, 'at its beginning', 'is UTF-16 text; save it as UTF-8')
}

/** The first line that is not empty, as the line splitter will see and number it. */
function firstLine(head: Buffer): { text: string; line: number } {
  const lines = withoutMark(head).toString('latin1').split(/\r?\n/)
  const at = lines.findIndex((line) => line !== '')
  return { text: at < 0 ? '' : lines[at]!, line: at + 1 }
}
