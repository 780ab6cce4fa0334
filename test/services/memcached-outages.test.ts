import { describe, expect, it } from 'vitest'
import { freezing, killing, outageUnderLoad } from './experiments/outages.ts'
import { servedInPart } from './experiments/part.ts'
import { Fleet, over } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'

const OUTAGE = 1500

describe.concurrent('one of three Memcached nodes fails under load', () => {
  it.each(['killed', 'frozen'])('%s: no caller notices', async (kind) => {
    await using fleet = new Fleet()
    const servers = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
    const nodes = servers.map(({ address }) => address)
    const workers = await fleet.workers(2, over({ kind: 'memcached', options: { nodes } }))
    const fault = kind === 'killed' ? killing(servers[0]!) : freezing(servers[0]!)
    const { reports, dead, warnings } = await outageUnderLoad(workers, fault, OUTAGE, 20)
    expect(dead).toBe(0)
    expect(warnings).toEqual([])
    for (const { cold, errors, wrong, unanswered } of reports) {
      expect({ errors, wrong, unanswered }).toEqual({ errors: [], wrong: 0, unanswered: 0 })
      expect(cold.p50).toBeLessThan(OUTAGE / 4)
    }
  })
})

it('a node that is gone fails its own keys only', async () => {
  await using fleet = new Fleet()
  const servers = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
  const level: LevelSpec = {
    kind: 'memcached',
    options: { nodes: servers.map(({ address }) => address), timeout: 3000 },
  }
  const { before, ...after } = await servedInPart(fleet, level, 120, () => servers[0]!.kill())
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
