import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coldStampede, deadHolder, failingStampede } from './experiments/stampede.ts'
import { Fleet } from './fleet.ts'
import type { LevelSpec } from './process-orders.ts'

const fleet = new Fleet()
let redis: LevelSpec
let memcached: LevelSpec

beforeAll(async () => {
  const server = await fleet.redis()
  redis = { kind: 'redis', options: server.url }
  const nodes = await Promise.all([fleet.memcached(), fleet.memcached(), fleet.memcached()])
  memcached = { kind: 'memcached', options: { nodes: nodes.map(({ address }) => address) } }
})

afterAll(() => fleet[Symbol.asyncDispose]())

describe.each([
  ['Redis', () => redis],
  ['Memcached', () => memcached],
])('many processes want one key at once, over %s', (_, below) => {
  it('fetches a cold key once in the fleet', async () => {
    const { fetches, wrong } = await coldStampede(below(), 3, 200)
    expect({ fetches, wrong }).toEqual({ fetches: 1, wrong: 0 })
  })

  it('fails all waiters with one failing fetch a process at most', async () => {
    const { perProcess, wrong } = await failingStampede(below(), 3, 200)
    expect(perProcess.every((count) => count <= 1)).toBe(true)
    expect(wrong).toBe(0)
  })

  it('replaces a holder that was killed when its lease ends', async () => {
    const { value } = await deadHolder(below())
    expect(value).toBe('v')
  })
})
