import { TerraceError } from '../errors.ts'
import { abortSignal, type Check, callable, expected, integer, oneOf, readOptions, text } from '../options.ts'
import { type Contender, readContenders, type SimulatedPolicy, simulatedPolicyNames } from './contender.ts'
import type { Progress } from './progress.ts'
import { readSizes, type SimulatedSize, type Size } from './size.ts'
import type { KeyKind, TraceInput } from './trace.ts'

/** What to simulate. */
export interface SimulateOptions {
  /** Files, or keys in memory; at least one. */
  readonly traces: readonly TraceInput[]
  /** Default: every policy and the optimum. */
  readonly policies?: readonly SimulatedPolicy[]
  /** Default: 0.1 %, 1 %, 5 %, 10 % and 25 % of a trace's distinct keys. */
  readonly sizes?: readonly SimulatedSize[]
  /**
   * What the caches are given as keys. Default: numbers for `u32` traces, else strings. A number
   * asked for as a string becomes `'k' + n`.
   */
  readonly keys?: KeyKind
  /** Where randomness starts, a whole number from 0 to 2^32 − 1. Default 1. */
  readonly seed?: number
  /** Told after each batch of requests how far the work is. */
  readonly onProgress?: (progress: Progress) => void
  /** Stops the simulation after the current batch. */
  readonly signal?: AbortSignal
}

/** {@link SimulateOptions}, checked and complete. */
export interface SimulationPlan {
  readonly traces: readonly TraceInput[]
  readonly contenders: readonly Contender[]
  readonly sizes: readonly Size[]
  readonly keys: KeyKind | undefined
  readonly seed: number
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** Policies times sizes: all of them are caches that are in memory at the same time. */
const MOST_CELLS = 512
const MOST_TRACES = 1000
const DEFAULT_SIZES = ['0.1%', '1%', '5%', '10%', '25%']

const column: Check<string | number> = (value, where) =>
  typeof value === 'number' ? integer(1, 1000)(value, where) : text(1000)(value, where)

const fileSchema = {
  path: text(4096),
  name: text(200),
  format: oneOf(['u32', 'text', 'csv']),
  columnKey: column,
  columnSize: column,
}

const schema = {
  traces: traceInputs,
  policies: readContenders,
  sizes: readSizes,
  keys: oneOf(['number', 'string']),
  seed: integer(0, 2 ** 32 - 1),
  onProgress: callable<(progress: Progress) => void>(),
  signal: abortSignal,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function simulationPlan(options: SimulateOptions): SimulationPlan {
  const where = 'simulate'
  const read = readOptions(where, schema, options)
  const traces = read.traces ?? expected('a list of traces', undefined, `${where}: traces`)
  const sizes = read.sizes ?? readSizes(DEFAULT_SIZES, where)
  const all = read.policies ?? readContenders(simulatedPolicyNames, where)
  const contenders = read.policies === undefined && inBytes(sizes) ? all.filter(isCache) : all
  if (inBytes(sizes) && !contenders.every(isCache)) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `${where}: the optimum counts entries, it has no size in bytes; leave one of them out`,
    )
  }
  const cells = contenders.length * sizes.length
  if (cells > MOST_CELLS) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `${where}: ${cells} caches (policies times sizes) are more than ${MOST_CELLS}`,
    )
  }
  const { keys, seed = 1, onProgress, signal } = read
  return { traces, contenders, sizes, keys, seed, onProgress, signal }
}

function inBytes(sizes: readonly Size[]): boolean {
  return sizes.some(({ unit }) => unit === 'bytes')
}

function isCache({ policy }: Contender): boolean {
  return policy !== undefined
}

function list<T>(most: number, what: string, item: Check<T>): Check<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > most) {
      return expected(`a list of 1 to ${most} ${what}`, value, where)
    }
    return value.map((each: unknown, i) => item(each, `${where}[${i}]`))
  }
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for what is no list of traces. */
export function traceInputs(value: unknown, where: string): readonly TraceInput[] {
  return list<TraceInput>(MOST_TRACES, 'traces', traceInput)(value, where)
}

export function traceInput(value: unknown, where: string): TraceInput {
  if (typeof value === 'string') return text(4096)(value, where)
  if (typeof value === 'object' && value !== null && 'keys' in value) {
    const { name, keys, sizes } = value as { name?: unknown; keys: unknown; sizes?: unknown }
    const own = { name: text(200)(name, `${where}: name`), keys: arrayLike<number>(keys, `${where}: keys`) }
    return sizes === undefined ? own : { ...own, sizes: arrayLike<number>(sizes, `${where}: sizes`) }
  }
  const file = readOptions(where, fileSchema, value)
  return { ...file, path: file.path ?? expected('a path', undefined, `${where}: path`) }
}

/** An array or a typed array; what is in it is checked as it is read. */
function arrayLike<T>(value: unknown, where: string): ArrayLike<T> {
  const ok = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
  return ok ? (value as unknown as ArrayLike<T>) : expected('an array', value, where)
}
