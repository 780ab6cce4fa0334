import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { readOptions } from '../../src/options.ts'
import { type RedisStoreOptions, redisPlan, redisSchema } from '../../src/stores/redis/options.ts'
import { redisLedger } from '../../src/stores/redis/redis.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { startSentinel } from '../services/redis-sentinel.ts'
import { framed, terms } from './frames.ts'

interface Kind {
  readonly name: string
  readonly options: (port: number, name: string) => RedisStoreOptions
}

function ioredis(more: object = {}): Kind['options'] {
  return (port, name) => {
    const sentinels = [{ host: '127.0.0.1', port }]
    const client = new Redis({ sentinels, name, enableOfflineQueue: false, maxRetriesPerRequest: 0, ...more })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return { client }
  }
}

const MADE: Kind = {
  name: 'a client of our own',
  options: (port, name) => ({ sentinels: [`127.0.0.1:${port}`], sentinelName: name }),
}

test.each<Kind>([MADE, { name: 'an ioredis', options: ioredis() }])(
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

const FOLLOWING: Kind = { name: 'an ioredis that is told', options: ioredis({ failoverDetector: true }) }

test.each([MADE, FOLLOWING])('$name leaves a master that froze when another one is in its place', async (kind) => {
  const sentinel = await startSentinel()
  onTestFinished(() => sentinel.close())
  const plan = redisPlan(readOptions('redis', redisSchema, kind.options(sentinel.port, sentinel.name)))
  const ledger = redisLedger(plan, { world: systemWorld })
  onTestFinished(() => ledger.close())
  const era = () =>
    Promise.race([ledger.raise(0, [{ kind: 'all' }], terms()), late()]).then(
      (step) => step?.era,
      () => undefined,
    )
  await expect.poll(era, { timeout: 10_000 }).toBeGreaterThan(0)
  sentinel.master.stop()
  await expect.poll(era, { timeout: 30_000, interval: 50 }).toBeGreaterThan(0)
  sentinel.master.cont()
  // The old one is no place to be, though it answers again.
  const before = (await era())!
  // What was given up on may be done late.
  expect(await era()).toBeGreaterThan(before)
})

function late(): Promise<undefined> {
  return new Promise((resolve) => systemWorld.after(1000, () => resolve(undefined)))
}
