import { createClient as createClient6, createCluster as createCluster6 } from '@redis/client'
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import iovalkey from 'iovalkey'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'

/** A client of some library, and how its owner ends it. */
export interface Given {
  readonly client: object
  close(): Promise<void>
}

export interface Library {
  readonly name: string
  /** Options as a careful owner sets them. */
  single(port: number): Promise<Given>
  cluster(ports: readonly number[]): Promise<Given>
}

const HOST = '127.0.0.1'

// biome-ignore lint/suspicious/noExplicitAny: six majors, one way to use them
type Any = any

function ioredisLike(name: string, Redis: Any, Cluster: Any, settings: object = {}): Library {
  return {
    name,
    single: async (port) => {
      const client = new Redis({
        ...settings,
        autoResendUnfulfilledCommands: false,
        host: HOST,
        port,
        lazyConnect: true,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
      })
      client.on('error', () => {})
      await client.connect()
      return { client, close: async () => client.disconnect() }
    },
    cluster: async (ports) => {
      const nodes = ports.map((port) => ({ host: HOST, port }))
      const client = new Cluster(nodes, { ...settings, lazyConnect: true, clusterRetryStrategy: () => 100 })
      client.on('error', () => {})
      await client.connect()
      return { client, close: async () => client.disconnect() }
    },
  }
}

function nodeRedisLike(name: string, createClient: Any, createCluster: Any, disableOfflineQueue = true): Library {
  const close = (client: Any) => async () => {
    try {
      if (client.destroy) client.destroy()
      else await client.disconnect()
    } catch {
      // Closed already.
    }
  }
  return {
    name,
    single: async (port) => {
      const client = createClient({ socket: { host: HOST, port, reconnectStrategy: 50 }, disableOfflineQueue })
      client.on('error', () => {})
      await client.connect()
      return { client, close: close(client) }
    },
    cluster: async (ports) => {
      const rootNodes = ports.map((port) => ({ socket: { host: HOST, port } }))
      const client = createCluster({ rootNodes, defaults: { disableOfflineQueue } })
      client.on('error', () => {})
      await client.connect()
      return { client, close: close(client) }
    },
  }
}

const PIPELINING = { enableAutoPipelining: true }

/** Those whose clients can be told to gather commands by themselves, told to. */
export const PIPELINING_LIBRARIES: readonly Library[] = [
  ioredisLike('ioredis 6 that pipelines', Redis6, Cluster6, PIPELINING),
  ioredisLike('ioredis 5 that pipelines', Redis5, Cluster5, PIPELINING),
  ioredisLike('iovalkey that pipelines', iovalkey, (iovalkey as Any).Cluster, PIPELINING),
]

/** As those make them who leave all to node-redis: what is sent to a node that is away waits for it. */
export const WAITING_LIBRARIES: readonly Library[] = [
  nodeRedisLike('node-redis 6 that waits', createClient6, createCluster6, false),
  nodeRedisLike('node-redis 5 that waits', createClient5, createCluster5, false),
  nodeRedisLike('node-redis 4 that waits', createClient4, createCluster4, false),
]

/** Every client library that is taken, by major version. */
export const LIBRARIES: readonly Library[] = [
  ioredisLike('ioredis 6', Redis6, Cluster6),
  ioredisLike('ioredis 5', Redis5, Cluster5),
  ioredisLike('iovalkey', iovalkey, (iovalkey as Any).Cluster),
  nodeRedisLike('node-redis 6', createClient6, createCluster6),
  nodeRedisLike('node-redis 5', createClient5, createCluster5),
  nodeRedisLike('node-redis 4', createClient4, createCluster4),
]
