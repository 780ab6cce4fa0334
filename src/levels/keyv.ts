import { type KeyvStoreOptions, keyvStore, keyvStoreSchema } from '../coherence/keyv-store.ts'
import type { LevelFactory } from '../level.ts'
import { readOptions } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import { checkStorage, type KeyvStorage } from '../stores/keyv/keyv-adapter.ts'
import {
  type FeedOptions,
  fed,
  feedSchema,
  levelPlan,
  levelSchema,
  type StoreLevelOptions,
  settingsIn,
} from './level-options.ts'

export type { KeyvStorage } from '../stores/keyv/keyv-adapter.ts'

/** Options of {@link keyv}. */
export interface KeyvOptions extends StoreLevelOptions, FeedOptions, KeyvStoreOptions {}

const schema = { ...levelSchema, ...keyvStoreSchema, ...feedSchema }

/**
 * Any storage adapter of Keyv 5 or 6 as a level, also a `Map`: as good as `get`, `set` and `delete` allow;
 * `docs/keyv.md` says which promises hold.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID`, `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function keyv(storage: KeyvStorage, options: KeyvOptions = {}): LevelFactory {
  checkStorage(storage)
  const { name, ttl, codec, timeout, feed, prefix = 'terrace', ...given } = readOptions('keyv', schema, options)
  const plan = levelPlan({ name, ttl, codec, timeout, maxStaleness: given.maxStaleness })
  return (context) => {
    const own = keyvStore(storage, { ...given, prefix }, context)
    const { store, meets } = fed(own, feed, `keyv:${prefix}`, plan, context.world)
    return new StoreLevel(store, { ...settingsIn(plan, context), meets }, context)
  }
}
