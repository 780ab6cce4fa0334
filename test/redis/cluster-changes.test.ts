import { Cluster } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import type { RedisServer } from '../../servers/redis-server.ts'
import { adoptClient } from '../../src/stores/redis/adopt.ts'
import { RedisLedger } from '../../src/stores/redis/redis-ledger.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { LIBRARIES, type Library, WAITING_LIBRARIES } from './clients.ts'
import { terms } from './frames.ts'

const SHARDS = 16
const CHANNEL = `changes:#feed:0/${SHARDS}`
const PATIENCE = { timeout: 20_000, interval: 200 }

interface Open {
  readonly name: string
  readonly ledger: RedisLedger
  /** How many notices it has heard. */
  heard: number
}

/** A ledger over each library, all of one cluster and one prefix. */
async function openAll(cluster: RedisCluster, libraries: readonly Library[]): Promise<Open[]> {
  return Promise.all(
    libraries.map(async ({ name, cluster: make }) => {
      const given = await make(cluster.ports.slice(0, 3))
      const settings = { prefix: 'changes:', shards: SHARDS, leaseTime: 60_000 }
      const ledger = new RedisLedger(adoptClient(given.client, 'client'), settings, systemWorld)
      onTestFinished(async () => {
        await ledger.close()
        await given.close()
      })
      const open: Open = { name, ledger, heard: 0 }
      const invalidated = () => {
        open.heard++
      }
      await ledger.listen!({ invalidated, settled: () => {}, interrupted: () => {} })
      return open
    }),
  )
}

/** Whose steps not every shard takes. */
async function refused(all: readonly Open[]): Promise<string[]> {
  const states = await Promise.all(
    all.map(async ({ name, ledger }) => {
      const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
      const steps = Promise.allSettled(shards.map((shard) => ledger.raise(shard, [{ kind: 'all' }], terms())))
      // What waits for a node that is away may wait for ever.
      const told = await Promise.race([steps, nothing(1000)])
      return told?.every(({ status }) => status === 'fulfilled') ? [] : [name]
    }),
  )
  return states.flat()
}

function nothing(ms: number): Promise<undefined> {
  return new Promise((resolve) => systemWorld.after(ms, () => resolve(undefined)))
}

test('a master that dies and is replaced is found out with every library', { timeout: 90_000 }, async () => {
  const cluster = await startCluster({ nodeTimeout: 1000 })
  onTestFinished(() => cluster.close())
  const all = await openAll(cluster, [...LIBRARIES, ...WAITING_LIBRARIES])
  await expect.poll(() => refused(all), PATIENCE).toEqual([])
  await cluster.masters[0]!.kill()
  await expect.poll(() => refused(all), { ...PATIENCE, timeout: 40_000 }).toEqual([])
})

// Where the others go on while a part of the slots is served by nobody, no CLUSTERDOWN makes a client look around.
test.each([
  ['no node serves anything', 'yes'],
  ['the other nodes go on', 'no'],
])(
  'a master that freezes is left with every library when it is replaced, where %s meanwhile',
  {
    timeout: 90_000,
  },
  async (_, coverage) => {
    const cluster = await startCluster({ nodeTimeout: 1000, args: ['--cluster-require-full-coverage', coverage] })
    onTestFinished(() => cluster.close())
    const all = await openAll(cluster, [...LIBRARIES, ...WAITING_LIBRARIES])
    await expect.poll(() => refused(all), PATIENCE).toEqual([])
    cluster.masters[0]!.stop()
    await expect.poll(() => refused(all), { ...PATIENCE, timeout: 40_000 }).toEqual([])
    cluster.masters[0]!.cont()
    await expect.poll(() => refused(all), PATIENCE).toEqual([])
  },
)

test('masters that end and begin again are used again with every library', { timeout: 90_000 }, async () => {
  const cluster = await startCluster({ replicas: 0, nodeTimeout: 1000 })
  onTestFinished(() => cluster.close())
  const all = await openAll(cluster, [...LIBRARIES, ...WAITING_LIBRARIES])
  const names = all.map(({ name }) => name)
  const [first, ...others] = cluster.masters as [RedisServer, RedisServer, RedisServer]
  await first.kill()
  for (let asked = 0; asked < 3; asked++) expect(await refused(all)).toEqual(names)
  for (const other of others) await other.kill()
  for (let asked = 0; asked < 3; asked++) expect(await refused(all)).toEqual(names)
  for (const node of cluster.masters) await node.restart()
  await expect.poll(() => refused(all), { ...PATIENCE, timeout: 40_000 }).toEqual([])
})

/** Gives all slots of one master, which holds no keys, to another, and takes it out of the cluster. It lives on. */
async function takeOut(cluster: RedisCluster, gone: RedisServer): Promise<void> {
  const rest = cluster.nodes.filter((node) => node !== gone)
  const [id, heir] = await Promise.all([gone, rest[0]!].map((node) => node.command('CLUSTER', 'MYID')))
  const [first, last] = [0, 1].map((n) => Math.ceil(((cluster.nodes.indexOf(gone) + n) * 16_384) / 3))
  const give = "for slot = ARGV[1], ARGV[2] - 1 do redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', ARGV[3]) end"
  for (const node of rest) await node.command('EVAL', give, 0, first!, last!, heir!)
  for (const node of rest) await node.command('CLUSTER', 'FORGET', id!)
  await gone.command('CLUSTER', 'RESET', 'HARD')
}

test('a node that is taken out of the cluster, and lives on, is left with every library', {
  timeout: 90_000,
}, async () => {
  const cluster = await startCluster({ replicas: 0 })
  onTestFinished(() => cluster.close())
  const all = await openAll(cluster, LIBRARIES)
  const listeners = (node: RedisServer) =>
    node.command('EVAL', "return redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]", 0, CHANNEL)
  const counts = await Promise.all(cluster.nodes.map(listeners))
  const gone = cluster.nodes[counts.findIndex((count) => Number(count) > 0)]!
  await takeOut(cluster, gone)
  await expect.poll(() => refused(all), PATIENCE).toEqual([])
  await expect.poll(() => listeners(gone), PATIENCE).toBe('0')
  await expect
    .poll(async () => {
      for (const open of all) open.heard = 0
      await refused(all.slice(0, 1))
      return all.filter(({ heard }) => heard === 0).map(({ name }) => name)
    }, PATIENCE)
    .toEqual([])
})

test('a cluster of which no node is known is not taken for one that holds nothing', async () => {
  const client = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
  const settings = { prefix: 'changes:', shards: SHARDS, leaseTime: 60_000 }
  const ledger = new RedisLedger(adoptClient(client, 'client'), settings, systemWorld)
  await expect(ledger.info((answer) => answer)).rejects.toThrow('no node of the cluster is known')
  await expect(ledger.keys('').next()).rejects.toThrow('no node of the cluster is known')
})
