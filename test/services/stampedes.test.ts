import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coldStampede, deadHolder, failingStampede } from './experiments/stampede.ts'
import { Fleet, over } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'
import type { Worker } from './worker.ts'

/** Long: a machine with much else to do must not make a level fail that is well. */
const timeout = 3000

async function overRedis(fleet: Fleet): Promise<LevelSpec> {
  const { url } = await fleet.redis()
  return { kind: 'redis', options: { url, timeout } }
}

async function overMemcached(fleet: Fleet): Promise<LevelSpec> {
  const servers = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
  return { kind: 'memcached', options: { nodes: servers.map(({ address }) => address), timeout } }
}

describe.each([
  ['Redis', overRedis],
  ['three Memcached nodes', overMemcached],
])('three processes want one key at once, over %s', (_, start) => {
  const fleet = new Fleet()
  let workers: Worker[]

  beforeAll(async () => {
    workers = await fleet.workers(3, over(await start(fleet)))
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  it('fetch a cold key once in the fleet', async () => {
    for (const key of ['cold:1', 'cold:2', 'cold:3']) {
      const { fetches, wrong } = await coldStampede(workers, key, 200)
      expect({ fetches, wrong }).toEqual({ fetches: 1, wrong: 0 })
    }
  })

  it('fail all waiters with one failing fetch a process at most', async () => {
    const { perProcess, wrong } = await failingStampede(workers, 'failing', 200)
    expect(perProcess.every((count) => count <= 1)).toBe(true)
    expect(wrong).toBe(0)
  })

  it('replace a holder that was killed when its lease ends', async () => {
    const { value } = await deadHolder(workers[0]!, workers[1]!, 'orphan')
    expect(value).toBe('v')
  })
})
