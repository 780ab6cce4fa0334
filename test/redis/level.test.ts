import { afterAll, describe, it } from 'vitest'
import { startCluster } from '../../servers/redis-cluster.ts'
import { redis } from '../../src/levels/redis.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { LIBRARIES } from './clients.ts'

const cluster = await startCluster()
const ports = cluster.ports.slice(0, 3)
const ioredis = await LIBRARIES[0]!.cluster(ports)
let places = 0

afterAll(async () => {
  await ioredis.close()
  await cluster.close()
})

const real = { real: systemWorld, seeds: 3, steps: 60 }
// One shard: the suite's model counts one era for all keys.
const place = () => ({ prefix: `test${places++}:`, timeout: 10_000, shards: 1 })

levelConformance(
  { describe, it },
  'a cluster',
  () => redis({ nodes: ports.map((port) => `127.0.0.1:${port}`), ...place() }),
  real,
)

levelConformance(
  { describe, it },
  'a cluster of ioredis',
  () => redis({ client: ioredis.client as never, ...place() }),
  real,
)
