import { afterAll, describe, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { levelConformance } from '../../src/testing/level-conformance.ts'
import { systemWorld } from '../../src/world/system-world.ts'

const servers = await Promise.all([1, 2, 3].map(() => startMemcached()))
const nodes = servers.map(({ address }) => address)
let places = 0

afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()))
})

levelConformance({ describe, it }, 'memcached', () => memcached({ nodes, prefix: `p${places++}`, timeout: '10s' }), {
  real: systemWorld,
  forgetful: true,
  seeds: 5,
  steps: 100,
})
