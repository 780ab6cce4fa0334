import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../servers/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { redisCommand } from '../../servers/redis-wire.ts'
import { readOptions } from '../../src/options.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../../src/stores/redis/options.ts'
import { redisLedger } from '../../src/stores/redis/redis.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { startSentinel } from '../services/redis-sentinel.ts'
import { terms } from './frames.ts'

interface Servers {
  readonly options: RedisStoreOptions
  readonly all: readonly RedisServer[]
}

const KINDS: Readonly<Record<string, () => Promise<Servers>>> = {
  'a server': async () => {
    const server = await startRedis()
    onTestFinished(() => server.close())
    return { options: { url: server.url }, all: [server] }
  },
  'a cluster': async () => {
    const cluster = await startCluster({ masters: 3, replicas: 0 })
    onTestFinished(() => cluster.close())
    return { options: { nodes: cluster.ports.map((port) => `127.0.0.1:${port}`) }, all: cluster.masters }
  },
  'a master that sentinels leave in its place': async () => {
    const sentinel = await startSentinel()
    onTestFinished(() => sentinel.close())
    await redisCommand(sentinel.port, 'SENTINEL', 'SET', sentinel.name, 'down-after-milliseconds', '600000')
    const options = { sentinels: [`127.0.0.1:${sentinel.port}`], sentinelName: sentinel.name }
    return { options, all: [sentinel.master] }
  },
}

test.each(Object.entries(KINDS))(
  '%s falls silent: the connection is broken off also while calls go on',
  async (_, start) => {
    const { options, all } = await start()
    const ledger = redisLedger(redisPlan(readOptions('redis', redisSchema, options)), { world: systemWorld })
    onTestFinished(() => ledger.close())
    const shards = Array.from({ length: ledger.shards }, (_, shard) => shard)
    const raise = () => Promise.all(shards.map((shard) => ledger.raise(shard, [{ kind: 'all' }], terms())))
    const works = () =>
      raise().then(
        () => true,
        () => false,
      )
    await expect.poll(works, { timeout: 20_000 }).toBe(true)
    let failed = 0
    for (const server of all) server.stop()
    for (const shard of shards) ledger.sync(shard, undefined).catch(() => failed++)
    const ask = async () => {
      raise().catch(() => {})
      return failed
    }
    await expect.poll(ask, { timeout: 30_000, interval: 200 }).toBe(shards.length)
    for (const server of all) server.cont()
    await expect.poll(works, { timeout: 30_000, interval: 200 }).toBe(true)
  },
)
