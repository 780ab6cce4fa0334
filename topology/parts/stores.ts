import { startMemcachedWith } from '../../servers/memcached-server.ts'
import { type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import { MEMORY, NODE_TIMEOUT, PARTS } from '../plan.ts'
import type { Endings, Part } from './part.ts'

/** What every Redis node is told besides: compose.yaml tells it the same. */
export const REDIS_ARGUMENTS: readonly string[] = [
  ...['--maxmemory', `${MEMORY.redis}mb`, '--maxmemory-policy', 'allkeys-lru'],
  ...['--cluster-require-full-coverage', 'no'],
]

export interface ClusterParts {
  readonly cluster: RedisCluster
  /** Those that began as masters first. */
  readonly parts: readonly Part[]
}

export async function startRedisCluster(endings: Endings): Promise<ClusterParts> {
  const cluster = await startCluster({
    masters: PARTS.masters,
    replicas: PARTS.replicasOfEach,
    nodeTimeout: NODE_TIMEOUT,
    args: REDIS_ARGUMENTS,
    detached: true,
  })
  endings.add(() => cluster.close())
  const parts = cluster.nodes.map(
    (node, n): Part => ({
      kind: 'redis',
      name: `redis-${n + 1}`,
      port: node.port,
      kill: () => node.kill(),
      stop: () => node.stop(),
      cont: () => node.cont(),
      restart: () => node.restart(),
    }),
  )
  return { cluster, parts }
}

export async function startMemcachedNodes(endings: Endings): Promise<Part[]> {
  const args = ['-m', String(MEMORY.memcached)]
  const parts: Part[] = []
  for (let n = 1; n <= PARTS.memcached; n++) {
    const node = await startMemcachedWith({ args, detached: true })
    endings.add(() => node.kill())
    parts.push({
      kind: 'memcached',
      name: `memcached-${n}`,
      port: node.port,
      kill: () => node.kill(),
      stop: () => node.stop(),
      cont: () => node.cont(),
      restart: () => node.restart(),
    })
  }
  return parts
}
