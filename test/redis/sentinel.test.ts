import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { readOptions } from '../../src/options.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../../src/stores/redis/options.ts'
import { redisLedger } from '../../src/stores/redis/redis.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { startSentinel } from '../services/redis-sentinel.ts'
import { framed, terms } from './frames.ts'

const kinds: readonly { name: string; options: (port: number, name: string) => RedisStoreOptions }[] = [
  { name: 'a client of our own', options: (port, name) => ({ sentinels: [`127.0.0.1:${port}`], sentinelName: name }) },
  {
    name: 'an ioredis',
    options: (port, name) => {
      const sentinels = [{ host: '127.0.0.1', port }]
      const client = new Redis({ sentinels, name, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      return { client }
    },
  },
]

test.each(kinds)(
  '$name follows the fail-over of a master that sentinels watch, and so does its feed',
  async ({ options }) => {
    const sentinel = await startSentinel()
    onTestFinished(() => sentinel.close())
    const plan = redisPlan(readOptions('redis', redisSchema, options(sentinel.port, sentinel.name)))
    const ledger = redisLedger(plan, { world: systemWorld })
    onTestFinished(() => ledger.close())
    const works = () =>
      ledger.raise(0, [{ kind: 'all' }], terms()).then(
        () => true,
        (error: unknown) => String(error),
      )
    await expect.poll(works, { timeout: 10_000 }).toBe(true)
    let heard = 0
    let interruptions = 0
    await ledger.listen!({
      invalidated: () => void heard++,
      settled: () => {},
      interrupted: () => void interruptions++,
    })
    const { reign } = await ledger.sync(0, undefined)
    await ledger.replace(0, [framed('a', 'value')], terms(reign))
    await expect.poll(() => heard).toBeGreaterThan(0)
    await sentinel.master.kill()
    await expect.poll(works, { timeout: 30_000, interval: 50 }).toBe(true)
    const before = heard
    const isHeard = async () => {
      await works()
      return heard > before && interruptions > 0
    }
    await expect.poll(isHeard, { timeout: 20_000, interval: 50 }).toBe(true)
  },
)
