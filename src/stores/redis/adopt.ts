import { TerraceError } from '../../errors.ts'
import type { Connection, OpenLine } from './connection.ts'
import { hasWayIn, type IoredisClient, IoredisConnection, ioredisLines } from './ioredis.ts'
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  NodeRedisConnection,
  type NodeRedisSentinel,
  NodeRedisSentinelConnection,
  nodeRedisLines,
} from './node-redis.ts'
import { NodeRedisClusterConnection } from './node-redis-cluster.ts'

/** A Redis client of your own: ioredis 5 or 6, iovalkey, or node-redis 4, 5 or 6, single or cluster. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel

/** A client for the feed alone: one connection, which this store may subscribe with. */
export type RedisSubscriber = IoredisClient | NodeRedisClient

/**
 * The connection that a client of any kind makes, known by its shape.
 *
 * @throws TerraceError `ERR_OPTION_INVALID` if it is no such client, or set up so that it cannot be used
 */
export function adoptClient(client: unknown, where: string): Connection {
  if (hasMethods(client, 'callBuffer', 'on')) {
    const ioredis = client as unknown as IoredisClient
    const { keyPrefix, scaleReads } = ioredis.options ?? {}
    refuseKeyPrefix(keyPrefix, where)
    if (scaleReads !== undefined && scaleReads !== 'master') {
      throw new TerraceError('ERR_OPTION_INVALID', `${where}: the client reads from replicas (scaleReads), ${BEHIND}`)
    }
    refusePipelining(ioredis, where)
    return new IoredisConnection(ioredis)
  }
  if (hasMethods(client, 'sendCommand', 'on')) {
    refuseLegacyMode(client, where)
    refuseKeyPrefix(client._keyPrefix, where)
    if ('getMasterNode' in client || 'getSentinelNode' in client)
      return new NodeRedisSentinelConnection(client as never)
    if (hasMethods(client, 'nodeClient')) return new NodeRedisClusterConnection(client as never)
    if ('isReady' in client) return new NodeRedisConnection(client as never)
  }
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `${where}: expected a client of ioredis 5 or 6, iovalkey, or node-redis 4, 5 or 6 (no pool)`,
  )
}

/** Listens over a client that is there for that alone. */
export function adoptSubscriber(client: unknown, where: string): OpenLine {
  if (hasMethods(client, 'callBuffer', 'subscribe', 'on')) {
    refusePipelining(client as never, where)
    return ioredisLines(client as never)
  }
  if (hasMethods(client, 'sendCommand', 'subscribe', 'on') && 'isReady' in client) {
    refuseLegacyMode(client, where)
    return nodeRedisLines(client as never)
  }
  throw new TerraceError(
    'ERR_OPTION_INVALID',
    `${where}: expected a client of ioredis, iovalkey or node-redis for one server`,
  )
}

/** Not all commands get it: ioredis leaves it out of its scans, node-redis 6 out of all that is sent as it is. */
function refuseKeyPrefix(keyPrefix: unknown, where: string): void {
  if (typeof keyPrefix !== 'string' || keyPrefix === '') return
  const text = `${where}: the client has a keyPrefix of its own, which not all commands get; use the option prefix instead`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}

function refusePipelining(client: IoredisClient, where: string): void {
  if (hasWayIn(client)) return
  const text = `${where}: the client has enableAutoPipelining, and no createBuiltinCommand to send past it; leave the option out`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}

/** What such a client of node-redis 4 is sent it answers by callbacks, and a promise never. */
function refuseLegacyMode({ options }: { readonly options?: unknown }, where: string): void {
  if ((options as { readonly legacyMode?: unknown } | undefined)?.legacyMode !== true) return
  const text = `${where}: the client is in legacyMode; give client.duplicate({ legacyMode: false }), connected`
  throw new TerraceError('ERR_OPTION_INVALID', text)
}

function hasMethods(client: unknown, ...names: string[]): client is Record<string, unknown> {
  if (client === null || typeof client !== 'object') return false
  return names.every((name) => typeof (client as Record<string, unknown>)[name] === 'function')
}

const BEHIND = 'which may not know yet what was invalidated'
