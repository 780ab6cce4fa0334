import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { NUMBER, openFrame, packFrame } from '../../src/entry/frame.ts'
import type { Invalidation } from '../../src/stores/ledger.ts'
import { adoptClient, adoptSubscriber } from '../../src/stores/redis/adopt.ts'
import type { OpenLine } from '../../src/stores/redis/connection.ts'
import { RedisLedger } from '../../src/stores/redis/redis-ledger.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { type Given, LIBRARIES, PIPELINING_LIBRARIES } from './clients.ts'
import { framed, terms } from './frames.ts'

let server: RedisServer
let cluster: RedisCluster

beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startCluster()])
})

afterAll(() => Promise.all([server.close(), cluster.close()]))

let prefixes = 0

function ledgerOver(given: Given, shards: number): RedisLedger {
  const settings = { prefix: `test${prefixes++}:`, shards, leaseTime: 60_000 }
  const ledger = new RedisLedger(adoptClient(given.client, 'client'), settings, systemWorld)
  onTestFinished(async () => {
    await ledger.close()
    await given.close()
  })
  return ledger
}

/** A listener that keeps what it hears. */
function ear() {
  const heard = { steps: [] as (readonly [number, Invalidation])[], settled: [] as string[], interruptions: 0 }
  return {
    heard,
    invalidated: (shard: number, step: Invalidation) => void heard.steps.push([shard, step]),
    settled: (_: number, keys: readonly string[]) => void heard.settled.push(...keys),
    interrupted: () => void heard.interruptions++,
  }
}

async function textOf(ledger: RedisLedger, keys: readonly string[]): Promise<(string | undefined)[]> {
  const frames = await ledger.get(keys)
  return frames.map((frame) => frame && Buffer.from(openFrame(frame)?.payload ?? []).toString('latin1'))
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('latin1')

describe.each([...LIBRARIES, ...PIPELINING_LIBRARIES])('$name', ({ single, cluster: clustered }) => {
  const kinds = [
    { kind: 'single server', shards: 1, open: () => single(server.port) },
    { kind: 'cluster', shards: 16, open: () => clustered(cluster.ports.slice(0, 3)) },
  ]

  describe.each(kinds)('$kind', ({ shards, open }) => {
    test('keeps what it was given, byte by byte, and tells all who listen', async () => {
      const ledger = ledgerOver(await open(), shards)
      const { heard, ...listener } = ear()
      await ledger.listen!(listener)
      const keys = Array.from({ length: 40 }, (_, n) => `key ${n} ü`)
      for (const key of keys) {
        const shard = ledger.shardOf(key)
        const { reign } = await ledger.sync(shard, undefined)
        const bytes = framed(key, '', { tags: ['all'] })
        const step = terms(reign)
        const kept = await ledger.replace(shard, [framed(key, EVERY_BYTE + key, { tags: bytes.tags })], step)
        expect(kept).toMatchObject({ keepings: ['kept'], link: step.link, reign })
      }
      expect(await textOf(ledger, [...keys, 'none'])).toEqual([
        ...keys.map((key) => Buffer.from(EVERY_BYTE + key).toString('latin1')),
        undefined,
      ])
      await expect.poll(() => heard.steps.length).toBe(keys.length)
      // In order within a shard; among shards, each server of a cluster tells when it tells.
      for (let shard = 0; shard < shards; shard++) {
        const told = heard.steps.filter(([from]) => from === shard).flatMap(([, { scopes }]) => scopes)
        const own = keys.filter((key) => ledger.shardOf(key) === shard)
        expect(told).toEqual(own.map((key) => ({ kind: 'key', key })))
      }

      const listed = new Set<string>()
      for await (const key of ledger.keys('key 1')) if (key !== undefined) listed.add(key)
      expect([...listed].sort()).toEqual(keys.filter((key) => key.startsWith('key 1')).sort())

      const halves = Array.from({ length: ledger.shards }, (_, shard) => shard)
      await Promise.all(halves.map((shard) => ledger.raise(shard, [{ kind: 'tag', tag: 'all' }], terms())))
      await Promise.all(halves.map((shard) => ledger.sweep(shard, '')))
      expect(await textOf(ledger, keys)).toEqual(keys.map(() => undefined))
    })

    test('leases are one holder’s, and whoever waits is told when they end', async () => {
      const ledger = ledgerOver(await open(), shards)
      const { heard, ...listener } = ear()
      await ledger.listen!(listener)
      const shard = ledger.shardOf('cold')
      const first = await ledger.lease(shard, ['cold'], '1111111111111111')
      const second = await ledger.lease(shard, ['cold'], '2222222222222222')
      expect(first.leases).toEqual(['granted'])
      expect(second.leases).toEqual([expect.any(Number)])
      await ledger.release(shard, ['cold'], '2222222222222222')
      await ledger.release(shard, ['cold'], '1111111111111111')
      await expect.poll(() => heard.settled).toEqual(['cold'])
    })

    test('a count that a client sends twice is counted once', async () => {
      const ledger = ledgerOver(await open(), shards)
      const shard = ledger.shardOf('n')
      const payload = Buffer.alloc(8)
      payload.writeDoubleLE(1)
      const frame = packFrame({ found: true, codec: NUMBER, payload, tags: [], version: undefined })
      const one = { ...framed('n', ''), frame }
      const step = terms()
      const first = await ledger.increment(shard, one, 1, undefined, step)
      await ledger.raise(shard, [{ kind: 'tag', tag: 'other' }], terms())
      const again = await ledger.increment(shard, one, 1, undefined, step)
      expect(again).toEqual({ ...first, time: again.time })
      const { frame: next } = await ledger.increment(shard, one, 1, undefined, terms())
      expect(Buffer.from(openFrame(next!)!.payload).readDoubleLE()).toBe(2)
    })

    test('tells of its servers', async () => {
      const ledger = ledgerOver(await open(), shards)
      const info = await ledger.info((answer) => answer)
      expect(info.server).toMatch(/^redis \d+\.\d+/)
      expect(info.memory).toBeGreaterThan(0)
      expect(info.clients).toBeGreaterThan(0)
      const addresses = Object.keys(info.nodes).map((address) => Number(address.split(':')[1]))
      expect(addresses.sort()).toEqual(shards === 1 ? [] : cluster.masters.map(({ port }) => port).sort())
      if (shards === 1) return expect(info.cluster).toBe(undefined)
      const { state, slots, nodes } = info.cluster!
      expect({ state, slots }).toEqual({ state: 'ok', slots: 16_384 })
      expect(nodes.map(({ address }) => Number(address.split(':')[1])).sort()).toEqual([...cluster.ports].sort())
      expect(nodes.every(({ isUp }) => isUp)).toBe(true)
      const masters = nodes.filter(({ role }) => role === 'master')
      expect(masters.reduce((sum, master) => sum + master.slots, 0)).toBe(16_384)
      for (const { role, master } of nodes) {
        expect(masters.some(({ address }) => address === master)).toBe(role === 'replica')
      }
    })

    test('somebody else’s value under our name is not there, and gives way', async () => {
      const ledger = ledgerOver(await open(), shards)
      const given = await open()
      onTestFinished(given.close)
      const shard = ledger.shardOf('k')
      const foreign = `test${prefixes - 1}:{${shard}/${shards}}:k`
      const connection = adoptClient(given.client, 'client')
      await connection.send(foreign, ['RPUSH', foreign, 'a list'])
      expect(await ledger.get(['k'])).toEqual([undefined])
      expect(await ledger.get(['k', 'l'])).toEqual([undefined, undefined])
      const { reign } = await ledger.sync(shard, undefined)
      const fill = framed('k', 'filled', { born: 0, link: '000000000000' })
      expect((await ledger.fill(shard, [fill], terms(reign))).keepings).toEqual(['kept'])
      expect(await textOf(ledger, ['k'])).toEqual(['filled'])
    })
  })

  test('a lost feed is opened again, and that is told', async () => {
    const given = await single(server.port)
    const ledger = ledgerOver(given, 1)
    const { heard, ...listener } = ear()
    await ledger.listen!(listener)
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await expect.poll(() => heard.interruptions).toBe(1)
    await ledger.raise(0, [{ kind: 'all' }], terms())
    await expect.poll(() => heard.steps.length).toBe(1)
  })

  test('a subscriber of one’s own is used, and told apart from what it hears besides', async () => {
    const [given, own] = await Promise.all([single(server.port), single(server.port)])
    onTestFinished(own.close)
    const heard: string[] = []
    const open = adoptSubscriber(own.client, 'subscriber')
    const line = await open('news', { message: (text) => void heard.push(text), lost: () => {} })
    onTestFinished(() => line.close())
    onTestFinished(given.close)
    await adoptClient(given.client, 'client').send('', ['PUBLISH', 'news', 'hello'])
    await expect.poll(() => heard).toEqual(['hello'])
    await line.ping()
  })

  describe('a subscriber that several share', () => {
    /** Lines over one client, and what each has heard. */
    function lines(client: object) {
      const open = adoptSubscriber(client, 'subscriber')
      return (givenUp?: AbortSignal) => {
        const heard: string[] = []
        const opening = open('shared', { message: (text) => void heard.push(text), lost: () => {} }, givenUp)
        return { heard, opening }
      }
    }

    async function shared() {
      const server = await startRedis()
      onTestFinished(() => server.close())
      const own = await single(server.port)
      onTestFinished(own.close)
      const subscribers = () => server.command('EVAL', "return redis.call('PUBSUB', 'NUMSUB', 'shared')[2]", 0)
      return {
        server,
        open: lines(own.client),
        publish: (text: string) => server.command('PUBLISH', 'shared', text),
        subscribers,
      }
    }

    test('is heard by those who stay, and let go of with the last', async () => {
      const { open, publish, subscribers } = await shared()
      const [first, second] = [open(), open()]
      const [one, other] = await Promise.all([first.opening, second.opening])
      await publish('to both')
      await expect.poll(() => [first.heard, second.heard]).toEqual([['to both'], ['to both']])
      one.close()
      // Behind whatever else that has sent.
      await other.ping()
      await publish('to one')
      await expect.poll(() => second.heard).toEqual(['to both', 'to one'])
      const third = open()
      const last = await third.opening
      other.close()
      await last.ping()
      await publish('to another')
      await expect.poll(() => third.heard).toEqual(['to another'])
      last.close()
      await expect.poll(subscribers).toBe('0')
      const again = open()
      const line = await again.opening
      await publish('once more')
      await expect.poll(() => again.heard).toEqual(['once more'])
      line.close()
      await expect.poll(subscribers).toBe('0')
      expect([first.heard, second.heard, third.heard]).toEqual([['to both'], ['to both', 'to one'], ['to another']])
    })

    test('is heard by who comes while another leaves', async () => {
      const { open, publish } = await shared()
      const first = open()
      const second = open()
      ;(await first.opening).close()
      const third = open()
      const [line] = await Promise.all([second.opening, third.opening])
      await line.ping()
      await publish('hello')
      await expect.poll(() => [second.heard, third.heard]).toEqual([['hello'], ['hello']])
      expect(first.heard).toEqual([])
    })

    test('is heard by who waits for a server that another has given up on', async () => {
      const { server, open, publish, subscribers } = await shared()
      server.stop()
      const giveUp = new AbortController()
      const impatient = open(giveUp.signal)
      const patient = open()
      giveUp.abort(new Error('given up'))
      await expect(impatient.opening).rejects.toThrow()
      server.cont()
      const line = await patient.opening
      await line.ping()
      await publish('hello')
      await expect.poll(() => patient.heard).toEqual(['hello'])
      line.close()
      await expect.poll(subscribers).toBe('0')
    })
  })

  describe('a server that says nothing for a while', () => {
    async function frozen() {
      const server = await startRedis()
      onTestFinished(() => server.close())
      const own = await single(server.port)
      onTestFinished(own.close)
      server.stop()
      return { server, own }
    }

    /** An attempt that is given up before it has come to anything. */
    async function givenUp(open: OpenLine): Promise<void> {
      const giveUp = new AbortController()
      const opening = open('news', { message: () => {}, lost: () => {} }, giveUp.signal)
      const outcome = opening.then(
        () => 'open',
        () => 'given up',
      )
      setTimeout(() => giveUp.abort(), 100)
      expect(await outcome).toBe('given up')
    }

    test('is left no connection that nobody waits for', async () => {
      const { server, own } = await frozen()
      await givenUp(adoptClient(own.client, 'client').listen!)
      server.cont()
      // That of the client, and that of who asks.
      const connections = async () => (await server.command('INFO', 'clients')).match(/connected_clients:(\d+)/)?.[1]
      await expect.poll(connections).toBe('2')
    })

    test('is heard afterwards over a subscriber of one’s own', async () => {
      const { server, own } = await frozen()
      const open = adoptSubscriber(own.client, 'subscriber')
      await givenUp(open)
      const heard: string[] = []
      const opening = open('news', { message: (text) => void heard.push(text), lost: () => {} })
      server.cont()
      const line = await opening
      onTestFinished(() => line.close())
      await line.ping()
      await server.command('PUBLISH', 'news', 'hello')
      await expect.poll(() => heard).toEqual(['hello'])
    })
  })
})
