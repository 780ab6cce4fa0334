import { expect, it } from 'vitest'
import { LedgerStore } from '../../src/coherence/ledger-store.ts'
import { keyScope } from '../../src/entry/scope.ts'
import type { Ledger } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { virtualTime } from '../fleet/virtual-time.ts'
import { idleFollower } from './idle-follower.ts'

it('a count that was made while a fail-over was found out is a write of the new history, and what others must not be behind', async () => {
  const world = new FakeWorld()
  const { during } = virtualTime(world)
  const server = new SimulatedLedgerServer(world, { shards: 1 })
  const open = (ledger: Ledger) => {
    const store = new LedgerStore(ledger, { timeout: 250, maxStaleness: 60_000 }, world)
    store.follow(idleFollower({}))
    return store
  }
  let sync: CallFate = {}
  let isDeaf = false
  const fate = (call: string): CallFate => (call === 'sync' ? sync : {})
  const counter = open(server.connect({ fate, arrivals: () => (isDeaf ? [] : [0]) }))
  const reader = open(server.connect({ arrivals: () => (isDeaf ? [] : [0]) }))
  const other = open(server.connect())
  await during(Promise.all([counter.read(['n']), reader.read(['n']), other.read(['n'])]))
  await during(other.raise([keyScope('a')]))
  const replica = server.snapshot()
  await during(other.raise([keyScope('b')]))
  await world.settle()
  const anything = { shards: 1, marks: new Map(), isOpen: true }
  await during(counter.positions.reach(anything, 'n'))
  await during(other.close())
  sync = { effect: 0, answer: 40 }
  isDeaf = true
  server.failOver(replica)
  let steps = 0
  const othersMake = (some: number) => {
    for (let n = 0; n < some; n++) {
      const link = String(++steps).padStart(12, '0')
      const terms = { notAfter: Number.POSITIVE_INFINITY, origin: 'e'.repeat(16), reign: '', link }
      server.core(0).raise(server.time, [keyScope(link)], terms)
    }
  }
  othersMake(3)
  // The reader follows the new history up to here, and so does what the counter is answered.
  await during(reader.positions.reach(anything, 'n'))
  const asked = counter.positions.reach(anything, 'n')
  await world.settle()
  othersMake(2)
  await during(counter.increment('n', 1, undefined, Number.POSITIVE_INFINITY))
  sync = {}
  await during(asked)
  const position = counter.positions.position(undefined)
  expect(reader.positions.isReached(position, 'n')).toBe(false)
  await during(Promise.all([counter.close(), reader.close()]))
})
