import { wholeNumber } from './flag-values.ts'
import type { Flags } from './flags.ts'
import type { DiskTarget, MemcachedTarget, RedisTarget } from './target.ts'

/** The flags of every verb that looks into a store. */
export const storeFlags: { readonly prefix: 'one'; readonly shards: 'one' } = { prefix: 'one', shards: 'one' }

/** How they are explained. */
export const STORE_HELP = `  --prefix TEXT       the level's prefix (default: 'terrace:' in Redis, 'terrace' in
                      Memcached), as the application has it
  --shards N          the level's shards in Redis, if the application sets them
`

/** A Redis, Memcached or file. */
export type StoreTarget = RedisTarget | MemcachedTarget | DiskTarget

/** What `--shards` says; `undefined`: as the level has it by itself. @throws CommandError */
export function shardsIn(flags: Flags): number | undefined {
  return flags.has('shards') ? wholeNumber(flags, 'shards', 1, 1024) : undefined
}
