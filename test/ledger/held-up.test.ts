import { describe, expect, it } from 'vitest'
import { createCache, type LevelFactory, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'
import { NodeWorld } from '../universe/node-world.ts'
import { wired } from '../universe/wire.ts'

const MAX_STALENESS = 1000
const TIMEOUT = 250

/** A process that can be stopped, whose connection is refused while `isBroken`; and another one. */
async function twoProcesses() {
  const base = new FakeWorld()
  const time = virtualTime(base)
  const world = new NodeWorld(base, 2, { mono: 0, wall: 0, rate: 1 })
  const server = new SimulatedLedgerServer(base, {})
  const wire = { isBroken: false, asked: 0 }
  const fate = () => {
    wire.asked++
    return { fails: wire.isBroken, effect: wire.isBroken ? Number.POSITIVE_INFINITY : 1, answer: 1 }
  }
  const settings = { name: 'far', timeout: TIMEOUT, maxStaleness: MAX_STALENESS }
  const make = (its: FakeWorld | NodeWorld, level: ReturnType<typeof ledgerLevel>) =>
    createCache<string>({ levels: [memory(), level], world: its })
  const held = make(
    world,
    ledgerLevel(() => wired(server.connect({ fate }), world), settings),
  )
  const other = make(
    base,
    ledgerLevel(() => server.connect({}), settings),
  )
  await time.during(other.set('k', 'old'))
  await time.during(held.get('k'))
  return { base, world, wire, held, other, ...time }
}

describe('a process that was held up for longer than its proof lasts', () => {
  it('asks a store that refuses at first again, and serves nothing before that answers', async () => {
    const { base, world, wire, held, other, pass, during } = await twoProcesses()
    world.pause()
    await during(other.set('k', 'new'))
    await pass(5000)
    wire.isBroken = true
    let reading: Promise<unknown> | undefined
    world.resume(() => {
      reading = Promise.all(Array.from({ length: 100 }, () => held.get('k')))
    }, true)
    base.after(TIMEOUT / 2, () => {
      wire.isBroken = false
    })
    wire.asked = 0
    expect(new Set((await during(reading!)) as string[])).toEqual(new Set(['new']))
    expect(wire.asked).toBeLessThan(60)
    expect(held.stats().unproven).toBe(0)
  })

  it('takes itself for cut off when the deadline is over, as a process does at once that was not held up', async () => {
    const { base, world, wire, held, pass, during } = await twoProcesses()
    world.pause()
    await pass(5000)
    wire.isBroken = true
    let reading: Promise<unknown> | undefined
    world.resume(() => {
      reading = held.get('k')
    }, true)
    const thawed = base.mono()
    expect(await during(reading!)).toBe('old')
    expect(base.mono() - thawed).toBeGreaterThanOrEqual(TIMEOUT)
    expect(base.mono() - thawed).toBeLessThan(TIMEOUT + 20)
    expect(held.stats().unproven).toBe(1)
    await pass(3000)
    const began = base.mono()
    expect(await during(held.get('k'))).toBe('old')
    expect(base.mono() - began).toBeLessThan(20)
  })

  it('asks the store as well before it says that there is a value, and how long it lives', async () => {
    const { world, held, other, pass, during } = await twoProcesses()
    world.pause()
    await during(other.delete('k'))
    await pass(5000)
    let asking: Promise<unknown> | undefined
    world.resume(() => {
      asking = Promise.all([held.has('k'), held.ttl('k')])
    }, true)
    expect(await during(asking!)).toEqual([false, undefined])
  })
})

it('adds to what others have written, where the store cannot count, before it adds to what it holds', async () => {
  const base = new FakeWorld()
  const { pass, during } = virtualTime(base)
  const world = new NodeWorld(base, 2, { mono: 0, wall: 0, rate: 1 })
  const server = new SimulatedLedgerServer(base, {})
  const uncounting =
    (level: LevelFactory): LevelFactory =>
    (context) => {
      const made = level(context)
      return Object.assign(made, { traits: { ...made.traits, amends: undefined } })
    }
  const settings = { name: 'far', timeout: TIMEOUT, maxStaleness: MAX_STALENESS }
  const far = uncounting(ledgerLevel(() => wired(server.connect({}), world), settings))
  const held = createCache<number>({ levels: [memory(), far], world })
  const other = createCache<number>({
    levels: [memory(), ledgerLevel(() => server.connect({}), settings)],
    world: base,
  })
  await during(other.set('n', 1))
  await during(held.get('n'))
  world.pause()
  await during(other.set('n', 100))
  await pass(5000)
  let adding: Promise<unknown> | undefined
  world.resume(() => {
    adding = held.increment('n')
  }, true)
  expect(await during(adding!)).toBe(101)
})

describe.each(['serve', 'fetch'] as const)('a process that is cut off, and is to %s', (whenCutOff) => {
  it('says of what it holds what a read would get', async () => {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world, {})
    const state = { isBroken: false }
    const fate = () => ({ fails: state.isBroken, effect: 1, answer: 1 })
    const settings = { name: 'far', timeout: TIMEOUT, maxStaleness: MAX_STALENESS }
    const levels = [memory(), memory(), ledgerLevel(() => server.connect({ fate }), settings)]
    const cache = createCache<string>({ levels, whenCutOff, world })
    const { during, pass } = virtualTime(world)
    await during(cache.set('k', 'v'))
    state.isBroken = true
    await pass(5000)
    const told = [await during(cache.get('k')), await during(cache.has('k')), await during(cache.ttl('k'))]
    expect(told).toEqual(whenCutOff === 'serve' ? ['v', true, Number.POSITIVE_INFINITY] : [undefined, false, undefined])
    state.isBroken = false
    await during(cache.close())
  })
})
