import { abortSignal, type Check, callable, integer, number, oneOf } from '../../options.ts'
import type { Progress } from '../progress.ts'
import { byteSize } from '../size.ts'
import type { KeyKind } from '../trace.ts'
import { invalid, lifetime, type SetupPlan } from './setup.ts'
import type { Balance, Traffic } from './traffic.ts'

/** What a trace does not say of its traffic, and how a simulation is run. */
export interface TrafficOptions {
  /** Requests a second, of all servers together, evenly spread: makes time pass. Default: it stands still, and nothing expires. */
  readonly rate?: number
  /** How long a fetched value lives: milliseconds, or `'10m'`. Needs `rate`. Default: no end. */
  readonly ttl?: number | string
  /**
   * The chance, from 0 to 1, that a key was changed just before a request for it, and so was
   * invalidated in every level of every server at once. Default 0.
   */
  readonly writes?: number
  /** How requests are spread over the servers. Default `'random'`. */
  readonly balance?: Balance
  /** Bytes of every value (`2048`, `'2kb'`), for a trace that has no sizes. */
  readonly valueSize?: number | string
  /** What the caches are given as keys. Default: numbers for `u32` traces, else strings. */
  readonly keys?: KeyKind
  /** Where randomness starts, a whole number from 0 to 2^32 − 1. Default 1. */
  readonly seed?: number
  /** Told after each batch of requests how far the work is. */
  readonly onProgress?: (progress: Progress) => void
  /** Stops the simulation after the current batch. */
  readonly signal?: AbortSignal
}

const MOST_REQUESTS_A_SECOND = 1e9

/** The checks of {@link TrafficOptions}, for a schema. */
export const trafficSchema: {
  readonly rate: Check<number>
  readonly ttl: Check<number>
  readonly writes: Check<number>
  readonly balance: Check<Balance>
  readonly valueSize: Check<number>
  readonly keys: Check<KeyKind>
  readonly seed: Check<number>
  readonly onProgress: Check<(progress: Progress) => void>
  readonly signal: Check<AbortSignal>
} = {
  rate: number(1e-3, MOST_REQUESTS_A_SECOND),
  ttl: lifetime,
  writes: number(0, 1),
  balance: oneOf(['random', 'turns', 'key']),
  valueSize: byteSize,
  keys: oneOf(['number', 'string']),
  seed: integer(0, 2 ** 32 - 1),
  onProgress: callable<(progress: Progress) => void>(),
  signal: abortSignal,
}

/** The traffic that checked options ask for. */
export function trafficOf(
  read: {
    readonly [Name in 'rate' | 'ttl' | 'writes' | 'balance' | 'seed']?: Traffic[Name] | undefined
  },
): Traffic {
  return {
    rate: read.rate,
    ttl: read.ttl ?? Number.POSITIVE_INFINITY,
    writes: read.writes ?? 0,
    balance: read.balance ?? 'random',
    seed: read.seed ?? 1,
  }
}

/** Lifetimes and prices of memory mean nothing where time stands still. @throws TerraceError `ERR_OPTION_INVALID` */
export function requireRate(where: string, traffic: Traffic, setups: readonly SetupPlan[]): void {
  if (traffic.rate !== undefined) return
  const levels = setups.flatMap((setup) => setup.levels)
  const lives = traffic.ttl !== Number.POSITIVE_INFINITY || levels.some(({ ttl }) => ttl !== Number.POSITIVE_INFINITY)
  const what = lives ? 'a ttl' : levels.some(({ price }) => price > 0) ? 'a price of memory' : undefined
  if (what !== undefined) throw invalid(where, `${what} needs the rate: how many requests come in a second`)
}
