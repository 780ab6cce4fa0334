import { expect, it } from 'vitest'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { keyScope } from '../../src/entry/scope.ts'
import type { Follower } from '../../src/level.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { idleFollower } from '../coherence/idle-follower.ts'

function followed(server: SimulatedLedgerServer, world: FakeWorld, invalidated: Follower['invalidated']): LedgerStore {
  const store = new LedgerStore(server.connect(), { timeout: 250, maxStaleness: 5000 }, world)
  store.follow(idleFollower({ invalidated }))
  return store
}

async function pass(world: FakeWorld, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    world.advance(10)
    await world.settle()
  }
}

it('a follower that throws ends neither the feed nor the process, and is told of', async () => {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const told: string[] = []
  const store = followed(server, world, (scopes) => {
    told.push(...scopes.map((scope) => (scope.kind === 'key' ? scope.key : scope.kind)))
    throw new Error('the follower failed')
  })
  const other = followed(server, world, () => undefined)
  const read = store.read(['first'])
  await pass(world, 100)
  await read
  for (const key of ['first', 'second']) {
    const raised = other.raise([keyScope(key)])
    await pass(world, 100)
    await raised
  }
  expect(told).toEqual(['first', 'second'])
  expect(world.failures.map(({ cause }) => (cause as Error).message)).toEqual([
    'the follower failed',
    'the follower failed',
  ])
  expect(store.provenUntil).toBeGreaterThan(world.mono())
  await Promise.all([store.close(), other.close()])
})
