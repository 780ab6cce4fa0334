import { keyvStore } from '../coherence/keyv-store.ts'
import type { Backend } from '../events.ts'
import type { LevelFactory } from '../level.ts'
import { expected, readOptions } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import type { Address } from '../stores/memcached/address.ts'
import { checkClient, type MemcachedClient, textsOf } from '../stores/memcached/foreign-client.ts'
import { memcachedStore } from '../stores/memcached/memcached-store.ts'
import { type MemcachedStoreOptions, memcachedSchema, memcachedSettings } from '../stores/memcached/options.ts'
import { readPrefix } from '../stores/memcached/wire-key.ts'
import {
  type FeedOptions,
  fed,
  feedSchema,
  levelPlan,
  levelSchema,
  refusals,
  type StoreLevelOptions,
  settingsIn,
} from './level-options.ts'

export type { MemcachedClient } from '../stores/memcached/foreign-client.ts'

/** Options of {@link memcached}. */
export interface MemcachedOptions
  extends StoreLevelOptions,
    FeedOptions,
    Omit<MemcachedStoreOptions, keyof StoreLevelOptions> {
  readonly client?: undefined
}

/** Options of {@link memcached} with a client of your own. */
export interface MemcachedClientOptions extends StoreLevelOptions, FeedOptions {
  /** By its shape: that of memjs. It stays yours: it is not closed with the cache. */
  readonly client: MemcachedClient
  /** What all keys in Memcached begin with: letters, digits, `.`, `-`, `_`, up to 50. Default: `terrace`. */
  readonly prefix?: string | undefined
  readonly nodes?: undefined
}

const schema = { ...memcachedSchema, ...levelSchema, ...feedSchema }
const clientSchema = { client: checkClient, prefix: shortPrefix, ...levelSchema, ...feedSchema }

/**
 * Memcached 1.6 or later as a level: one server, or several over which the keys are spread.
 *
 * With a `client` of your own, which cannot tell versions of items, it is as good as a level over a Keyv
 * adapter: `docs/keyv.md` says which promises hold.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memcached(options: MemcachedOptions | MemcachedClientOptions): LevelFactory {
  if (options !== null && typeof options === 'object' && options.client !== undefined) return overClient(options)
  if (typeof options === 'string' || Array.isArray(options)) {
    return expected('an object of options', options, 'memcached', "memcached({ nodes: ['host:11211'] })")
  }
  const { name, ttl, codec, feed, ...read } = readOptions('memcached', schema, options)
  const { timeout, maxStaleness } = read
  const plan = levelPlan({ name, ttl, codec, timeout, maxStaleness })
  const settings = memcachedSettings(read)
  const backend = backendOf(settings.addresses)
  return (context) => {
    const { world } = context
    const level = settingsIn(plan, context)
    const refused = refusals(level.name, context)
    const { store, meets } = fed(
      memcachedStore(settings, { world, refused }),
      feed,
      `memcached:${settings.prefix}`,
      plan,
      world,
    )
    return new StoreLevel(store, { ...level, meets, backend }, context)
  }
}

/** For traces. Keys that are spread over several servers are in no one place. */
function backendOf([address, another]: readonly Address[]): Backend {
  if (address === undefined || another !== undefined) return { system: 'memcached' }
  const { path, host, port } = address
  return path === undefined ? { system: 'memcached', address: host, port } : { system: 'memcached', address: path }
}

function overClient(options: MemcachedClientOptions): LevelFactory {
  if (options.nodes !== undefined) expected('either nodes or a client', 'both', 'memcached')
  const { client, prefix = 'terrace', feed, ...level } = readOptions('memcached', clientSchema, options)
  const plan = levelPlan(level)
  return (context) => {
    const { world } = context
    const texts = textsOf(client!, () => world.wall())
    const own = keyvStore(texts, { prefix, maxStaleness: plan.maxStaleness }, context)
    const { store, meets } = fed(own, feed, `memcached:${prefix}`, plan, world)
    const backend = { system: 'memcached' }
    return new StoreLevel(store, { ...settingsIn(plan, context), meets, backend }, context)
  }
}

function shortPrefix(value: unknown, where: string): string {
  const prefix = readPrefix(value, where)
  return prefix.length <= 50 ? prefix : expected('at most 50 characters', value, where)
}
