import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { TerraceError } from '../../src/errors.ts'
import { readAddress } from '../../src/stores/memcached/address.ts'
import { MemcachedClient } from '../../src/stores/memcached/client.ts'
import type { ConnectionSettings } from '../../src/stores/memcached/connection.ts'
import type { MemcachedNode } from '../../src/stores/memcached/memcached-node.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { startRaw } from './raw-server.ts'

const SETTINGS: ConnectionSettings = {
  timeout: 1000,
  connectTimeout: 5000,
  maxInFlight: 16_384,
  maxQueuedBytes: 2 ** 26,
  maxValueBytes: 2 ** 26,
}

const closers: (() => unknown)[] = []

function clientOf(addresses: readonly string[], settings: Partial<ConnectionSettings> = {}): MemcachedClient {
  const client = new MemcachedClient(systemWorld, {
    ...SETTINGS,
    ...settings,
    addresses: addresses.map((text) => readAddress(text, 'test')),
    tls: undefined,
  })
  closers.push(() => client.close())
  return client
}

async function rawServer(answer: Parameters<typeof startRaw>[0]) {
  const server = await startRaw(answer)
  closers.push(() => server.close())
  return server
}

/** Waits for a condition, not for a time. */
async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await pause(5)
}

const answers = (node: MemcachedNode) => () =>
  node.ask('mn\r\n').then(
    () => true,
    () => false,
  )

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('the client, over real servers', () => {
  let servers: MemcachedServer[]

  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  })
  afterAll(async () => {
    for (const server of servers) {
      server.cont()
      await server.kill()
    }
  })

  it('keeps values of all bytes and sizes', async () => {
    const [node] = clientOf([servers[0]!.address]).nodes
    for (const size of [0, 1, 2, 255, 8192, 40_000, 65_536, 70_000, 1_000_000]) {
      const value = Buffer.from(Array.from({ length: size }, (_, n) => (n * 31 + (n >> 8)) & 255))
      const set = node!.ask(`ms big ${size} c\r\n`, value)
      const got = node!.ask('mg big v c\r\n')
      expect((await set).code).toBe('HD')
      expect((await got).cas).toBe((await set).cas)
      expect(Buffer.compare(Buffer.from((await got).value!), value)).toBe(0)
    }
  })

  it('has 10,000 calls of several sizes in flight, each with its own answer', async () => {
    const [node] = clientOf([servers[0]!.address], { timeout: 10_000 }).nodes
    const size = (n: number) => (n % 100 === 0 ? 50_000 : n % 300)
    const sets = Array.from({ length: 1000 }, (_, n) =>
      node!.ask(`ms many${n} ${size(n)}\r\n`, Buffer.alloc(size(n), `${n},`)),
    )
    const gets = Array.from({ length: 10_000 }, (_, n) => node!.ask(`mg many${n % 1001} v\r\n`))
    for (const set of await Promise.all(sets)) expect(set.code).toBe('HD')
    for (const [n, got] of (await Promise.all(gets)).entries()) {
      if (n % 1001 === 1000) expect(got.code).toBe('EN')
      else expect(Buffer.compare(got.value!, Buffer.alloc(size(n % 1001), `${n % 1001},`))).toBe(0)
    }
  })

  it('refuses what is too large, and goes on', async () => {
    const [node] = clientOf([servers[0]!.address]).nodes
    const large = await node!.ask('ms large 2000000\r\n', Buffer.alloc(2_000_000))
    expect([large.code, large.text]).toEqual(['SERVER_ERROR', 'object too large for cache'])
    expect((await node!.ask('mn\r\n')).code).toBe('MN')
  })

  it('gives up on a frozen node within its deadline, then fails at once; the others are undisturbed; after the thaw late replies are dropped', async () => {
    const client = clientOf(servers.map(({ address }) => address))
    const [frozen, ...others] = client.nodes
    await Promise.all(client.nodes.map((node) => node.ask('ms which 1\r\n', Buffer.from('a'))))
    const { generation } = frozen!
    await servers[0]!.stop()
    const late = Array.from({ length: 100 }, () => frozen!.ask('mg which v\r\n'))
    const during = await Promise.all(others.map((node) => node.ask('mg which v\r\n')))
    expect(during.map(({ value }) => String(value))).toEqual(['a', 'a'])
    for (const one of await Promise.allSettled(late)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ERR_LEVEL_TIMEOUT' } })
    }
    // A call that was not sent cannot have waited.
    await expect(frozen!.ask('mn\r\n')).rejects.toThrow('does not answer')
    expect(frozen!.isUp).toBe(false)
    for (const node of others) expect((await node.ask('mn\r\n')).code).toBe('MN')
    servers[0]!.cont()
    await until(() => frozen!.isUp)
    expect(frozen!.generation).toBe(generation)
    expect((await frozen!.ask('mn\r\n')).code).toBe('MN')
  })

  it('ends the connection to a node that stays frozen, and finds it again', async () => {
    const [node] = clientOf([servers[0]!.address], { timeout: 100, connectTimeout: 200 }).nodes
    await node!.ask('mn\r\n')
    const { generation } = node!
    await servers[0]!.stop()
    await expect(node!.ask('mn\r\n')).rejects.toBeInstanceOf(TerraceError)
    // Connecting to it succeeds, for the kernel does that: only an answer counts.
    await until(() => node!.generation > generation + 1)
    await expect(node!.ask('mn\r\n')).rejects.toThrow()
    expect(node!.isUp).toBe(false)
    servers[0]!.cont()
    await until(answers(node!))
  })

  it('fails at once while a node is dead, and finds it again when it is back', async () => {
    const client = clientOf(
      servers.map(({ address }) => address),
      { timeout: 60_000 },
    )
    await Promise.all(client.nodes.map((node) => node.ask('mn\r\n')))
    const dead = client.nodes[1]!
    const { generation } = dead
    await servers[1]!.stop()
    const inFlight = Promise.allSettled([dead.ask('mg x v\r\n')])
    await servers[1]!.kill()
    expect((await inFlight)[0]!.status).toBe('rejected')
    expect(dead.generation).toBeGreaterThan(generation)
    await until(() => dead.generation > generation + 1)
    // With a deadline of a minute, this test would not end if the calls waited for it.
    for (let n = 0; n < 1000; n++) await expect(dead.ask('mg x v\r\n')).rejects.toThrow('memcached 127.0.0.1')
    expect((await client.nodes[0]!.ask('mn\r\n')).code).toBe('MN')
    await servers[1]!.restart()
    await until(answers(dead))
  })

  it('does not keep a process alive that waits for nothing, and does while a call waits', async () => {
    const code = `
      import { memcachedStore } from './src/stores/memcached/memcached-store.ts'
      import { readStoreOptions } from './src/stores/memcached/options.ts'
      import { systemWorld } from './src/world/system-world.ts'
      const store = memcachedStore(readStoreOptions({ nodes: '${servers[0]!.address}' }), { world: systemWorld })
      const { eras } = await store.read(['a'])
      console.log('read', eras.length)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    child.stdout.on('data', (chunk) => {
      told += chunk
    })
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
    expect(told).toBe('read 1\n')
  })
})

describe('the client, over servers that misbehave', () => {
  it('keeps its place when a reply is late: the next call gets its own', async () => {
    const held: (() => void)[] = []
    const server = await rawServer((line, socket) => {
      if (line === 'mn') socket.write('MN\r\n')
      else held.push(() => socket.write(`HD c${line.split(' ')[1]}\r\n`))
    })
    const [node] = clientOf([server.address], { timeout: 30 }).nodes
    await node!.ask('mn\r\n')
    await expect(node!.ask('mg 1 c\r\n')).rejects.toMatchObject({ code: 'ERR_LEVEL_TIMEOUT' })
    // The reply of the first comes before that of the second, and must not be taken for it.
    await until(() => held.length === 1)
    held.shift()!()
    await until(() => node!.isUp)
    const told: unknown[] = []
    node!.send(
      'mg 9 c\r\n',
      undefined,
      (reply) => told.push(reply.cas),
      () => told.push('late'),
    )
    await until(() => told.length > 0)
    held.shift()!()
    await until(() => node!.isUp)
    expect(told).toEqual(['late'])
    const second = node!.ask('mg 2 c\r\n')
    await until(() => held.length === 1)
    held.shift()!()
    expect((await second).cas).toBe(2)
  })

  it('does not blame a server for the time this process was busy', async () => {
    const server = await rawServer((_, socket) => socket.write('MN\r\n'))
    const [node] = clientOf([server.address], { timeout: 50 }).nodes
    await node!.ask('mn\r\n')
    const call = node!.ask('mn\r\n')
    await new Promise((resolve) => process.nextTick(resolve))
    const busyUntil = performance.now() + 200
    while (performance.now() < busyUntil);
    // The server is of this process as well, and answers only now.
    await Promise.allSettled([call])
    await until(answers(node!))
    expect(server.accepted).toBe(1)
  })

  it.each([
    ['rubbish', 'no such thing\r\n'],
    ['an endless line', 'x'.repeat(10_000)],
    ['an endless value', 'VA 99999999999\r\n'],
    ['more replies than were asked for', 'MN\r\nMN\r\nMN\r\n'],
    ['an error of the client', 'CLIENT_ERROR bad command line format\r\n'],
  ])('ends a connection that brings %s, and connects anew', async (_, bytes) => {
    let isHostile = true
    const server = await rawServer((line, socket) => socket.write(line === 'mn' || !isHostile ? 'MN\r\n' : bytes))
    const [node] = clientOf([server.address]).nodes
    await node!.ask('mn\r\n')
    const calls = [node!.ask('mg a v\r\n'), node!.ask('mg b v\r\n')]
    await Promise.allSettled(calls)
    await until(() => server.accepted > 1)
    isHostile = false
    await until(answers(node!))
  })

  it.each([
    ['says nothing', () => {}],
    [
      'says something else',
      (_: string, socket: { write(text: string): unknown }) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
    ['hangs up', (_: string, socket: { destroy(): unknown }) => socket.destroy()],
  ])('takes a server that %s for dead', async (_, answer) => {
    const server = await rawServer(answer as Parameters<typeof startRaw>[0])
    const [node] = clientOf([server.address], { timeout: 50, connectTimeout: 60 }).nodes
    await expect(node!.ask('mg a v\r\n')).rejects.toThrow('memcached 127.0.0.1')
    await until(() => server.accepted > 2)
    await expect(node!.ask('mg a v\r\n')).rejects.toThrow('memcached 127.0.0.1')
  })

  it('tells of a call that was given up on that it is over, if the server has stopped after others and nobody asks any more', async () => {
    const answer = new Map([
      ['mn', 'MN\r\n'],
      ['mg a v', 'EN\r\n'],
    ])
    const server = await rawServer((line, socket) => socket.write(answer.get(line) ?? ''))
    const [node] = clientOf([server.address], { timeout: 50 }).nodes
    await node!.ask('mn\r\n')
    const over = Promise.withResolvers<unknown>()
    const calls = [node!.ask('mg a v\r\n'), node!.ask('mg b v\r\n', undefined, over.resolve)]
    expect(await Promise.allSettled(calls)).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected' }])
    expect(await over.promise).toBeUndefined()
  })

  it('lets no call wait for a dead server that is being tried again', async () => {
    let accepted = 0
    const server = await rawServer((_, socket) => void (++accepted < 3 && socket.destroy()))
    const [node] = clientOf([server.address], { timeout: 60_000, connectTimeout: 60_000 }).nodes
    await expect(node!.ask('mn\r\n')).rejects.toThrow('closed')
    await until(() => accepted >= 3)
    // The third connection stays, and says nothing: this call does not wait a minute to find out.
    await expect(node!.ask('mn\r\n')).rejects.toThrow('closed')
  })

  it('bounds the calls that wait, and the bytes', async () => {
    const server = await rawServer((line, socket) => line === 'mn' && socket.write('MN\r\n'))
    const [node] = clientOf([server.address], { maxInFlight: 10, timeout: 100 }).nodes
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => node!.ask('mg a v\r\n')))
    const reasons = calls.map((one) => (one.status === 'rejected' ? String(one.reason) : ''))
    expect(reasons.filter((text) => text.includes('within 100 ms')).length).toBe(10)
    expect(reasons.filter((text) => text.includes('10 calls are waiting')).length).toBe(10)
    const [other] = clientOf([server.address], { maxQueuedBytes: 1000 }).nodes
    const first = other!.ask('ms a 2000\r\n', Buffer.alloc(2000))
    await expect(other!.ask('mg a v\r\n')).rejects.toThrow('more than 1000 bytes')
    await Promise.allSettled([first])
  })

  it('rejects everything when it is closed', async () => {
    const server = await rawServer((line, socket) => line === 'mn' && socket.write('MN\r\n'))
    const client = clientOf([server.address], { timeout: 60_000 })
    const call = client.nodes[0]!.ask('mg a v\r\n')
    client.close()
    await expect(call).rejects.toThrow('closed')
    await expect(client.nodes[0]!.ask('mg a v\r\n')).rejects.toThrow('closed')
    await until(() => server.sockets.size === 0)
  })
})

describe('addresses', () => {
  it.each([
    ['Cache', 'cache:11211'],
    ['10.0.0.1:5', '10.0.0.1:5'],
    [' a.b-c:65535 ', 'a.b-c:65535'],
    ['[::1]', '[::1]:11211'],
    ['[FE80::1]:7', '[fe80::1]:7'],
    ['/run/memcached.sock', '/run/memcached.sock'],
  ])('reads %s', (text, name) => expect(readAddress(text, 'nodes').name).toBe(name))

  it.each(['', 'a:b', 'a:0', 'a:65536', '::1', 'a b', 'http://a', 7])('refuses %s', (text) => {
    expect(() => readAddress(text, 'memcached: nodes')).toThrow(
      "memcached: nodes: expected an address such as 'host:11211'",
    )
  })
})
