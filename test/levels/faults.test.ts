import { afterAll, describe, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { faultConformance } from '../../src/testing/fault-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const redisServer = await startRedis()
const memcachedServer = await startMemcached()
let places = 0
const prefix = () => `faults${places++}`

/** Short, so that the test is; long enough for a machine that has much else to do. */
const timeout = 1000
const patient = { it: (name: string, body: () => void) => it(name, { timeout: 120_000 }, body) }

afterAll(async () => {
  await redisServer.close()
  await memcachedServer.kill()
})

describe('a level over redis', () => {
  const { stop: freeze, cont: thaw, kill, restart } = redisServer
  const make = () => redis({ url: redisServer.url, prefix: `${prefix()}:`, timeout })
  faultConformance(patient, make, { freeze, thaw, kill, restart }, systemWorld)
})

describe('a level over memcached', () => {
  const { stop: freeze, cont: thaw, kill, restart } = memcachedServer
  const make = () => memcached({ nodes: [memcachedServer.address], prefix: prefix(), timeout })
  faultConformance(patient, make, { freeze, thaw, kill, restart }, systemWorld)
})
