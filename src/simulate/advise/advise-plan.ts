import { type Check, expected, integer, oneOf, readOptions } from '../../options.ts'
import type { PolicyName } from '../../policies/index.ts'
import { contenderPolicies } from '../contender.ts'
import { readDescription, readSourceWords } from '../levels/description.ts'
import {
  invalid,
  type LevelPlan,
  readSetup,
  type SetupPlan,
  type SimulatedSetup,
  type SimulatedSource,
  serversCheck,
} from '../levels/setup.ts'
import { setupLabel } from '../levels/setup-label.ts'
import type { Traffic } from '../levels/traffic.ts'
import { requireRate, type TrafficOptions, trafficOf, trafficSchema } from '../levels/traffic-options.ts'
import type { Progress } from '../progress.ts'
import { traceInput } from '../simulation-plan.ts'
import { readSize, type SimulatedSize, type Size } from '../size.ts'
import type { KeyKind, TraceInput } from '../trace.ts'
import type { OpenSetup } from './budget.ts'

/** What a good set-up has least of: the mean time of a read, fetches, or cost. */
export type Goal = 'latency' | 'fetches' | 'cost'

/** What advice is asked for. */
export interface AdviseOptions extends TrafficOptions {
  readonly trace: TraceInput
  /** Memory to spend, on all levels and servers together: `'512mb'`, entries, or a share of the distinct keys. */
  readonly budget: SimulatedSize
  /**
   * The levels to divide it between, one or two without a size; a level with a size is taken as given
   * and not paid from the budget. Policies may have alternatives. Default: `'memory, redis'`.
   */
  readonly levels?: string | SimulatedSetup
  /** The source, where `levels` does not say it: `'20ms'`, `'20ms cost 0.00001'`. Default 10 ms. */
  readonly source?: string | SimulatedSource
  /** How many application servers have a first level each, where `levels` does not say it. Default 1. */
  readonly servers?: number
  /** Policies to try in the first level, where `levels` does not say them. Default: `wTinyLfu`, `s3Fifo`, `sieve`, `lru`. */
  readonly policies?: readonly PolicyName[]
  /** Default `'latency'`. */
  readonly goal?: Goal
  /** About how many requests of a larger trace are replayed to choose, at least 1000. Default 200,000. */
  readonly sample?: number
}

/** {@link AdviseOptions}, checked and complete. */
export interface AdvisePlan {
  readonly trace: TraceInput
  readonly budget: Size
  readonly open: OpenSetup
  readonly goal: Goal
  readonly sample: number
  readonly traffic: Traffic
  readonly valueSize: number | undefined
  readonly keys: KeyKind | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly signal: AbortSignal | undefined
}

const POLICIES: readonly PolicyName[] = ['wTinyLfu', 's3Fifo', 'sieve', 'lru']
const where = 'advise'

const unread: Check<unknown> = (value) => value

const schema = {
  trace: traceInput,
  budget: readSize,
  levels: unread,
  source: unread,
  servers: serversCheck,
  policies: contenderPolicies,
  goal: oneOf<Goal>(['latency', 'fetches', 'cost']),
  sample: integer(1000, 1e9),
  ...trafficSchema,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function advisePlan(options: AdviseOptions): AdvisePlan {
  const read = readOptions(where, schema, options)
  const trace = read.trace ?? expected('a trace', undefined, `${where}: trace`)
  const budget = read.budget ?? expected('a budget, such as 512mb', undefined, `${where}: budget`)
  const described = describedLevels(read.levels ?? 'memory, redis').map((setup) =>
    completed(setup, { servers: read.servers, source: sourceOf(read.source), policies: read.policies ?? POLICIES }),
  )
  const open = openSetup(described.flat().map((setup) => readSetup(setup, `${where}: levels`)))
  const traffic = trafficOf(read)
  requireRate(where, traffic, [open.setup])
  const goal = read.goal ?? 'latency'
  if (goal === 'cost' && !hasCosts(open.setup)) {
    throw invalid(
      where,
      "the goal 'cost' needs something that costs: --source '20ms cost 0.00001', or a price of memory",
    )
  }
  if (budget.unit !== 'bytes' && open.open.some((n) => open.setup.levels[n]!.price > 0)) {
    throw invalid(where, `a price is for a gigabyte, but the budget '${budget.label}' is not in bytes`)
  }
  const { keys, valueSize, onProgress, signal, sample = 200_000 } = read
  return { trace, budget, open, goal, sample, traffic, valueSize, keys, onProgress, signal }
}

function describedLevels(value: unknown): readonly SimulatedSetup[] {
  if (typeof value === 'string') return readDescription(value, `${where}: levels`)
  readSetup(value, `${where}: levels`)
  return [value as SimulatedSetup]
}

function sourceOf(value: unknown): SimulatedSource | undefined {
  return typeof value === 'string' ? readSourceWords(value, `${where}: source`) : (value as SimulatedSource | undefined)
}

interface Completion {
  readonly servers: number | undefined
  readonly source: SimulatedSource | undefined
  readonly policies: readonly PolicyName[]
}

/** A set-up with what other options say of it: one for each policy to be tried in the first level. */
function completed(setup: SimulatedSetup, { servers, source, policies }: Completion): readonly SimulatedSetup[] {
  const [first, ...rest] = setup.levels
  if (source !== undefined && setup.source !== undefined) {
    throw invalid(where, 'the source is in the levels and given beside them; leave one of them out')
  }
  if (servers !== undefined && first!.servers !== undefined && first!.servers !== servers) {
    throw invalid(where, `there are ${servers} servers, but the first level is there x${first!.servers}`)
  }
  const own = { ...first!, ...(servers === undefined ? {} : { servers }) }
  const below = {
    ...(source === undefined ? {} : { source }),
    ...(setup.source === undefined ? {} : { source: setup.source }),
  }
  const tried =
    own.policy !== undefined || own.size !== undefined ? [own] : policies.map((policy) => ({ ...own, policy }))
  return tried.map((level) => ({ levels: [level, ...rest], ...below }))
}

/** Set-ups that differ in nothing but policies, as one with choices. */
function openSetup(setups: readonly SetupPlan[]): OpenSetup {
  const setup = setups[0]!
  const open = setup.levels.flatMap(({ size }, n) => (size === undefined ? [n] : []))
  if (open.length === 0 || open.length > 2) {
    const why = open.length === 0 ? 'all levels have a size already' : 'more than two levels have no size'
    throw invalid(where, `the budget is divided between one or two levels, but ${why}`)
  }
  const choices = open.map((n) => {
    const tried = new Map<string, LevelPlan>()
    for (const { levels } of setups) tried.set(levels[n]!.policyName, levels[n]!)
    return [...tried.values()]
  })
  const bare = ({ levels, ...rest }: SetupPlan): string =>
    setupLabel({ ...rest, levels: levels.map((level, n) => (open.includes(n) ? { ...level, policyName: '' } : level)) })
  if (setups.some((other) => bare(other) !== bare(setup))) {
    throw invalid(where, 'levels: only policies of levels without a size can have alternatives here')
  }
  return { setup, open, choices }
}

function hasCosts({ levels, source }: SetupPlan): boolean {
  return source.cost > 0 || levels.some(({ cost, price }) => cost > 0 || price > 0)
}
