import { milliseconds } from '../duration.ts'
import { type Check, number, oneOf, readOptions, text } from '../options.ts'
import type { World } from '../world/world.ts'
import { isNegative, unpacked } from './boxed.ts'
import type { Protection } from './protected-level.ts'
import { estimate, type MemoryCacheOptions, readSettings } from './settings.ts'

/** Options of `memory`: those of `MemoryCache`, and a name. */
export interface MemoryOptions<V = unknown> extends Omit<MemoryCacheOptions<string, V>, 'world'> {
  /** Shown in statistics, events and results. Default: L1, L2 … by position. */
  readonly name?: string | undefined
  /** Keeps values from being changed by those who gave or got them. Default: they are shared as they are, which costs nothing. */
  readonly protect?: Protection | undefined
}

/** What a level in memory is made from. */
export interface MemoryMakings {
  /** Options of the engine, which each cache makes one of its own from. */
  readonly engine: MemoryOptions
  readonly name: string | undefined
  readonly ttl: number | undefined
  readonly ttlJitter: number | undefined
}

/** The engine checks its own options: here they only need their names. */
const engines: Check<never> = (value) => value as never

const schema = {
  name: text(100),
  ttl: milliseconds,
  ttlJitter: number(0, 1),
  protect: oneOf<Protection>(['freeze', 'clone']),
  maxEntries: engines,
  maxBytes: engines,
  sizeOf: engines,
  maxEntryBytes: engines,
  idle: engines,
  policy: engines,
  onRemoval: engines,
} satisfies { [Name in keyof MemoryOptions]-?: Check<unknown> }

/** The names of {@link MemoryOptions}. */
export const MEMORY_OPTIONS: readonly string[] = Object.freeze(Object.keys(schema))

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readMemoryOptions<V>(options: MemoryOptions<V>): MemoryMakings & {
  readonly protect: Protection | undefined
} {
  const { name, ttl, ttlJitter, protect, ...engine } = readOptions('memory', schema, options)
  readSettings(engine, 'memory')
  return { engine, name, ttl, ttlJitter, protect }
}

/**
 * Those of the engine: what the caller passed in is told values, boxed or not. That there is nothing under a key is
 * no value: it weighs what the default reckons, and leaves without a word.
 */
export function engineOptions(given: MemoryOptions, world: World): MemoryCacheOptions<string, unknown> {
  const { sizeOf, onRemoval, ...rest } = given
  return {
    ...rest,
    world,
    sizeOf: sizeOf && ((held, key) => (isNegative(held) ? estimate(undefined, key) : sizeOf(unpacked(held), key))),
    onRemoval:
      onRemoval && ((key, held, reason) => (isNegative(held) ? undefined : onRemoval(key, unpacked(held), reason))),
  }
}
