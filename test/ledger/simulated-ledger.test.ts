import { describe, expect, it } from 'vitest'
import { openFrame } from '../../src/entry/frame.ts'
import { keyScope } from '../../src/entry/scope.ts'
import type { Listener, Terms } from '../../src/stores/ledger.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import type { CallFate, SimulatedLedger } from '../../src/testing/simulated-ledger.ts'
import { SimulatedLedgerServer } from '../../src/testing/simulated-ledger-server.ts'
import { FOREVER, framed } from './steps.ts'

/** A server of one shard, and a process whose next calls meet the fates given, one after the other. */
function stage(...fates: CallFate[]) {
  const world = new FakeWorld()
  const server = new SimulatedLedgerServer(world, { shards: 1, ahead: 5000 })
  return { world, server, ledger: server.connect({ fate: () => fates.shift() ?? {} }) }
}

function terms(server: SimulatedLedgerServer, over: Partial<Terms> = {}): Terms {
  return { notAfter: server.time + 1000, origin: '1'.repeat(16), link: 'a'.repeat(12), reign: '0'.repeat(16), ...over }
}

function set(server: SimulatedLedgerServer, ledger: SimulatedLedger, value: string, over: Partial<Terms> = {}) {
  const draft = { key: 'key', value, ttl: FOREVER, tags: [], version: undefined }
  return ledger.replace(0, [framed(draft, FOREVER, '')], terms(server, over))
}

function value(server: SimulatedLedgerServer): string | undefined {
  const frame = server.frame('key')
  return frame && Buffer.from(openFrame(frame)!.payload).toString()
}

/** What became of a promise so far. */
function outcome(promise: Promise<unknown>): { now: 'pending' | 'resolved' | 'rejected' } {
  const state: { now: 'pending' | 'resolved' | 'rejected' } = { now: 'pending' }
  promise.then(
    () => {
      state.now = 'resolved'
    },
    () => {
      state.now = 'rejected'
    },
  )
  return state
}

async function pass(world: FakeWorld, ms: number): Promise<void> {
  world.advance(ms)
  await world.settle()
}

/** Hears what a process is told, as words. */
class Ear implements Listener {
  readonly heard: string[] = []

  invalidated(_: number, { era }: { era: number }): void {
    this.heard.push(`era ${era}`)
  }

  settled(_: number, keys: readonly string[]): void {
    this.heard.push(`settled ${keys}`)
  }

  interrupted(): void {
    this.heard.push('interrupted')
  }
}

describe('a call of a simulated ledger', () => {
  it('takes effect and is answered at once, unless it is told otherwise', async () => {
    const { server, ledger } = stage()
    expect(await set(server, ledger, 'a')).toMatchObject({ era: 1, time: 5000, keepings: ['kept'] })
    expect((await ledger.get(['key', 'none'])).map((frame) => frame !== undefined)).toEqual([true, false])
  })

  it('takes effect and is answered when its fate says', async () => {
    const { world, server, ledger } = stage({ effect: 10, answer: 15 })
    const answer = outcome(set(server, ledger, 'a'))
    await pass(world, 9)
    expect([value(server), answer.now]).toEqual([undefined, 'pending'])
    await pass(world, 1)
    expect([value(server), answer.now]).toEqual(['a', 'pending'])
    await pass(world, 5)
    expect(answer.now).toBe('resolved')
  })

  it('may fail without effect, after its effect, or before it', async () => {
    const { world, server, ledger } = stage(
      { effect: FOREVER, answer: 1, fails: true },
      { effect: 1, answer: 2, fails: true },
      { effect: 20, answer: 5, fails: true },
    )
    for (const [given, then, later] of [
      ['a', undefined, undefined],
      ['b', 'b', 'b'],
      ['c', 'b', 'c'],
    ]) {
      const answer = outcome(set(server, ledger, given!))
      await pass(world, 10)
      expect([answer.now, value(server)]).toEqual(['rejected', then])
      await pass(world, 10)
      expect(value(server)).toBe(later)
    }
  })

  it('may never be answered, and has no effect after its end', async () => {
    const { world, server, ledger } = stage({ answer: FOREVER }, { effect: 100, answer: 101 })
    const never = outcome(set(server, ledger, 'a'))
    const late = outcome(set(server, ledger, 'b', { notAfter: server.time + 99 }))
    await pass(world, 10_000)
    expect([never.now, late.now, value(server)]).toEqual(['pending', 'rejected', 'a'])
  })

  it('waits, in order, while the server is frozen, whose clock goes on', async () => {
    const { world, server, ledger } = stage({ effect: 1 }, { effect: 2 }, { effect: 3 })
    server.freeze(50)
    const first = set(server, ledger, 'a')
    const second = set(server, ledger, 'b', { link: 'b'.repeat(12) })
    const late = outcome(set(server, ledger, 'c', { notAfter: server.time + 49 }))
    await pass(world, 49)
    expect(value(server)).toBe(undefined)
    await pass(world, 1)
    expect([(await first).era, (await second).era, late.now, value(server)]).toEqual([1, 2, 'rejected', 'b'])
    expect((await second).time).toBe(5050)
  })

  it('is not changed by what the sender does with its bytes', async () => {
    const { world, server, ledger } = stage({ effect: 5 })
    const draft = { key: 'key', value: 'sent', ttl: FOREVER, tags: [], version: undefined }
    const sent = framed(draft, FOREVER, '')
    const before = Buffer.from(sent.frame)
    const kept = ledger.replace(0, [sent], terms(server))
    expect(before.equals(sent.frame)).toBe(true)
    sent.frame.fill(0)
    await pass(world, 5)
    await kept
    expect(value(server)).toBe('sent')
  })
})

describe('the feed of a simulated ledger', () => {
  it('loses, doubles, delays and reorders notices as it is told', async () => {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world, { shards: 1 })
    const arrivals = [[], [5, 20], [10], [0]]
    const ledger = server.connect({ arrivals: () => arrivals.shift() ?? [0] })
    const ear = new Ear()
    await ledger.listen!(ear)
    for (let n = 0; n < 4; n++) await ledger.raise(0, [keyScope('key')], terms(server))
    await pass(world, 0)
    expect(ear.heard).toEqual(['era 4'])
    await pass(world, 100)
    expect(ear.heard).toEqual(['era 4', 'era 2', 'era 3', 'era 2'])
  })

  it('tells of leases that ended, and says when it was interrupted', async () => {
    const world = new FakeWorld()
    const server = new SimulatedLedgerServer(world, { shards: 1 })
    const ledger = server.connect()
    const ear = new Ear()
    await ledger.listen!(ear)
    await ledger.lease(0, ['key'], '1'.repeat(16))
    expect((await ledger.lease(0, ['key'], '2'.repeat(16))).leases).toEqual([5000])
    ledger.interrupt(10)
    await ledger.raise(0, [keyScope('missed')], terms(server))
    await pass(world, 10)
    await ledger.release(0, ['key'], '1'.repeat(16))
    await pass(world, 0)
    expect(ear.heard).toEqual(['interrupted', 'settled key'])
    await ledger.close()
    await server.connect().raise(0, [keyScope('unheard')], terms(server))
    await pass(world, 0)
    expect(ear.heard).toHaveLength(2)
  })

  it('is not there where there is none', () => {
    expect(new SimulatedLedgerServer(new FakeWorld()).connect({ feed: false }).listen).toBe(undefined)
  })
})

describe('a simulated server', () => {
  it('forgets what has ended, by its own clock', async () => {
    const { world, server, ledger } = stage()
    const draft = { key: 'key', value: 'a', ttl: 100, tags: [], version: undefined }
    await ledger.replace(0, [framed(draft, FOREVER, '')], terms(server))
    await pass(world, 99)
    expect(server.keys()).toEqual(['key'])
    server.jumpClock(1)
    expect([server.keys(), await ledger.get(['key'])]).toEqual([[], [undefined]])
  })

  it('loses everything, or its state, or one key', async () => {
    const { server, ledger } = stage()
    await set(server, ledger, 'a')
    const { reign } = await ledger.sync(0, undefined)
    server.evict('key')
    expect(value(server)).toBe(undefined)
    await set(server, ledger, 'b')
    server.loseState()
    expect(value(server)).toBe('b')
    const after = await ledger.sync(0, undefined)
    expect([after.reign === reign, after.era]).toEqual([false, 0])
    server.flush()
    expect(value(server)).toBe(undefined)
  })

  it('fails over to a replica that lacks the tail, and counts its eras anew', async () => {
    const { server, ledger } = stage()
    const first = await set(server, ledger, 'a')
    const replica = server.snapshot()
    const lost = await set(server, ledger, 'b', { link: 'b'.repeat(12) })
    server.failOver(replica)
    expect(value(server)).toBe('a')
    const again = await set(server, ledger, 'c', { link: 'c'.repeat(12) })
    expect(again).toMatchObject({ reign: first.reign, era: lost.era, prev: first.link })
    expect((await ledger.sync(0, lost)).kind).toBe('whole')
    expect((await ledger.sync(0, first)).kind).toBe('since')
    server.failOver(replica)
    expect(value(server)).toBe('a')
    const news = await ledger.sync(0, lost)
    expect([news.kind, news.reign === first.reign]).toEqual(['whole', false])
  })
})
