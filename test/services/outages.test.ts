import { describe, expect, it, vi } from 'vitest'
import { frozenStore } from './experiments/given-up.ts'
import {
  cutting,
  type Fault,
  freezing,
  invalidationsInOutages,
  killing,
  type Outage,
  outageUnderLoad,
  slowing,
} from './experiments/outages.ts'
import { Fleet, over } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'

// They wait nearly all of the time.
vi.setConfig({ maxConcurrency: 8 })

const EMPTY: readonly string[] = []
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']
const OUTAGE = 2000
const FETCH = 20

/** Every caller got what it should, and no process complained. */
function expectServed({ reports, dead, warnings }: Outage): void {
  expect(dead).toBe(0)
  expect(warnings).toEqual([])
  for (const { hot, cold, errors, wrong, unanswered } of reports) {
    expect({ errors, wrong, unanswered }).toEqual({ errors: [], wrong: 0, unanswered: 0 })
    expect(hot.count).toBeGreaterThan(0)
    expect(cold.count).toBeGreaterThan(0)
  }
}

/** And nobody waited for the store to come back. */
function expectHarmless(outage: Outage): void {
  expectServed(outage)
  for (const { hot, cold } of outage.reports) {
    // Generous bounds: whoever waits for the end of an outage waits for half of it, if not for all.
    expect(cold.p50).toBeLessThan(OUTAGE / 4)
    expect(cold.p99).toBeLessThan(OUTAGE)
    expect(hot.p50).toBeLessThan(cold.p50)
  }
}

describe.concurrent('Redis fails under load', () => {
  it.each([
    ['killed, and back without its data', EMPTY],
    ['killed, and back with its data', DURABLE],
  ])('%s: no caller notices', async (_, args) => {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args })
    const workers = await fleet.workers(2, over({ kind: 'redis', options: server.url }))
    expectHarmless(await outageUnderLoad(workers, killing(server), OUTAGE, FETCH))
  })

  it('frozen: no caller notices', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const workers = await fleet.workers(2, over({ kind: 'redis', options: server.url }))
    expectHarmless(await outageUnderLoad(workers, freezing(server), OUTAGE, FETCH))
  })

  it.each([50, 200])('slower by %i ms each way: no caller fails', async (ms) => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const network = await fleet.proxy(server.port)
    const workers = await fleet.workers(2, over(redisAt(network.port)))
    expectServed(await outageUnderLoad(workers, slowing(network, ms), OUTAGE, FETCH))
  })
})

describe.concurrent('a Redis that does not answer', () => {
  it.each(['frozen', 'half-open'])('%s: costs its deadline once, and nothing given up on comes later', async (kind) => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const network = await fleet.proxy(server.port)
    const fault: Fault = kind === 'frozen' ? freezing(server) : cutting(network)
    const direct = redisAt(server.port)
    const { reads, outcome, atRest } = await frozenStore(fleet, redisAt(network.port), direct, fault, OUTAGE)
    expect(outcome).toBe('pending')
    // The level is asked once; the seven reads after that are not slower than the first together.
    expect(reads.slice(1).reduce((sum, took) => sum + took, 0)).toBeLessThan(reads[0]!)
    for (const value of atRest) expect([undefined, 'new']).toContain(value)
  })
})

describe.concurrent('invalidations in outages', () => {
  it.each([
    ['without its data', EMPTY],
    ['without its data, again', EMPTY],
    ['with its data', DURABLE],
    ['with its data, again', DURABLE],
  ])('none of 5 is lost when Redis comes back %s', async (_, args) => {
    await using fleet = new Fleet()
    const server = await fleet.redis({ args })
    const lost = await invalidationsInOutages(fleet, server, 5, 1000)
    expect(lost).toEqual({ outages: 5, writer: 0, other: 0, store: 0, untold: 0, pending: 0 })
  })
})

function redisAt(port: number): LevelSpec {
  return { kind: 'redis', options: `redis://127.0.0.1:${port}` }
}
