import { TerraceError } from '../errors.ts'
import { jsonText } from '../printable.ts'
import type { Balance, KeyKind, Progress, TraceFormat, TraceInput, TrafficOptions } from '../simulate/index.ts'
import { systemWorld } from '../world/system-world.ts'
import { CommandError } from './command-error.ts'
import type { FlagSchema, Flags } from './flags.ts'
import { requireWritable, writeOutput } from './output-file.ts'
import { ProgressBar } from './progress-bar.ts'

/** Flags of every verb that replays traces. */
export const traceFlags: FlagSchema = {
  keys: 'one',
  format: 'one',
  'column-key': 'one',
  'column-size': 'one',
  json: 'one',
  html: 'one',
  seed: 'one',
  quiet: 'switch',
  help: 'switch',
}

/** Flags of verbs that simulate several levels: what a trace does not say of its traffic. */
export const trafficFlags: FlagSchema = {
  rate: 'one',
  ttl: 'one',
  writes: 'one',
  balance: 'one',
  'value-size': 'one',
}

/** What {@link trafficFlags} do, for a help text. */
export const TRAFFIC_HELP = `  --rate N            requests a second of all servers: makes time pass
  --ttl DURATION      how long a fetched value lives: 30s, 10m (needs --rate)
  --writes SHARE      share of the requests that find their key just changed: 2%
  --balance HOW       requests go to servers at random (default), in turns, or by key
  --value-size BYTES  size of every value, for a trace that has no sizes: 2kb
`

/** Says what the trace files on the command line are. */
export function traceInputs(flags: Flags): readonly TraceInput[] {
  const [format, key, size] = [flags.one('format'), flags.one('column-key'), flags.one('column-size')]
  return flags.rest.map((path) => ({
    path,
    ...(format === undefined ? {} : { format: format as TraceFormat }),
    ...(key === undefined ? {} : { columnKey: column(key) }),
    ...(size === undefined ? {} : { columnSize: column(size) }),
  }))
}

/** The options that {@link traceFlags} set. Names go on as they were typed: who simulates checks them, and says what it expected. */
export function replayOptions(flags: Flags): { readonly keys?: KeyKind; readonly seed?: number } {
  const [keys, seed] = [flags.one('keys'), flags.one('seed')]
  if (seed !== undefined && !/^\d+$/.test(seed))
    throw CommandError.usage(`--seed: expected a whole number, got '${seed}'`)
  return {
    ...(keys === undefined ? {} : { keys: keys as KeyKind }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }
}

/** The options that {@link trafficFlags} set. */
export function trafficOptions(flags: Flags): TrafficOptions {
  const [rate, ttl, writes, balance] = [flags.one('rate'), flags.one('ttl'), flags.one('writes'), flags.one('balance')]
  const valueSize = flags.one('value-size')
  return {
    ...(rate === undefined ? {} : { rate: amount('rate', rate) }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(writes === undefined ? {} : { writes: share('writes', writes) }),
    ...(balance === undefined ? {} : { balance: balance as Balance }),
    ...(valueSize === undefined ? {} : { valueSize }),
  }
}

/** Finds out before the work whether its results can be written. @throws CommandError */
export async function requireOutputs(flags: Flags): Promise<void> {
  for (const path of [flags.one('json'), flags.one('html')]) {
    if (path !== undefined && path !== '-') await requireWritable(path)
  }
}

/** Writes a result where the flags say: text to standard output, unless JSON goes there. @throws CommandError */
export async function writeResults(
  flags: Flags,
  result: { readonly report: object; readonly text: () => string; readonly page: () => string },
): Promise<void> {
  const [json, html] = [flags.one('json'), flags.one('html')]
  const data = `${jsonText(result.report, 2)}\n`
  process.stdout.write(json === '-' ? data : result.text())
  if (json !== undefined && json !== '-') await writeOutput(json, data)
  if (html !== undefined) await writeOutput(html, result.page())
}

/** Runs until done (its result) or until Ctrl-C (`undefined`), showing progress unless told to be quiet. */
export async function interruptible<R>(
  flags: Flags,
  run: (control: { readonly signal: AbortSignal; readonly onProgress?: (progress: Progress) => void }) => Promise<R>,
): Promise<R | undefined> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const bar = new ProgressBar(process.stderr, systemWorld)
  process.once('SIGINT', interrupt)
  try {
    const onProgress = flags.has('quiet') ? {} : { onProgress: bar.show.bind(bar) }
    return await run({ ...onProgress, signal: stop.signal })
  } catch (error) {
    if (!(error instanceof TerraceError)) throw error
    if (error.code === 'ERR_ABORTED') return undefined
    throw asFlags(error)
  } finally {
    bar.clear()
    process.off('SIGINT', interrupt)
  }
}

/** An error about an option, with the name that its flag has here. */
function asFlags(error: TerraceError): Error {
  const message = error.message.replaceAll(/\bvalueSize\b/g, '--value-size')
  return message === error.message ? error : CommandError.usage(message)
}

/** A number as a flag has it. @throws CommandError */
function amount(flag: string, text: string): number {
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text)
  throw CommandError.usage(`--${flag}: expected a number, got '${text}'`)
}

function share(flag: string, text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text)
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1)
  if (value <= 1) return value
  throw CommandError.usage(`--${flag}: expected a share such as 2% or 0.02, got '${text}'`)
}

function column(name: string): string | number {
  return /^\d{1,4}$/.test(name) ? Number(name) : name
}
