import { nodesIn, type SeenNode } from '../../servers/redis-cluster.ts'
import { redisCommand } from '../../servers/redis-wire.ts'

/** Milliseconds after which a node is not waited for. */
const PATIENCE = 500

/** How the cluster is, by the first of these nodes (their ports) to say so; nothing if none does. */
export async function clusterSeen(ports: readonly number[]): Promise<readonly SeenNode[]> {
  const asked = ports.map(async (port) => nodesIn(await redisCommand(port, 'CLUSTER', 'NODES')))
  const late = new Promise<readonly SeenNode[]>((resolve) => setTimeout(() => resolve([]), PATIENCE))
  return Promise.race([Promise.any(asked).catch(() => []), late])
}
