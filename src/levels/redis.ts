import { LedgerStore } from '../coherence/ledger-store.ts'
import type { LevelFactory } from '../level.ts'
import { readOptions } from '../options.ts'
import { StoreLevel } from '../remote/store-level.ts'
import { adoptClient } from '../stores/redis/adopt.ts'
import { RedisLedger } from '../stores/redis/redis-ledger.ts'
import { levelPlan, levelSchema, type StoreLevelOptions, settingsIn } from './level-options.ts'

export interface RedisOptions extends StoreLevelOptions {
  readonly client?: unknown
  readonly prefix?: string
  readonly shards?: number
}

const schema = {
  ...levelSchema,
  client: (v: unknown) => v,
  prefix: (v: unknown) => v as string,
  shards: (v: unknown) => v as number,
}

/** Provisional: takes a client only. */
export function redis(options: RedisOptions): LevelFactory {
  const { client, prefix, shards, ...given } = readOptions('redis', schema, options)
  const plan = levelPlan(given)
  return (context) => {
    const settings = settingsIn(plan, context)
    const connection = adoptClient(client, 'redis: client')
    const ledger = new RedisLedger(
      connection,
      { prefix: prefix ?? 'terrace:', shards: shards ?? (connection.isCluster ? 16 : 1), leaseTime: 1000 },
      context.world,
    )
    const { timeout } = settings
    return new StoreLevel(
      new LedgerStore(ledger, { timeout, maxStaleness: plan.maxStaleness }, context.world),
      settings,
      context,
    )
  }
}
