import { type Duration, milliseconds, positiveDuration } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import type { LevelFactory } from '../level.ts'
import { callable, readOptions, text } from '../options.ts'
import type { Box } from './box.ts'
import { CustomLevel, type StoreVerbs } from './custom-level.ts'

/** A store of your own whose methods may return promises. It is given boxes, and must return them as they were. */
export interface AsyncStore {
  /** The box under the key, or `undefined` or `null`. */
  get(key: string): unknown
  /** `ttl`: milliseconds the box may stay, `undefined` for no limit. It may be ignored: a dead box is not served. */
  set(key: string, box: Box, ttl?: number): unknown
  /** Removes the box, if there is one. */
  delete(key: string): unknown
}

/** Options of `fromSync` and `fromAsync`. */
export interface CustomOptions {
  /** Shown in statistics, events and results: 1 to 100 characters. Default: L1, L2 … by position. */
  readonly name?: string | undefined
  /** The longest an entry stays here. Default: `Infinity`. */
  readonly ttl?: Duration | undefined
  /** Empties the store. Without it what was cleared is not served, but stays until the store lets go of it. */
  readonly clear?: (() => unknown) | undefined
}

/** Options of `fromAsync`. */
export interface AsyncCustomOptions extends CustomOptions {
  /** How long one call may take before it counts as failed: above 0; `Infinity` for no limit. Default: 1 second. */
  readonly timeout?: Duration | undefined
  /** Lists the store's keys: then the cache can list them too, and `clearPrefix` gives memory back. */
  readonly keys?: (() => AsyncIterable<string> | Iterable<string>) | undefined
}

const TIMEOUT = 1000

export const customSchema: {
  readonly name: ReturnType<typeof text>
  readonly ttl: typeof milliseconds
  readonly clear: (value: unknown, where: string) => () => unknown
} = { name: text(100), ttl: milliseconds, clear: callable<() => unknown>() }

const schema = {
  ...customSchema,
  timeout: positiveDuration,
  keys: callable<() => AsyncIterable<string> | Iterable<string>>(),
}

/**
 * An object of your own with asynchronous `get`, `set` and `delete` as a level.
 *
 * The floors are kept in this process: several processes over one such store follow each other's
 * invalidations only as far as their deadlines go.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function fromAsync(store: AsyncStore, options?: AsyncCustomOptions): LevelFactory {
  checkStore(store, 'fromAsync')
  const { name, ttl, timeout, clear, keys } = readOptions('fromAsync', schema, options)
  return (context) => {
    const settings = { name: name ?? context.name, timeout: timeout ?? TIMEOUT, ttl: ttl ?? Number.POSITIVE_INFINITY }
    return new CustomLevel(verbsOf(store, clear, keys), settings, context.world)
  }
}

/** @throws TerraceError `ERR_ARGUMENT_INVALID` */
export function checkStore(store: unknown, where: string): void {
  const verbs = store as Partial<Record<'get' | 'set' | 'delete', unknown>> | null | undefined
  const isStore =
    (typeof store === 'object' || typeof store === 'function') &&
    [verbs?.get, verbs?.set, verbs?.delete].every((verb) => typeof verb === 'function')
  if (isStore) return
  throw new TerraceError(
    'ERR_ARGUMENT_INVALID',
    `${where}: expected an object with get, set and delete, got ${shown(store)}`,
  )
}

function verbsOf(store: AsyncStore, clear: StoreVerbs['clear'], keys: StoreVerbs['keys']): StoreVerbs {
  return {
    get: (key) => store.get(key),
    set: (key, box, ttl) => store.set(key, box, ttl),
    delete: (key) => store.delete(key),
    clear,
    keys,
  }
}
