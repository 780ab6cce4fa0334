import { TerraceError } from '../errors.ts'
import {
  chartPage,
  type KeyKind,
  type Report,
  reportTable,
  type SimulatedPolicy,
  type SimulateOptions,
  simulate,
  simulatedPolicyNames,
  type TraceFormat,
  type TraceInput,
} from '../simulate/index.ts'
import { systemWorld } from '../world/system-world.ts'
import { CommandError } from './command-error.ts'
import type { FlagSchema, Flags } from './flags.ts'
import { requireWritable, writeOutput } from './output-file.ts'
import { ProgressBar } from './progress-bar.ts'
import type { Verb } from './verb.ts'

const schema = {
  policy: 'many',
  size: 'many',
  keys: 'one',
  format: 'one',
  'column-key': 'one',
  'column-size': 'one',
  json: 'one',
  html: 'one',
  seed: 'one',
  quiet: 'switch',
  help: 'switch',
} as const satisfies FlagSchema

const HELP = `Usage: terrace simulate TRACE... [options]

Replays request traces against real caches and prints their hit ratios.

A trace is a file of little-endian 32-bit numbers (.u32), text with one key a
line, or CSV with a key and perhaps a size column; plain, gzip or zstd.

  --policy LIST       policies, separated by commas (default: all)
                      ${simulatedPolicyNames.slice(0, 5).join(', ')},
                      ${simulatedPolicyNames.slice(5).join(', ')}
  --size LIST         cache sizes: 1000 entries, 1% of the distinct keys, 64mb
                      (default: 0.1%,1%,5%,10%,25%)
  --keys KIND         give the caches keys of this kind: number or string
  --format FORMAT     u32, text or csv (default: by name, else by content)
  --column-key NAME   the key's column in a CSV file, by name or number
  --column-size NAME  the size's column in a CSV file, by name or number
  --json FILE         write the report as JSON; - for standard output
  --html FILE         write a page with hit-ratio curves
  --seed N            where randomness starts (default: 1)
  --quiet             show no progress
  -h, --help          show this

Example: terrace simulate requests.csv.gz --policy lru,wTinyLfu,optimum --size 1%,10%
`

/** `terrace simulate`. */
export const verb: Verb = { help: HELP, flags: schema, run }

async function run(flags: Flags): Promise<number> {
  if (flags.rest.length === 0)
    throw CommandError.usage('simulate needs at least one trace file. See terrace simulate --help.')
  const [json, html] = [flags.one('json'), flags.one('html')]
  for (const path of [json, html]) if (path !== undefined && path !== '-') await requireWritable(path)
  const report = await interruptible(optionsOf(flags), flags.has('quiet'))
  if (report === undefined) return 130
  if (json !== '-') process.stdout.write(reportTable(report))
  if (json === '-') process.stdout.write(jsonOf(report))
  else if (json !== undefined) await writeOutput(json, jsonOf(report))
  if (html !== undefined) await writeOutput(html, chartPage(report))
  return 0
}

/** Runs until done (the report) or until Ctrl-C (`undefined`). */
async function interruptible(options: SimulateOptions, quiet: boolean): Promise<Report | undefined> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const bar = new ProgressBar(process.stderr, systemWorld)
  process.once('SIGINT', interrupt)
  try {
    const onProgress = quiet ? {} : { onProgress: bar.show.bind(bar) }
    return await simulate({ ...options, ...onProgress, signal: stop.signal })
  } catch (error) {
    if (error instanceof TerraceError && error.code === 'ERR_ABORTED') return undefined
    throw error
  } finally {
    bar.clear()
    process.off('SIGINT', interrupt)
  }
}

/** Names and sizes go on as they were typed: `simulate` checks them, and says what it expected. */
function optionsOf(flags: Flags): SimulateOptions {
  const seed = flags.one('seed')
  if (seed !== undefined && !/^\d+$/.test(seed))
    throw CommandError.usage(`--seed: expected a whole number, got '${seed}'`)
  const [policies, sizes, keys] = [flags.many('policy'), flags.many('size'), flags.one('keys')]
  return {
    traces: flags.rest.map((path) => traceInput(path, flags)),
    ...(policies === undefined ? {} : { policies: policies as readonly SimulatedPolicy[] }),
    ...(sizes === undefined ? {} : { sizes }),
    ...(keys === undefined ? {} : { keys: keys as KeyKind }),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }
}

function traceInput(path: string, flags: Flags): TraceInput {
  const [format, key, size] = [flags.one('format'), flags.one('column-key'), flags.one('column-size')]
  return {
    path,
    ...(format === undefined ? {} : { format: format as TraceFormat }),
    ...(key === undefined ? {} : { columnKey: column(key) }),
    ...(size === undefined ? {} : { columnSize: column(size) }),
  }
}

function column(name: string): string | number {
  return /^\d{1,4}$/.test(name) ? Number(name) : name
}

function jsonOf(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
