import { createClient, createCluster, createSentinel } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import {
  createClient as createClient5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis5'
import type { RedisClient, RedisSubscriber } from '../../src/stores/redis/adopt.ts'

const nodes = { rootNodes: [] }
const sentinels = { name: 'main', sentinelRootNodes: [] }

/** Each client of each library is taken as it is typed: that this compiles is the test. */
export const clients: readonly RedisClient[] = [
  new Redis(),
  new Cluster([]),
  new Redis5(),
  new Cluster5([]),
  new Valkey(),
  new ValkeyCluster([]),
  createClient(),
  createClient({ RESP: 2 }),
  createCluster(nodes),
  createSentinel(sentinels),
  createClient5(),
  createClient5({ RESP: 3 }),
  createCluster5(nodes),
  createSentinel5(sentinels),
  createClient4(),
  createCluster4(nodes),
]

export const subscribers: readonly RedisSubscriber[] = [
  new Redis(),
  new Redis5(),
  new Valkey(),
  createClient(),
  createClient5(),
  createClient4(),
]
