import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  concurrentSets,
  type Nodes,
  nodesOver,
  RACES,
  slowReplies,
  staleSets,
  tagsWhileFetching,
} from './experiments/races.ts'
import { Fleet, over } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'

const TIMES = 5
/** Long: a machine with much else to do must not make a level fail that is well. */
const timeout = 3000

describe('two processes over Redis, the clocks of one 5 seconds behind', () => {
  const fleet = new Fleet()
  let nodes: Nodes
  let port: number

  beforeAll(async () => {
    const server = await fleet.redis()
    port = server.port
    nodes = await nodesOver(fleet, { kind: 'redis', options: { url: server.url, timeout } }, -5000)
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  it.each(RACES)('keeps nothing that was fetched before a $verb by the $by process', async (race) => {
    expect(await staleSets(nodes, race, TIMES)).toBe(0)
  })

  it('agrees with Redis at rest after both have set 40 keys at once', async () => {
    expect(await concurrentSets(nodes, 40, 2000)).toBe(0)
  })

  it('keeps nothing that was fetched before its tag was invalidated', async () => {
    expect(await tagsWhileFetching(nodes, TIMES)).toBe(0)
  })

  it.each(['set', 'delete'] as const)('keeps no answer of Redis that a %s has overtaken', async (verb) => {
    await using own = new Fleet()
    const network = await own.proxy(port)
    const a = await own.worker(over({ kind: 'redis', options: { url: `redis://127.0.0.1:${network.port}`, timeout } }))
    expect(await slowReplies({ ...nodes, a }, network, verb, TIMES)).toBe(0)
  })
})

describe('two processes over three Memcached nodes', () => {
  const fleet = new Fleet()
  const maxStaleness = 300
  let nodes: Nodes

  beforeAll(async () => {
    const servers = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
    const addresses = servers.map(({ address }) => address)
    const below: LevelSpec = { kind: 'memcached', options: { nodes: addresses, maxStaleness, timeout } }
    nodes = await nodesOver(fleet, below, -5000)
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  it.each(RACES)('keeps nothing that was fetched before a $verb by the $by process', async (race) => {
    expect(await staleSets(nodes, race, TIMES)).toBe(0)
  })

  it('agrees with Memcached at rest after both have set 40 keys at once', async () => {
    expect(await concurrentSets(nodes, 40, 10 * maxStaleness)).toBe(0)
  })

  it('keeps nothing that was fetched before its tag was invalidated, but for maxStaleness', async () => {
    expect(await tagsWhileFetching(nodes, TIMES, 10 * maxStaleness)).toBe(0)
  })
})
