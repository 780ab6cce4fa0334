import { isDue, isStale } from '../entry/age.ts'
import type { Entry } from '../entry/entry.ts'
import type { Era } from '../entry/era.ts'
import { heldIn } from '../entry/held.ts'
import type { Scope } from '../entry/scope.ts'
import { TerraceError } from '../errors.ts'
import type {
  Inspection,
  Inspects,
  Keeping,
  Level,
  LevelContext,
  LevelFactory,
  LevelTraits,
  Near,
  Reading,
} from '../level.ts'
import { callable, readOptions } from '../options.ts'
import type { World } from '../world/world.ts'
import type { Box } from './box.ts'
import { CustomLevel, type StoreVerbs } from './custom-level.ts'
import { type CustomOptions, checkStore, customSchema } from './from-async.ts'

/** A store of your own that answers at once, such as a `Map`. It is given boxes, and must return them as they were. */
export interface SyncStore {
  /** The box under the key, or `undefined` or `null`. */
  get(key: string): unknown
  /** `ttl`: milliseconds the box may stay, `undefined` for no limit. It may be ignored: a dead box is not served. */
  set(key: string, box: Box, ttl?: number): unknown
  /** Removes the box, if there is one. */
  delete(key: string): unknown
}

/** Options of {@link fromSync}. */
export interface SyncCustomOptions extends CustomOptions {
  /** Lists the store's keys: then the cache can list them too, and `clearPrefix` gives memory back. */
  readonly keys?: (() => Iterable<string>) | undefined
}

const schema = { ...customSchema, keys: callable<() => Iterable<string>>() }

/**
 * An object of your own with synchronous `get`, `set` and `delete` as a level. As the first level it
 * answers before anything is awaited, and `peek` sees it.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function fromSync(store: SyncStore, options?: SyncCustomOptions): LevelFactory {
  checkStore(store, 'fromSync')
  const { name, ttl, clear, keys } = readOptions('fromSync', schema, options)
  const verbs: StoreVerbs = {
    get: (key) => atOnce(store.get(key)),
    set: (key, box, left) => store.set(key, box, left),
    delete: (key) => store.delete(key),
    clear,
    keys,
  }
  return (context) => new SyncLevel(verbs, name ?? context.name, ttl ?? Number.POSITIVE_INFINITY, context)
}

/** A custom level over a store that answers at once: so it can be near. */
class SyncLevel implements Level, Near, Inspects {
  readonly name: string
  readonly timeout: number = Number.POSITIVE_INFINITY
  readonly traits: LevelTraits
  readonly #verbs: StoreVerbs
  readonly #level: CustomLevel
  readonly #world: World

  constructor(verbs: StoreVerbs, name: string, ttl: number, { world }: LevelContext) {
    this.name = name
    this.#verbs = verbs
    this.#world = world
    this.#level = new CustomLevel(verbs, { name, timeout: this.timeout, ttl }, world)
    this.traits = { ...this.#level.traits, near: this, inspects: this }
  }

  get era(): Era {
    return this.#level.era
  }

  look(key: string): unknown {
    const entry = this.entry(key)
    return entry === undefined || isDue(entry, this.#world.tick()) ? undefined : heldIn(entry)
  }

  /** The store's own recency is its own affair: it cannot be asked without a `get`. */
  peek(key: string): unknown {
    const entry = this.entry(key)
    return entry === undefined || isStale(entry, this.#world.tick()) ? undefined : heldIn(entry)
  }

  entry(key: string): Entry | undefined {
    return this.#level.servable(key, this.#verbs.get(key))
  }

  async inspect(keys: readonly string[]): Promise<readonly Inspection[]> {
    return keys.map((key) => ({ entry: this.entry(key), barredBy: undefined }))
  }

  read(keys: readonly string[]): Promise<Reading> {
    return this.#level.read(keys)
  }

  write(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#level.write(entries)
  }

  replace(entries: readonly Entry[]): Promise<readonly Keeping[]> {
    return this.#level.replace(entries)
  }

  raise(scopes: readonly Scope[]): Promise<Era> {
    return this.#level.raise(scopes)
  }

  close(): Promise<void> {
    return this.#level.close()
  }
}

function atOnce(held: unknown): unknown {
  if (!(held instanceof Promise)) return held
  held.catch(() => undefined)
  throw new TerraceError('ERR_ARGUMENT_INVALID', 'fromSync: get returned a promise; use fromAsync')
}
