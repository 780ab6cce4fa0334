import { type Duration, milliseconds } from '../duration.ts'
import { type Check, callable, expected, integer, nearest, number, readOptions } from '../options.ts'
import { type PolicyName, policies } from '../policies/index.ts'
import type { PolicyFactory } from '../policies/policy.ts'
import { checkWorld } from '../world/check-world.ts'
import { systemWorld } from '../world/system-world.ts'
import type { World } from '../world/world.ts'
import { checkedPolicy } from './checked-policy.ts'
import { heapBytes } from './heap-bytes.ts'
import type { RemovalListener } from './removals.ts'
import { MOST_SLOTS } from './table.ts'
import { HEAVIEST } from './weights.ts'

/** Options of a {@link MemoryCache}. */
export interface MemoryCacheOptions<K, V> {
  /**
   * The most entries held, from 1 to 16,777,215. Default: 10,000; with `maxBytes` alone
   * as many as `maxBytes`, 1,048,576 at most.
   */
  readonly maxEntries?: number | undefined
  /** The most bytes held, as `sizeOf` counts them. Default: unbounded, and nothing is weighed. */
  readonly maxBytes?: number | undefined
  /**
   * The bytes an entry takes: a number of at least 0, rounded up. Default: a bounded estimate of the
   * heap its value and key keep alive. Called once for each value that is set.
   */
  readonly sizeOf?: ((value: V, key: K) => number) | undefined
  /** The most bytes of one entry; a larger one is refused. Default: `maxBytes`. */
  readonly maxEntryBytes?: number | undefined
  /** How long an entry lives. Default: `Infinity`. 0 keeps nothing. */
  readonly ttl?: Duration | undefined
  /** Fraction of its life, drawn at random up to this (0 to 1), that an entry loses, so that entries set together do not expire together. Default: 0. */
  readonly ttlJitter?: number | undefined
  /** An entry that is not read for this long expires, even before its `ttl`. Default: `Infinity`. */
  readonly idle?: Duration | undefined
  /** Who leaves when the cache is full: a name, or a factory of your own. Default: `'wTinyLfu'`. */
  readonly policy?: PolicyName | PolicyFactory | undefined
  /** Told of each entry that leaves, after the operation that made it leave is complete. May call the cache. */
  readonly onRemoval?: RemovalListener<K, V> | undefined
  /** Clock, timers and randomness. Default: the real ones. */
  readonly world?: World | undefined
}

/** Options, checked and complete. */
export interface Settings<K, V> {
  readonly maxEntries: number
  /** Whether nobody has said `maxEntries`, and it follows from `maxBytes`. */
  readonly impliesEntries: boolean
  /** How many entries to take room for at once. */
  readonly expectedEntries: number
  readonly maxBytes: number
  readonly maxEntryBytes: number
  readonly sizeOf: ((value: V, key: K) => number) | undefined
  readonly ttl: number
  readonly ttlJitter: number
  readonly idle: number
  readonly policy: PolicyFactory
  readonly onRemoval: RemovalListener<K, V> | undefined
  readonly world: World
}

const MAX_ENTRIES = 10_000
const MAX_ENTRIES_BY_BYTES = 1_048_576
/** Entries to take room for at once where only bytes are bounded. */
const EXPECTED_BY_BYTES = 65_536
/** What the estimate leaves out: the table, the policy's arrays, the key's header. */
const OVERHEAD = 64

export const entriesCheck: Check<number> = integer(1, MOST_SLOTS)
export const bytesCheck: Check<number> = integer(1, Number.MAX_SAFE_INTEGER)

const schema = {
  maxEntries: entriesCheck,
  maxBytes: bytesCheck,
  sizeOf: callable<(value: never, key: never) => number>(),
  maxEntryBytes: bytesCheck,
  ttl: milliseconds,
  ttlJitter: number(0, 1),
  idle: positiveDuration,
  policy: policyOf,
  onRemoval: callable<RemovalListener<never, never>>(),
  world: checkWorld,
}

/**
 * @param where what they are options of, for errors
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function readSettings<K, V>(
  options: MemoryCacheOptions<K, V> | undefined,
  where: string = 'MemoryCache',
): Settings<K, V> {
  const read = readOptions(where, schema, options)
  const maxBytes = read.maxBytes ?? Number.POSITIVE_INFINITY
  const impliesEntries = read.maxEntries === undefined && read.maxBytes !== undefined
  const weighed = read.maxBytes !== undefined || read.maxEntryBytes !== undefined || read.sizeOf !== undefined
  return Object.freeze({
    maxEntries: impliesEntries ? entriesWithin(maxBytes) : (read.maxEntries ?? MAX_ENTRIES),
    impliesEntries,
    expectedEntries: read.maxEntries ?? EXPECTED_BY_BYTES,
    maxBytes,
    maxEntryBytes: Math.min(read.maxEntryBytes ?? HEAVIEST, HEAVIEST),
    sizeOf: weighed ? ((read.sizeOf as Settings<K, V>['sizeOf']) ?? estimate) : undefined,
    ttl: read.ttl ?? Number.POSITIVE_INFINITY,
    ttlJitter: read.ttlJitter ?? 0,
    idle: read.idle ?? Number.POSITIVE_INFINITY,
    policy: read.policy ?? policies.wTinyLfu,
    onRemoval: read.onRemoval as Settings<K, V>['onRemoval'],
    world: read.world ?? systemWorld,
  })
}

/** The most entries where only bytes are bounded. */
export function entriesWithin(maxBytes: number): number {
  return Math.min(maxBytes, MAX_ENTRIES_BY_BYTES)
}

/** Bytes of heap, roughly: what `sizeOf` is unless given. */
export function estimate(value: unknown, key: unknown): number {
  return OVERHEAD + heapBytes(value) + heapBytes(key)
}

function positiveDuration(value: unknown, where: string): number {
  const length = milliseconds(value, where)
  return length > 0 ? length : expected('a duration above 0', value, where)
}

/** What a policy is called; one of the caller's own by the name of its function. */
export function policyName(policy: PolicyName | PolicyFactory = 'wTinyLfu'): string {
  if (typeof policy === 'string') return policy
  const ours = Object.entries(policies).find(([, factory]) => factory === policy)
  return ours?.[0] ?? (policy.name || 'custom')
}

function policyOf(value: unknown, where: string): PolicyFactory {
  if (typeof value === 'function') return checkedPolicy(value as PolicyFactory, where)
  if (typeof value === 'string' && Object.hasOwn(policies, value)) return policies[value as PolicyName]
  const names = Object.keys(policies)
  const near = typeof value === 'string' ? nearest(value, names) : undefined
  const hint = near === undefined ? '' : ` (did you mean '${near}'?)`
  return expected(`a policy factory or one of ${names.map((name) => `'${name}'`).join(', ')}${hint}`, value, where)
}
