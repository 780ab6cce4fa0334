import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { RedisServer } from '../../servers/redis-server.ts'
import { createCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { Fleet } from './fleet.ts'

const KEYS = Array.from({ length: 60 }, (_, n) => `key:${n}`)

it('a slot that moves to another master while it is read and written leaves nothing stale and loses nothing', {
  timeout: 120_000,
}, async () => {
  await using fleet = new Fleet()
  const cluster = await fleet.cluster({ replicas: 0 })
  const nodes = cluster.ports.map((port) => `127.0.0.1:${port}`)
  const [a, b] = [1, 2].map(() => createCache<number>({ levels: [memory(), redis({ nodes, timeout: 2000 })] }))
  const truth = new Map<string, number>()
  let count = 0
  let pending = 0
  const write = async (key: string): Promise<void> => {
    truth.set(key, ++count)
    if (!(await a!.set(key, count)).ok) pending++
  }
  await Promise.all(KEYS.map(write))
  await b!.getMany(KEYS)

  let isOver = false
  const errors: unknown[] = []
  const load = async (): Promise<void> => {
    while (!isOver) {
      const key = KEYS[Math.floor(Math.random() * KEYS.length)]!
      await write(key)
      await b!.getOrFetch(key, () => truth.get(key)!)
      await b!.getMany(KEYS.slice(0, 10))
      await pause(2)
    }
  }
  const loading = load().catch((error: unknown) => errors.push(error))
  const [from, to, other] = cluster.masters as [RedisServer, RedisServer, RedisServer]
  for (let moved = 0; moved < 3; moved++) await moveSlot(from, to, other)
  isOver = true
  await loading
  expect(errors).toEqual([])

  // What was pending is told soon; then both agree, and whatever was kept is the last.
  await expect.poll(() => a!.stats().levels[1]!.pending, { timeout: 30_000 }).toBe(0)
  await expect
    .poll(
      async () => (await b!.getMany(KEYS)).every((value, n) => value === undefined || value === truth.get(KEYS[n]!)),
      {
        timeout: 10_000,
      },
    )
    .toBe(true)
  const held = (await b!.getMany(KEYS)).filter((value) => value !== undefined)
  expect(held.length).toBeGreaterThanOrEqual(KEYS.length - pending)
  for (const key of KEYS) expect((await a!.set(key, -1)).ok).toBe(true)
  await expect.poll(async () => new Set(await b!.getMany(KEYS))).toEqual(new Set([-1]))
  await Promise.all([a!.close(), b!.close()])
})

/** Moves the slot of some key from one master to another, key by key as `redis-cli --cluster reshard` does. */
async function moveSlot(from: RedisServer, to: RedisServer, other: RedisServer): Promise<void> {
  const slot = await from.command('CLUSTER', 'KEYSLOT', await from.command('RANDOMKEY'))
  const [source, target] = await Promise.all([from, to].map((node) => node.command('CLUSTER', 'MYID')))
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source!)
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target!)
  while ((await from.command('CLUSTER', 'COUNTKEYSINSLOT', slot)) !== '0') {
    const key = await from.command('EVAL', "return redis.call('CLUSTER', 'GETKEYSINSLOT', ARGV[1], 1)[1]", 0, slot)
    await from.command('MIGRATE', '127.0.0.1', to.port, key, 0, 5000)
    await pause(20)
  }
  for (const node of [to, from, other]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', target!)
}
