import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../servers/redis-cluster.ts'
import { adoptClient } from '../../src/stores/redis/adopt.ts'
import { RedisLedger } from '../../src/stores/redis/redis-ledger.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { LIBRARIES } from './clients.ts'
import { framed, terms } from './frames.ts'

const SHARDS = 16
const KEYS = Array.from({ length: 100 }, (_, n) => `k${n}`)

test('what is cleared in a cluster is removed from the other masters also where one is down', {
  timeout: 60_000,
}, async () => {
  const args = ['--cluster-require-full-coverage', 'no']
  const cluster = await startCluster({ replicas: 0, nodeTimeout: 1000, args })
  onTestFinished(() => cluster.close())
  const library = LIBRARIES.find(({ name }) => name === 'node-redis 6')!
  const given = await library.cluster(cluster.ports)
  const connection = adoptClient(given.client, 'client')
  const ledger = new RedisLedger(connection, { prefix: 'p:', shards: SHARDS, leaseTime: 60_000 }, systemWorld)
  onTestFinished(async () => {
    await ledger.close()
    await given.close()
  })
  for (const key of KEYS) {
    const shard = ledger.shardOf(key)
    const { reign } = await ledger.sync(shard, undefined)
    await ledger.replace(shard, [framed(key, 'value')], terms(reign))
  }
  const [{ address } = { address: '' }] = await connection.masters()
  const gone = cluster.masters.find(({ port }) => address.endsWith(`:${port}`))!
  await gone.kill()
  const raises = Array.from({ length: SHARDS }, (_, shard) => ledger.raise(shard, [{ kind: 'all' }], terms()))
  const told = await Promise.allSettled(raises)
  const cleared = told.flatMap(({ status }, shard) => (status === 'fulfilled' ? [shard] : []))
  expect(cleared.length).toBeGreaterThan(0)
  const swept = await Promise.allSettled(cleared.map((shard) => ledger.sweep(shard, '')))
  expect(new Set(swept.map(({ status }) => status))).toEqual(new Set(['rejected']))
  const left = await Promise.all(
    cluster.masters
      .filter((node) => node !== gone)
      .map((node) => node.command('EVAL', "return #redis.call('KEYS', 'p:*:k*')", 0)),
  )
  expect(left).toEqual(['0', '0'])
})
