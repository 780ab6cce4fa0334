import type { World } from '../../world/world.ts'
import { adoptClient, adoptSubscriber } from './adopt.ts'
import type { Connection } from './connection.ts'
import { GivenConnection } from './given-connection.ts'
import { MadeConnection } from './made-client.ts'
import type { RedisPlan, Source } from './options.ts'
import { RedisLedger } from './redis-ledger.ts'

/** What a {@link redisLedger} needs besides its options. */
export interface RedisContext {
  readonly world: World
  /** Told what somebody who brings a client should know of its settings. */
  readonly warn?: ((text: string) => void) | undefined
}

/** A process that dies while it fetches holds the others up for so long, in milliseconds. */
const LEASE_TIME = 1000
/** In a cluster, enough for every one of up to as many masters to get some. */
const CLUSTER_SHARDS = 16

/**
 * The ledger in Redis that the options describe.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` if a client is given that cannot be used
 */
export function redisLedger({ source, prefix, shards }: RedisPlan, { world, warn }: RedisContext): RedisLedger {
  const connection = redisConnection(source, world, warn)
  if (connection.warning !== undefined) warn?.(connection.warning)
  const most = shards ?? (connection.isCluster ? CLUSTER_SHARDS : 1)
  return new RedisLedger(connection, { prefix, shards: most, leaseTime: LEASE_TIME }, world)
}

/** The connection a source makes, or is. */
export function redisConnection(source: Source, world: World, warn?: RedisContext['warn']): Connection {
  return source.kind === 'made' ? new MadeConnection(source.settings, world) : givenConnection(source, warn)
}

type Given = Extract<Source, { readonly kind: 'given' }>

function givenConnection({ client, subscriber }: Given, warn: RedisContext['warn']): Connection {
  const connection = adoptClient(client, 'redis: client')
  const own = subscriber === false ? undefined : subscriber && adoptSubscriber(subscriber, 'redis: subscriber')
  const listen = subscriber === undefined ? connection.listen : own
  return new GivenConnection(client, connection, listen, warn)
}
