import type { MultiLevelCache } from '../cache.ts'
import { expected, flag, readOptions } from '../options.ts'
import { checkCache } from '../wrapping/methods.ts'

export { type KeyvOptions, type KeyvStorage, keyv } from '../levels/keyv.ts'

/** Options of {@link KeyvTerrace}. */
export interface KeyvTerraceOptions {
  /** Put before every key, with `::`. A `Keyv` with a namespace sets its own. Default: none. */
  readonly namespace?: string | undefined
  /** Whether `disconnect` closes the cache. Default: `false`, for others may use it as well. */
  readonly closeCache?: boolean | undefined
  /** Whether the failure of a level is told as `error`, to whom a `Keyv` passes it on. Default: `true`. */
  readonly emitErrors?: boolean | undefined
}

/** One of several values, as Keyv 5 and the bridge of Keyv 6 give them. `ttl`: milliseconds. */
export interface KeyvTerraceEntry {
  readonly key: string
  readonly value: unknown
  readonly ttl?: number | undefined
}

const VERBS = ['get', 'getMany', 'set', 'delete', 'on']
/** 100 years: callers of Keyv who want no end write any large number, which the cache would refuse. */
const FOREVER = 100 * 365 * 86_400_000
/** How many values are read at once while listing. */
const BATCH = 100

/**
 * A Terrace cache as a storage adapter for Keyv 5 and 6:
 *
 * ```ts
 * const keyv = new Keyv({ store: new KeyvTerrace(cache), namespace: 'sessions' })
 * ```
 *
 * Where Keyv gives no ttl, that of the cache counts. `set` resolves with whether any level kept the value.
 * Calls reject as those of the cache do; a level that fails makes none of them fail.
 */
export class KeyvTerrace {
  /** Keyv 5 hands out an iterator to stores of the dialects it knows, and to no others. */
  readonly opts: Record<string, unknown> = { dialect: 'redis', url: 'terrace:' }
  /** Set by Keyv. Optional, so that the types of Keyv 5 and 6 both take the class: their adapters differ in two methods. */
  namespace?: string
  readonly #cache: MultiLevelCache<unknown>
  readonly #closesCache: boolean
  readonly #emits: boolean
  readonly #listeners = new Set<(error: unknown) => void>()
  /** Ends hearing of the cache's failures; `undefined` while nobody listens. */
  #stop: (() => void) | undefined

  /** @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
  constructor(cache: MultiLevelCache<unknown>, options?: KeyvTerraceOptions) {
    const { namespace, closeCache, emitErrors } = readOptions('KeyvTerrace', schema, options)
    this.#cache = checkCache('KeyvTerrace', cache, VERBS)
    if (namespace !== undefined) this.namespace = namespace
    this.#closesCache = closeCache ?? false
    this.#emits = emitErrors ?? true
  }

  // Keyv 6 takes a store for an adapter only if its methods are `async` functions.

  async get(key: string): Promise<unknown> {
    return this.#cache.get(this.#full(key))
  }

  async getMany(keys: string[]): Promise<unknown[]> {
    return this.#cache.getMany(keys.map((key) => this.#full(key)))
  }

  /** @param ttl milliseconds; 0 or less removes the key, more than 100 years is for ever */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const { levels } = await this.#cache.set(this.#full(key), value, keepFor(ttl))
    return levels.some(({ outcome }) => outcome === 'done')
  }

  async setMany(entries: KeyvTerraceEntry[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)))
  }

  /** Resolves with whether there was a value. */
  async delete(key: string): Promise<boolean> {
    return this.deleteMany([key])
  }

  /** Resolves with whether there were values under all keys. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const had = await this.hasMany(keys)
    await this.#cache.deleteMany(keys.map((key) => this.#full(key)))
    return had.every(Boolean)
  }

  async has(key: string): Promise<boolean> {
    return this.#cache.has(this.#full(key))
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)))
  }

  /** Removes everything in the namespace, at any size in one step; without one, everything in the cache. */
  async clear(): Promise<void> {
    if (this.namespace) await this.#cache.clearPrefix(`${this.namespace}:`)
    else await this.#cache.clear()
  }

  /** Keys and values of the namespace, as far as the levels of the cache can list their keys. */
  async *iterator(namespace: string | undefined = this.namespace): AsyncGenerator<[string, unknown], void> {
    let batch: string[] = []
    for await (const full of this.#cache.keys(namespace ? `${namespace}:` : '')) {
      batch.push(full)
      if (batch.length < BATCH) continue
      yield* this.#pairs(batch, namespace)
      batch = []
    }
    yield* this.#pairs(batch, namespace)
  }

  async disconnect(): Promise<void> {
    if (this.#closesCache) await this.#cache.close()
  }

  /** Keyv listens for `error`; there are no other events. */
  on(event: string, listener: (error: unknown) => void): this {
    if (event !== 'error' || !this.#emits) return this
    this.#listeners.add(listener)
    this.#stop ??= this.#cache.on('levelFailed', ({ error }) => this.#tell(error))
    return this
  }

  off(event: string, listener: (error: unknown) => void): this {
    if (event !== 'error') return this
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return this
    this.#stop?.()
    this.#stop = undefined
    return this
  }

  #tell(error: unknown): void {
    for (const listener of this.#listeners) {
      try {
        listener(error)
      } catch {
        // A Keyv 6 that nobody listens to throws what it is told.
      }
    }
  }

  async *#pairs(fulls: readonly string[], namespace: string | undefined): AsyncGenerator<[string, unknown], void> {
    const values = await this.#cache.getMany(fulls)
    for (const [n, full] of fulls.entries()) {
      if (values[n] !== undefined) yield [own(full, namespace), values[n]]
    }
  }

  /**
   * Keyv 5 puts `namespace:` before the key by itself, Keyv 6 leaves that to the adapter. So a key that has
   * it is left alone, and all others get `namespace::`: no two keys become the same, none is prefixed twice.
   */
  #full(key: string): string {
    const { namespace } = this
    return namespace && !isPrefixed(key, namespace) ? `${namespace}::${key}` : key
  }
}

function isPrefixed(key: string, namespace: string): boolean {
  return key.startsWith(`${namespace}:`) && !key.startsWith(`${namespace}::`)
}

function own(full: string, namespace: string | undefined): string {
  return namespace && full.startsWith(`${namespace}::`) ? full.slice(namespace.length + 2) : full
}

function keepFor(ttl: number | undefined): { readonly ttl?: number } {
  if (ttl === undefined) return {}
  return { ttl: ttl > FOREVER ? Number.POSITIVE_INFINITY : Math.max(0, ttl) }
}

const schema = { namespace: optionalText, closeCache: flag, emitErrors: flag }

function optionalText(value: unknown, where: string): string {
  return typeof value === 'string' ? value : expected('a string', value, where)
}
