import type { World } from '../../world/world.ts'
import { adoptClient, adoptSubscriber } from './adopt.ts'
import type { Connection, OpenLine } from './connection.ts'
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
  const connection = redisConnection(source, world)
  if (connection.warning !== undefined) warn?.(connection.warning)
  const most = shards ?? (connection.isCluster ? CLUSTER_SHARDS : 1)
  return new RedisLedger(connection, { prefix, shards: most, leaseTime: LEASE_TIME }, world)
}

/** The connection a source makes, or is. */
export function redisConnection(source: Source, world: World): Connection {
  return source.kind === 'made' ? new MadeConnection(source.settings, world) : givenConnection(source)
}

function givenConnection({
  client,
  subscriber,
}: {
  client: object
  subscriber: object | false | undefined
}): Connection {
  const connection = adoptClient(client, 'redis: client')
  if (subscriber === undefined) return connection
  const listen = subscriber === false ? undefined : adoptSubscriber(subscriber, 'redis: subscriber')
  return withLines(connection, listen)
}

function withLines(connection: Connection, listen: OpenLine | undefined): Connection {
  return {
    isCluster: connection.isCluster,
    database: connection.database,
    warning: connection.warning,
    listen,
    send: (key, command) => connection.send(key, command),
    masters: () => connection.masters(),
    close: () => connection.close(),
  }
}
