import {
  chartPage,
  levelsPage,
  levelsTable,
  reportTable,
  type SimulatedPolicy,
  simulate,
  simulatedPolicyNames,
  simulateLevels,
} from '../simulate/index.ts'
import { CommandError } from './command-error.ts'
import type { FlagSchema, Flags } from './flags.ts'
import {
  interruptible,
  replayOptions,
  requireOutputs,
  TRAFFIC_HELP,
  traceFlags,
  traceInputs,
  trafficFlags,
  trafficOptions,
  writeResults,
} from './trace-flags.ts'
import type { Verb } from './verb.ts'

const schema = {
  policy: 'many',
  size: 'many',
  levels: 'each',
  ...trafficFlags,
  ...traceFlags,
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
  --html FILE         write a page with curves or, of levels, bars
  --seed N            where randomness starts (default: 1)
  --quiet             show no progress
  -h, --help          show this

Several levels, with what reads take and cost:

  --levels WORDS      a set-up: levels from the first to the last, separated by
                      commas; may be repeated to compare. A level is its name and,
                      in any order, its size, policy, latency, and x3 where each
                      of 3 servers has its own. Alternatives: lru/sieve, 16mb..1gb.
                      Also: ttl 10m, overhead 100b, cost 0.00001 (a look-up or a
                      fetch), price 5 (a GB for a month; needs --rate)
${TRAFFIC_HELP}
Examples:
  terrace simulate requests.csv.gz --policy lru,wTinyLfu,optimum --size 1%,10%
  terrace simulate requests.csv.gz \\
    --levels 'memory 64mb wTinyLfu 1us x3, redis 2gb lru 0.5ms, source 20ms' \\
    --levels 'memory 64mb..512mb x3'
`

/** `terrace simulate`. */
export const verb: Verb = { help: HELP, flags: schema, run }

async function run(flags: Flags): Promise<number> {
  if (flags.rest.length === 0)
    throw CommandError.usage('simulate needs at least one trace file. See terrace simulate --help.')
  await requireOutputs(flags)
  const levels = flags.each('levels')
  return levels === undefined ? await simulateSizes(flags) : await simulateSetups(flags, levels)
}

async function simulateSizes(flags: Flags): Promise<number> {
  const needless = Object.keys(trafficFlags).find((flag) => flags.has(flag))
  if (needless !== undefined) throw CommandError.usage(`--${needless} goes with --levels`)
  const [policies, sizes] = [flags.many('policy'), flags.many('size')]
  const options = {
    ...replayOptions(flags),
    traces: traceInputs(flags),
    ...(policies === undefined ? {} : { policies: policies as readonly SimulatedPolicy[] }),
    ...(sizes === undefined ? {} : { sizes }),
  }
  const report = await interruptible(flags, (control) => simulate({ ...options, ...control }))
  if (report === undefined) return 130
  await writeResults(flags, { report, text: () => reportTable(report), page: () => chartPage(report) })
  return 0
}

async function simulateSetups(flags: Flags, levels: readonly string[]): Promise<number> {
  for (const flag of ['policy', 'size']) {
    if (flags.has(flag)) throw CommandError.usage(`--${flag} is a word of --levels: --levels 'memory 64mb lru'`)
  }
  const options = { ...replayOptions(flags), ...trafficOptions(flags), traces: traceInputs(flags), levels }
  const report = await interruptible(flags, (control) => simulateLevels({ ...options, ...control }))
  if (report === undefined) return 130
  await writeResults(flags, { report, text: () => levelsTable(report), page: () => levelsPage(report) })
  return 0
}
