import type { LevelFactory } from '../level.ts'
import { readOptions } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import { memcachedStore } from '../stores/memcached/memcached-store.ts'
import { type MemcachedStoreOptions, memcachedSchema, readStoreOptions } from '../stores/memcached/options.ts'
import {
  type FeedOptions,
  fed,
  feedSchema,
  levelPlan,
  levelSchema,
  type StoreLevelOptions,
  settingsIn,
} from './level-options.ts'

/** Options of {@link memcached}. */
export interface MemcachedOptions
  extends StoreLevelOptions,
    FeedOptions,
    Omit<MemcachedStoreOptions, keyof StoreLevelOptions> {}

const schema = { ...memcachedSchema, ...levelSchema, ...feedSchema }

/**
 * Memcached 1.6 or later as a level: one server, or several over which the keys are spread.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function memcached(options: MemcachedOptions): LevelFactory {
  const { name, ttl, codec, timeout, maxStaleness, feed } = readOptions('memcached', schema, options)
  const plan = levelPlan({ name, ttl, codec, timeout, maxStaleness })
  const { name: _, ttl: __, codec: ___, feed: ____, ...store } = options ?? {}
  readStoreOptions(store)
  return (context) => {
    const { world } = context
    const own = memcachedStore({ ...store, timeout, maxStaleness }, { world })
    return new StoreLevel(fed(own, feed, plan, world), settingsIn(plan, context), context)
  }
}
