import { type Check, expected, readOptions } from '../../options.ts'
import type { Progress } from '../progress.ts'
import { traceInputs } from '../simulation-plan.ts'
import type { KeyKind, TraceInput } from '../trace.ts'
import { readDescription } from './description.ts'
import { invalid, readSetup, type SetupPlan, type SimulatedSetup } from './setup.ts'
import { setupLabel } from './setup-label.ts'
import type { Traffic } from './traffic.ts'
import { requireRate, type TrafficOptions, trafficOf, trafficSchema } from './traffic-options.ts'

/** What to simulate. */
export interface SimulateLevelsOptions extends TrafficOptions {
  /** Files, or keys in memory; at least one. */
  readonly traces: readonly TraceInput[]
  /**
   * Set-ups to compare: described in words, or as objects. Words may have alternatives:
   * `'memory 16mb..256mb wTinyLfu/lru x3, redis 2gb, source 20ms'` stands for ten.
   */
  readonly levels: readonly (string | SimulatedSetup)[]
}

/** {@link SimulateLevelsOptions}, checked and complete. */
export interface LevelsPlan {
  readonly traces: readonly TraceInput[]
  readonly setups: readonly SetupPlan[]
  readonly traffic: Traffic
  readonly valueSize: number | undefined
  readonly keys: KeyKind | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** Levels times their copies, of all set-ups: all of them are in memory at the same time. */
const MOST_CACHES = 512
const MOST_SETUPS = 64

const schema = {
  traces: traceInputs,
  levels: ((value) => value) as Check<unknown>,
  ...trafficSchema,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function levelsPlan(options: SimulateLevelsOptions): LevelsPlan {
  const where = 'simulateLevels'
  const read = readOptions(where, schema, options)
  const traces = read.traces ?? expected('a list of traces', undefined, `${where}: traces`)
  const setups = readSetups(read.levels, `${where}: levels`)
  const sizeless = setups.flatMap(({ levels }) => levels).find(({ size }) => size === undefined)
  if (sizeless !== undefined) throw invalid(where, `'${sizeless.name}' needs a size, such as 1000, 1% or 64mb`)
  const caches = setups.reduce(
    (sum, { levels }) => sum + levels.reduce((all, { servers }) => all + (servers || 1), 0),
    0,
  )
  if (caches > MOST_CACHES) throw invalid(where, `${caches} caches (levels times servers) are more than ${MOST_CACHES}`)
  const traffic = trafficOf(read)
  requireRate(where, traffic, setups)
  const { keys, valueSize, onProgress, signal } = read
  return { traces, setups, traffic, valueSize, keys, onProgress, signal }
}

function readSetups(value: unknown, where: string): readonly SetupPlan[] {
  if (!Array.isArray(value) || value.length === 0) return expected('a list of set-ups', value, where)
  const setups = value.flatMap((each: unknown, i) => {
    const place = value.length === 1 ? where : `${where}[${i}]`
    const given = typeof each === 'string' ? readDescription(each, place) : [each]
    return given.map((setup) => readSetup(setup, place))
  })
  return comparable(setups, where)
}

/** Set-ups that say nothing of the source have that of the others. */
function comparable(given: readonly SetupPlan[], where: string): readonly SetupPlan[] {
  const sources = given.map(({ source }) => source).filter(({ assumed }) => !assumed)
  const same = sources.every(({ latency, cost }) => latency === sources[0]!.latency && cost === sources[0]!.cost)
  const setups =
    sources.length > 0 && same
      ? given.map((setup) => (setup.source.assumed ? { ...setup, source: sources[0]! } : setup))
      : given
  if (setups.length > MOST_SETUPS) throw invalid(where, `${setups.length} set-ups are more than ${MOST_SETUPS}`)
  const labels = setups.map(setupLabel)
  const twice = labels.find((label, i) => labels.indexOf(label) < i)
  return twice === undefined ? setups : expected('each set-up once', twice, where)
}
