import { expect, it, onTestFinished } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import type { Invalidation, Ledger, Listener } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { LedgerCall } from '../../src/testing/simulated-ledger.ts'
import { type LedgerSnapshot, SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { ledgerLevel } from '../fleet/ledger-level.ts'
import { virtualTime } from '../fleet/virtual-time.ts'

const KEYS = Array.from({ length: 10 }, (_, n) => `k${n}`)

/** One channel that many ledgers publish on, and on which anybody may. */
class CrowdedChannel {
  readonly #listeners: Listener[] = []

  publish(step: Invalidation): void {
    for (const listener of this.#listeners) listener.invalidated(0, step)
  }

  /** A ledger that publishes here, and hears everything that is. @param speaks whether it is the one that passes its server's notices on */
  around(ledger: Ledger, speaks: boolean): Ledger {
    const { listen } = ledger
    const own = (listener: Listener) => {
      this.#listeners.push(listener)
      const publish = (step: Invalidation) => this.publish(step)
      return listen!({ ...nothing, invalidated: (_, step) => (speaks ? publish(step) : undefined) })
    }
    return Object.assign(ledger, { listen: own })
  }
}

const nothing: Listener = { invalidated: () => undefined, settled: () => undefined, interrupted: () => undefined }

/** Caches over servers that share a channel. */
function crowd(snapshot?: LedgerSnapshot) {
  const world = new FakeWorld(1)
  const { pass, within } = virtualTime(world)
  const channel = new CrowdedChannel()
  const calls: LedgerCall[] = []
  const events: string[] = []
  const serve = (from = snapshot) => {
    const server = new SimulatedLedgerServer(world, { shards: 1 })
    if (from !== undefined) server.failOver(from)
    return server
  }
  let speaking: SimulatedLedgerServer[] = []
  const join = (server: SimulatedLedgerServer) => {
    const ledger = server.connect({
      fate: (call) => {
        calls.push(call)
        return { effect: 1, answer: 2 }
      },
    })
    const speaks = !speaking.includes(server)
    speaking = [...speaking, server]
    const cache = createCache<string>({
      levels: [memory(), ledgerLevel(channel.around(ledger, speaks))],
      ttl: '1h',
      world,
    })
    cache.on((event) => events.push(event.type))
    onTestFinished(() => within(500, cache.close()))
    return cache
  }
  return { world, channel, calls, events, serve, join, pass, within }
}

let names = 0
function nameOf(digits: number): string {
  return (++names).toString(16).padStart(digits, '5')
}

function garbage(reign: string, era: number): Invalidation {
  return { reign, era, link: nameOf(12), prev: nameOf(12), origin: nameOf(16), scopes: [{ kind: 'key', key: 'x' }] }
}

it('two ledgers on one channel take no notice of each other', async () => {
  const { calls, events, serve, join, pass, within } = crowd()
  const servers = [serve(), serve()]
  const caches = servers.map(join)
  for (const [n, cache] of caches.entries())
    for (const key of KEYS) expect(await within(20, cache.set(key, `${n}`))).toMatchObject({ ok: true })
  await pass(1000)
  calls.length = 0
  await pass(60_000)
  // Two pulses a second; nothing is told again.
  expect(calls.filter((call) => call === 'raise')).toEqual([])
  expect(calls.length).toBeLessThan(200)
  expect(events).not.toContain('lost')
  for (const [n, reader] of servers.map(join).entries())
    expect(await within(50, reader.getMany(KEYS))).toEqual(KEYS.map(() => `${n}`))
})

it('two copies of one ledger on one channel do not tell their stores again and again', async () => {
  const before = crowd()
  const original = before.serve()
  const writer = before.join(original)
  for (const key of KEYS) await before.within(20, writer.set(key, 'old'))

  const { calls, serve, join, pass, within } = crowd(original.snapshot())
  const caches = [join(serve()), join(serve())]
  for (const [n, cache] of caches.entries()) for (const key of KEYS) await within(20, cache.set(key, `${n}`))
  await pass(1000)
  calls.length = 0
  await pass(60_000)
  expect(calls.filter((call) => call === 'raise')).toEqual([])
  expect(calls.length).toBeLessThan(300)
  for (const [n, cache] of caches.entries())
    expect(await within(50, cache.getMany(KEYS))).toEqual(KEYS.map(() => `${n}`))
})

it('garbage of foreign reigns costs a question now and then, and nothing else', async () => {
  const { channel, calls, events, serve, join, pass, within } = crowd()
  const server = serve()
  const cache = join(server)
  for (const key of KEYS) await within(20, cache.set(key, 'kept'))
  await pass(1000)
  calls.length = 0
  const foreign = nameOf(16)
  for (let n = 0; n < 3000; n++) {
    channel.publish(garbage(foreign, n + 1))
    channel.publish(garbage(nameOf(16), 2 ** 40 + n))
    await pass(10)
  }
  // Thirty seconds: a pulse and another question a second, eight at once in the beginning.
  expect(new Set(calls)).toEqual(new Set(['sync']))
  expect(calls.length).toBeLessThan(80)
  expect(events).not.toContain('lost')
  expect(await within(50, join(server).getMany(KEYS))).toEqual(KEYS.map(() => 'kept'))
})

it('garbage of the very reign makes nobody tell the store again what it knows', async () => {
  const { channel, calls, serve, join, pass, within } = crowd()
  const server = serve()
  const cache = join(server)
  for (const key of KEYS) await within(20, cache.set(key, 'kept'))
  const { reign, era } = server.core(0).sync(server.time, undefined)
  calls.length = 0
  channel.publish(garbage(reign, 1))
  channel.publish(garbage(reign, era))
  channel.publish(garbage(reign, era + 1000))
  await pass(3000)
  expect(calls).not.toContain('raise')
  expect(calls.length).toBeLessThan(20)
  expect(await within(50, cache.getMany(KEYS))).toEqual(KEYS.map(() => 'kept'))
  expect(await within(50, cache.set('k0', 'new'))).toMatchObject({ ok: true })
  expect(await within(50, cache.get('k0'))).toBe('new')
  expect(cache.stats().levels[1]).toMatchObject({ pending: 0, proven: true })
})

it('a store that begins a new reign is found out by the first notice of it, garbage or not', async () => {
  const { channel, events, serve, join, pass, within } = crowd()
  const server = serve()
  const [cache, other] = [join(server), join(server)]
  await within(20, cache.set('k', 'old'))
  await within(20, other.get('k'))
  const foreign = nameOf(16)
  for (let n = 0; n < 5; n++) channel.publish(garbage(foreign, n + 1))
  await pass(200)
  server.flush()
  events.length = 0
  await within(20, other.delete('other'))
  await pass(30)
  expect(events.filter((type) => type === 'lost').length).toBe(2)
  expect(await within(50, cache.get('k'))).toBeUndefined()
})
