import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisCluster } from '../../servers/redis-cluster.ts'
import { killing, outageUnderLoad } from './experiments/outages.ts'
import { servedInPart } from './experiments/part.ts'
import { concurrentSets, type Nodes, nodesOver, RACES, staleSets } from './experiments/races.ts'
import { coldStampede } from './experiments/stampede.ts'
import { Fleet, until } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'

describe('a cluster of three masters and three replicas', () => {
  const fleet = new Fleet()
  let cluster: RedisCluster
  let nodes: Nodes

  beforeAll(async () => {
    cluster = await fleet.cluster({ nodeTimeout: 1000 })
    const addresses = cluster.ports.map((port) => `127.0.0.1:${port}`)
    const below: LevelSpec = { kind: 'redis', options: { nodes: addresses, maxStaleness: 2000 } }
    nodes = await nodesOver(fleet, below)
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  it('fetches a cold key once in the fleet', async () => {
    const { fetches, wrong } = await coldStampede([nodes.a, nodes.b, nodes.store], 'cold', 200)
    expect({ fetches, wrong }).toEqual({ fetches: 1, wrong: 0 })
  })

  it.each(RACES)('keeps nothing that was fetched before a $verb by the $by process', async (race) => {
    expect(await staleSets(nodes, race, 5)).toBe(0)
  })

  it('agrees at rest after two processes have set 40 keys at once', async () => {
    expect(await concurrentSets(nodes, 40, 5000)).toBe(0)
  })

  it('fails over to a replica: no caller notices, and everything works again', async () => {
    const outage = 4000
    const workers = [nodes.a, nodes.b]
    const { reports, dead, warnings } = await outageUnderLoad(workers, killing(cluster.masters[0]!), outage, 20)
    expect(dead).toBe(0)
    expect(warnings).toEqual([])
    for (const { cold, errors, wrong, unanswered } of reports) {
      expect({ errors, wrong, unanswered }).toEqual({ errors: [], wrong: 0, unanswered: 0 })
      expect(cold.p50).toBeLessThan(outage / 4)
    }
    await cluster.whole()
    const keys = Array.from({ length: 50 }, (_, n) => `after:${n}`)
    for (const key of keys) expect((await nodes.a.ask('set', key, key)).answer.ok).toBe(true)
    // A master that was killed and comes back empty may be taken for one for a moment: then keys are missed.
    const seen = async (): Promise<unknown> => (await nodes.b.ask('getMany', keys)).answer
    await until(seen, (values) => JSON.stringify(values) === JSON.stringify(keys))
    for (const race of RACES) expect(await staleSets(nodes, race, 1, 'after')).toBe(0)
  })
})

it('a master without a replica fails its own keys only', async () => {
  await using fleet = new Fleet()
  const args = ['--cluster-require-full-coverage', 'no']
  const cluster = await fleet.cluster({ nodeTimeout: 1000, replicas: 0, args })
  const nodes = cluster.ports.map((port) => `127.0.0.1:${port}`)
  const level: LevelSpec = { kind: 'redis', options: { nodes, timeout: 3000 } }
  const { before, ...after } = await servedInPart(fleet, level, 120, () => cluster.masters[0]!.kill())
  expect(before).toBe(120)
  // A third of the keys or so are gone, and the same ones however they are asked for.
  expect(after.oneByOne).toBeGreaterThan(40)
  expect(after).toEqual({
    oneByOne: after.oneByOne,
    atOnce: after.oneByOne,
    inBatch: after.oneByOne,
    breaker: 'closed',
  })
})
