import { LedgerStore } from '../coherence/ledger-store.ts'
import type { Duration } from '../duration.ts'
import { TerraceError } from '../errors.ts'
import type { LevelFactory } from '../level.ts'
import { expected, readOptions } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import type { RedisClient, RedisSubscriber } from '../stores/redis/adopt.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../stores/redis/options.ts'
import { redisLedger } from '../stores/redis/redis.ts'
import { levelPlan, levelSchema, type StoreLevelOptions, settingsIn } from './level-options.ts'

export type { RedisClient, RedisSubscriber }

/** Options of {@link redis}. */
export interface RedisOptions extends StoreLevelOptions, RedisStoreOptions {
  /** Another name for `timeout`. */
  readonly commandTimeout?: Duration | undefined
}

const schema = { ...levelSchema, ...redisSchema, commandTimeout: levelSchema.timeout }

/**
 * Redis 5 or later, Valkey, or a Redis Cluster as a level, shared by all processes that use the same
 * prefix: `redis('redis://localhost')`. Needs the package `@redis/client`, unless a client is given.
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`; passwords are in no message
 */
export function redis(options: string | RedisOptions): LevelFactory {
  const read = readOptions('redis', schema, typeof options === 'string' ? { url: options } : given(options))
  const { name, ttl, timeout, codec, maxStaleness, commandTimeout, ...rest } = read
  if (timeout !== undefined && commandTimeout !== undefined) {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      'redis: commandTimeout: it is another name for timeout; give one of them',
    )
  }
  const level = levelPlan({ name, ttl, timeout: timeout ?? commandTimeout, codec, maxStaleness })
  const plan = redisPlan(rest)
  return (context) => {
    const { world } = context
    const settings = settingsIn(level, context)
    const warn = (text: string) => context.report?.({ type: 'warning', level: settings.name, text })
    const ledger = redisLedger(plan, { world, warn })
    const { timeout: deadline } = settings
    const store = new LedgerStore(ledger, { timeout: deadline, maxStaleness: level.maxStaleness }, world)
    return new StoreLevel(store, settings, context)
  }
}

function given(options: unknown): unknown {
  return options ?? expected("an URL such as 'redis://localhost' or an object of options", options, 'redis')
}
