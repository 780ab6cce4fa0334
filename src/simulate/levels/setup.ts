import { type Duration, durationWithin } from '../../duration.ts'
import { TerraceError } from '../../errors.ts'
import { policyName } from '../../memory/settings.ts'
import { type Check, expected, integer, nearest, number, oneOf, readOptions } from '../../options.ts'
import { type PolicyName, policies } from '../../policies/index.ts'
import type { PolicyFactory } from '../../policies/policy.ts'
import type { CachePolicy } from '../contender.ts'
import { byteSize, readSize, type SimulatedSize, type Size } from '../size.ts'
import { latency } from './latency.ts'

/** One level of a simulated set-up. */
export interface SimulatedLevel {
  /** What reports call it. `memory`, `disk`, `redis`, `valkey` and `memcached` (also with a suffix: `redis-eu`) have defaults. */
  readonly name: string
  /** Entries (`1000`), a share of the distinct keys (`'1%'`), or bytes (`'64mb'`), of one copy of it. Only `advise` can do without. */
  readonly size?: SimulatedSize
  /** Default: `wTinyLfu` for memory, `lru` for all others. */
  readonly policy?: CachePolicy
  /** What one look-up takes, found or not: milliseconds, or `'1us'`, `'0.5ms'`. Default by the name: 1 us, 0.1 ms for a disk, 0.5 ms for a server. */
  readonly latency?: number | string
  /** How many application servers have one each. Default: all share it (of the first level, the one server there is). */
  readonly servers?: number
  /** The longest that an entry lives here. Default: no end of its own. */
  readonly ttl?: Duration
  /** Bytes that an entry takes besides its value; counted where the size is in bytes. Default 0. */
  readonly overhead?: number | string
  /** What one look-up costs, in your money. Default 0. */
  readonly cost?: number
  /** What a gigabyte costs for a month (30 days), in your money; needs a size in bytes and a rate. Default 0. */
  readonly price?: number
}

/** Where a value comes from that no level has. */
export interface SimulatedSource {
  /** What one fetch takes: milliseconds, or `'20ms'`. Default 10 ms. */
  readonly latency?: number | string
  /** What one fetch costs, in your money. Default 0. */
  readonly cost?: number
}

/** Levels from the first to the last, and what is below them. */
export interface SimulatedSetup {
  readonly levels: readonly SimulatedLevel[]
  readonly source?: SimulatedSource
}

/** A {@link SimulatedLevel}, checked and complete. */
export interface LevelPlan {
  readonly name: string
  readonly size: Size | undefined
  readonly policy: CachePolicy
  readonly policyName: string
  /** Milliseconds. */
  readonly latency: number
  /** Whether the latency is a default. */
  readonly assumed: boolean
  /** As many application servers have one each; 0: one for all of them. */
  readonly servers: number
  readonly ttl: number
  readonly overhead: number
  readonly cost: number
  readonly price: number
}

/** A {@link SimulatedSetup}, checked and complete. */
export interface SetupPlan {
  readonly levels: readonly LevelPlan[]
  readonly source: { readonly latency: number; readonly assumed: boolean; readonly cost: number }
  /** How many application servers there are. */
  readonly servers: number
}

const MOST_LEVELS = 8
const MOST_SERVERS = 64
const SOURCE_LATENCY = 10
/** Assumptions, in milliseconds, told in every report that uses them. */
const LATENCIES: Readonly<Record<string, number>> = {
  memory: 0.001,
  disk: 0.1,
  redis: 0.5,
  valkey: 0.5,
  memcached: 0.5,
}
const MOST_MONEY = 1e9

/** The names that have defaults. */
export const knownLevels: readonly string[] = Object.keys(LATENCIES)
export const serversCheck: Check<number> = integer(1, MOST_SERVERS)
export const moneyCheck: Check<number> = number(0, MOST_MONEY)

export const lifetime: Check<number> = durationWithin(1, Number.POSITIVE_INFINITY, 'a duration of at least 1 ms')

const levelSchema = {
  name: levelName,
  size: readSize,
  policy: cachePolicy,
  latency,
  servers: serversCheck,
  ttl: lifetime,
  overhead: byteSize,
  cost: moneyCheck,
  price: moneyCheck,
}

const sourceSchema = { latency, cost: moneyCheck }

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readSetup(value: unknown, where: string): SetupPlan {
  const read = readOptions(where, { levels: asIs, source: asIs }, value)
  const given = read.levels
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_LEVELS) {
    return expected(`1 to ${MOST_LEVELS} levels`, given, where)
  }
  const levels = given.map((level: unknown, n) => readLevel(level, `${where}: level ${n + 1}`))
  const twice = levels.find(({ name }, n) => levels.findIndex((other) => other.name === name) < n)
  if (twice !== undefined) throw invalid(where, `two levels are called '${twice.name}'`)
  const source = readOptions(`${where}: source`, sourceSchema, read.source)
  return {
    levels,
    source: {
      latency: source.latency ?? SOURCE_LATENCY,
      assumed: source.latency === undefined,
      cost: source.cost ?? 0,
    },
    servers: serversOf(levels, where),
  }
}

function readLevel(value: unknown, where: string): LevelPlan {
  const read = readOptions(where, levelSchema, value)
  const name = read.name ?? expected('a name', undefined, where)
  const policy = read.policy ?? (kindOf(name) === 'memory' ? 'wTinyLfu' : 'lru')
  const known = LATENCIES[kindOf(name)]
  if (read.latency === undefined && known === undefined) {
    const near = nearest(name, knownLevels)
    const hint = near === undefined ? '' : `. Did you mean '${near}'?`
    throw invalid(
      where,
      `'${name}' needs its latency, such as 5ms (there are defaults for ${knownLevels.join(', ')})${hint}`,
    )
  }
  const { size, servers = 0, ttl = Number.POSITIVE_INFINITY, overhead = 0, cost = 0, price = 0 } = read
  if (price > 0 && size !== undefined && size.unit !== 'bytes') {
    throw invalid(where, `a price is for a gigabyte, but '${name}' has no size in bytes`)
  }
  return {
    name,
    size,
    policy,
    policyName: policyName(policy),
    latency: read.latency ?? known!,
    assumed: read.latency === undefined,
    servers,
    ttl,
    overhead,
    cost,
    price,
  }
}

/** `redis` of `redis-eu`. */
function kindOf(name: string): string {
  return name.split('-')[0]!.toLowerCase()
}

/** Levels that each server has for itself come first and agree on how many servers there are. */
function serversOf(levels: readonly LevelPlan[], where: string): number {
  const own = levels.filter(({ servers }) => servers > 0)
  const other = own.find(({ servers }) => servers !== own[0]!.servers)
  if (other !== undefined) {
    const [first] = own
    throw invalid(where, `'${first!.name}' is there x${first!.servers}, but '${other.name}' x${other.servers}`)
  }
  const misplaced = levels.find(
    ({ servers }, n) => servers > 1 && levels.slice(0, n).some((above) => above.servers === 0),
  )
  if (misplaced !== undefined) {
    throw invalid(where, `'${misplaced.name}' is each server's own, but lies below a level that all share`)
  }
  return own[0]?.servers ?? 1
}

function levelName(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^[a-z][\w-]{0,39}$/i.test(value)) {
    return expected("a level's name: a letter, then letters, digits, - and _, at most 40", value, where)
  }
  return value.toLowerCase() === 'source'
    ? expected("a level's name; 'source' is what is below all", value, where)
    : value
}

function cachePolicy(value: unknown, where: string): CachePolicy {
  if (typeof value === 'function') return value as PolicyFactory
  return oneOf(Object.keys(policies) as PolicyName[])(value, where)
}

function asIs(value: unknown): unknown {
  return value
}

export function invalid(where: string, what: string): TerraceError {
  return new TerraceError('ERR_OPTION_INVALID', `${where}: ${what}`)
}
