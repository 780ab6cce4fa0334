import type { PolicyName } from '../policies/index.ts'
import { advicePage, adviceText, advise, type Goal } from '../simulate/index.ts'
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

const schema: FlagSchema = {
  budget: 'one',
  levels: 'one',
  source: 'one',
  servers: 'one',
  policy: 'many',
  goal: 'one',
  sample: 'one',
  ...trafficFlags,
  ...traceFlags,
}

const HELP = `Usage: terrace advise TRACE --budget SIZE [options]

Tells how best to spend memory on levels: which policy, how much in each level,
what more would bring and less would lose. Found by replaying the trace.

  --budget SIZE       memory for all levels and servers: 512mb, or entries: 100000
  --levels WORDS      levels to divide it between, one or two without a size; one
                      with a size is taken as given and not paid from the budget
                      (default: 'memory, redis'; words as for simulate --levels)
  --source WORDS      what a fetch takes, and perhaps costs: '20ms cost 0.00001'
  --servers N         application servers, each with a first level (default: 1)
  --policy LIST       policies to try in the first level
                      (default: wTinyLfu,s3Fifo,sieve,lru)
  --goal GOAL         what shall be least: latency (default), fetches or cost
  --sample N          requests of a larger trace that are replayed to choose
                      (default: 200000; the figures told are of the whole trace)
${TRAFFIC_HELP}  --keys, --format, --column-key, --column-size
                      what the trace is, as for simulate
  --json FILE         write the advice as JSON; - for standard output
  --html FILE         write a page with the advice and a curve
  --seed N            where randomness starts (default: 1)
  --quiet             show no progress
  -h, --help          show this

Examples:
  terrace advise requests.csv.gz --budget 512mb --servers 3 --source 20ms
  terrace advise keys.txt --budget 64mb --value-size 2kb --levels 'memory, redis 1gb'
`

/** `terrace advise`. */
export const verb: Verb = { help: HELP, flags: schema, run }

async function run(flags: Flags): Promise<number> {
  const [trace, another] = traceInputs(flags)
  if (trace === undefined || another !== undefined)
    throw CommandError.usage('advise needs one trace file. See terrace advise --help.')
  const budget = flags.one('budget')
  if (budget === undefined) throw CommandError.usage('advise needs a budget, such as --budget 512mb')
  await requireOutputs(flags)
  const [levels, source, goal, policies] = [
    flags.one('levels'),
    flags.one('source'),
    flags.one('goal'),
    flags.many('policy'),
  ]
  const [servers, sample] = [wholeNumber(flags, 'servers'), wholeNumber(flags, 'sample')]
  const options = {
    ...replayOptions(flags),
    ...trafficOptions(flags),
    trace,
    budget,
    ...(levels === undefined ? {} : { levels }),
    ...(source === undefined ? {} : { source }),
    ...(servers === undefined ? {} : { servers }),
    ...(sample === undefined ? {} : { sample }),
    ...(policies === undefined ? {} : { policies: policies as readonly PolicyName[] }),
    ...(goal === undefined ? {} : { goal: goal as Goal }),
  }
  const advice = await interruptible(flags, (control) => advise({ ...options, ...control }))
  if (advice === undefined) return 130
  await writeResults(flags, { report: advice, text: () => adviceText(advice), page: () => advicePage(advice) })
  return 0
}

function wholeNumber(flags: Flags, name: string): number | undefined {
  const text = flags.one(name)
  if (text === undefined || /^\d{1,10}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw CommandError.usage(`--${name}: expected a whole number, got '${text}'`)
}
