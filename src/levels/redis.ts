import { LedgerStore } from '../coherence/ledger-store.ts'
import type { Duration } from '../duration.ts'
import { shown, TerraceError } from '../errors.ts'
import type { Backend } from '../events.ts'
import type { LevelFactory } from '../level.ts'
import { type Checked, checkPlain, readOptions } from '../options.ts'
import { untilLoaded } from '../remote/deadline.ts'
import { StoreLevel } from '../remote/store-level.ts'
import { adoptClient } from '../stores/redis/adopt.ts'
import { loadClient } from '../stores/redis/made-client.ts'
import { type RedisStoreOptions, redisPlan, redisSchema, type Source } from '../stores/redis/options.ts'
import { redisLedger } from '../stores/redis/redis.ts'
import { levelPlan, levelSchema, type StoreLevelOptions, settingsIn } from './level-options.ts'

export { type RedisFeedOptions, redisFeed } from '../feeds/redis-feed.ts'
export type { RedisClient, RedisSubscriber } from '../stores/redis/adopt.ts'

/** Options of {@link redis}. */
export interface RedisOptions extends StoreLevelOptions, RedisStoreOptions {
  /** Another name for `timeout`. */
  readonly commandTimeout?: Duration | undefined
}

const schema = { ...redisSchema, ...levelSchema, commandTimeout: levelSchema.timeout }

/**
 * Redis or Valkey as a level: one server, Sentinel or Cluster. Takes a URL, options, or a client of
 * your own. To connect by itself it needs the package `@redis/client`.
 *
 * ```ts
 * createCache({ levels: [memory(), redis('redis://localhost:6379')], ttl: '10m' })
 * ```
 *
 * @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID`
 */
export function redis(url: string, options: Omit<RedisOptions, 'url'>): LevelFactory
export function redis(options?: string | RedisOptions): LevelFactory
export function redis(first: string | RedisOptions = {}, more?: Omit<RedisOptions, 'url'>): LevelFactory {
  const {
    name,
    ttl,
    codec,
    commandTimeout,
    timeout = commandTimeout,
    maxStaleness,
    ...rest
  } = oneTimeout(readOptions('redis', schema, given(first, more)))
  const plan = levelPlan({ name, ttl, codec, timeout, maxStaleness })
  const store = redisPlan(rest)
  // A client that cannot be used is an error here, not when the first cache is made.
  if (store.source.kind === 'given') adoptClient(store.source.client, 'redis: client')
  const backend = backendOf(store.source)
  // Begun here, so that it is perhaps over when the first call comes. The level finds out itself if it failed.
  const client = store.source.kind === 'made' ? loadClient().catch(() => undefined) : undefined
  return (context) => {
    const settings = settingsIn(plan, context)
    const { world, report } = context
    const warn = (text: string): void => report?.({ type: 'warning', level: settings.name, text })
    const ledger = redisLedger(store, { world, warn })
    const loading = client && untilLoaded(world, client)
    const reach = { timeout: plan.timeout, maxStaleness: plan.maxStaleness, loading }
    const settled = { ...settings, loading, meets: ledger.meeting, backend }
    return new StoreLevel(new LedgerStore(ledger, reach, world), settled, context)
  }
}

/** For traces. A cluster, or what Sentinel watches, is not in one place. */
function backendOf(source: Source): Backend {
  if (source.kind === 'given') return { system: 'redis' }
  const { address, nodes, sentinels, database } = source.settings
  const isOne = nodes === undefined && sentinels === undefined
  const place = isOne ? { address: address.host, port: address.port } : {}
  return { system: 'redis', namespace: String(database), ...place }
}

function oneTimeout(read: Checked<typeof schema>): Checked<typeof schema> {
  if (read.timeout === undefined || read.commandTimeout === undefined) return read
  const text = 'redis: commandTimeout: there is timeout already, which is the same; give one of them'
  throw new TerraceError('ERR_OPTION_INVALID', text)
}

function given(options: unknown, more: unknown): unknown {
  if (more !== undefined) return besides(options, more)
  if (typeof options === 'string') return { url: options }
  if (typeof options === 'object' && options !== null) return options
  const text = `redis: expected a URL such as 'redis://localhost:6379', or options, got ${shown(options)}`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}

/** A URL, and options besides. */
function besides(url: unknown, more: unknown): unknown {
  if (typeof url !== 'string') {
    throw new TerraceError(
      'ERR_OPTION_INVALID',
      `redis: expected one object of options, or a URL and one, got ${shown(url)} and another`,
    )
  }
  checkPlain('redis', more)
  if ('url' in more)
    throw new TerraceError('ERR_OPTION_INVALID', 'redis: expected one URL, got another among the options')
  return { ...more, url }
}
