import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { EVERYTHING, keyScope } from '../../src/entry/scope.ts'
import { Fleet, sealed, textOf, until } from './fleet.ts'
import { type RawServer, startRaw } from './raw-server.ts'

let servers: MemcachedServer[]
let nodes: string[]
const fleet = new Fleet()
const KEYS = Array.from({ length: 30 }, (_, n) => `key${n}`)

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  nodes = servers.map(({ address }) => address)
})
afterAll(async () => {
  for (const server of servers) {
    server.cont()
    await server.kill()
  }
})
beforeEach(() => fleet.next())
afterEach(() => fleet.close())

describe('with one node of three dead', () => {
  it('serves the keys of the others, knows nothing of its own, and finds it again empty', async () => {
    const store = fleet.store(nodes)
    expect(await store.replace(KEYS.map((key) => sealed(key, 'x')))).toEqual(KEYS.map(() => 'kept'))
    const before = await store.read(KEYS)
    await servers[1]!.kill()
    await until(async () => (await store.read(KEYS)).eras.some(Number.isNaN))
    const { entries, eras } = await store.read(KEYS)
    const dead = KEYS.filter((_, n) => Number.isNaN(eras[n]))
    expect(dead.length).toBeGreaterThan(2)
    expect(dead.length).toBeLessThan(20)
    for (const [n, entry] of entries.entries()) expect(entry === undefined).toBe(Number.isNaN(eras[n]))
    await expect(store.read(dead)).rejects.toThrow(nodes[1])

    const fill = (key: string) => sealed(key, 'y', { born: before.eras[KEYS.indexOf(key)]! })
    const kept = await store.write(KEYS.map(fill))
    expect(kept).toEqual(KEYS.map((key) => (dead.includes(key) ? 'refused' : 'kept')))
    await expect(store.write(dead.map(fill))).rejects.toThrow(nodes[1])
    await expect(store.replace(KEYS.map((key) => sealed(key, 'z')))).rejects.toThrow(nodes[1])
    await expect(store.raise(KEYS.map(keyScope))).rejects.toThrow(nodes[1])
    await expect(store.raise([EVERYTHING])).rejects.toThrow(nodes[1])
    // What failed for one has been done for the others.
    expect((await store.read(KEYS)).entries.some((entry) => entry !== undefined)).toBe(false)
    const info = await store.traits.informs!.info()
    expect(Object.values(info.nodes).map(({ uptime }) => uptime === undefined)).toEqual([false, true, false])

    await servers[1]!.restart()
    await until(() => store.read(dead).catch(() => undefined))
    expect(await store.write(dead.map(fill))).toEqual(dead.map(() => 'superseded'))
    const again = await store.read(dead)
    expect(await store.write(dead.map((key, n) => sealed(key, 'w', { born: again.eras[n]! })))).toEqual(
      dead.map(() => 'kept'),
    )
  })

  it('fails at once when nobody is there, and begins when somebody is', async () => {
    const server = await startMemcached()
    await server.kill()
    const store = fleet.store([server.address], { timeout: 60_000 })
    await expect(store.read(['a'])).rejects.toThrow(server.address)
    for (let n = 0; n < 100; n++) await expect(store.replace([sealed('a', 'x')])).rejects.toThrow(server.address)
    await server.restart()
    await until(() => store.read(['a']).catch(() => undefined))
    expect(await store.replace([sealed('a', 'x')])).toEqual(['kept'])
    await fleet.close()
    await server.kill()
  })
})

describe('what was given up on', () => {
  it('does not bring an old value back when a frozen server executes it late', async () => {
    const frozen = servers[0]!
    for (let round = 0; round < 6; round++) {
      fleet.next()
      const late = fleet.store([frozen.address], { timeout: 40 })
      const other = fleet.store([frozen.address], { timeout: 10_000 })
      await other.replace([sealed('set', 'first')])
      // Patience, for a deadline this short.
      let tickets: readonly number[] | undefined
      await until(async () => (tickets = (await late.read(['filled', 'set']).catch(() => undefined))?.eras))
      const [born, standing] = tickets!
      await frozen.stop()
      const given = Promise.allSettled([
        late.write([sealed('filled', 'old', { born: born! })]),
        late.replace([sealed('set', 'old', { born: standing! })]),
        late.replace([sealed('overwritten', 'old')]),
      ])
      for (const one of await given) expect(one.status).toBe('rejected')
      // On other connections: which the server reads first nobody knows.
      const later = [
        other.raise([keyScope('filled')]),
        other.replace([sealed('set', 'new')]),
        other.replace([sealed('overwritten', 'new')]),
      ]
      frozen.cont()
      await Promise.all(later)
      // Once it has answered a later call on that connection, it has executed all before.
      await until(() => late.read(['set']).catch(() => undefined))
      expect(await textOf(other, 'filled')).toBe(undefined)
      expect(await textOf(other, 'set')).toBe('new')
      expect(await textOf(other, 'overwritten')).toBe('new')
      await fleet.close()
    }
  })
})

describe('bytes of others', () => {
  const place = (key: string) => `${fleet.prefix}:${key}`

  it('under a key are nothing, and heal', async () => {
    const store = fleet.store([nodes[0]!])
    await store.replace([sealed('model', 'value', { tags: ['t'] })])
    const whole = await servers[0]!.raw(`mg ${place('model')} v\r\n`, '\r\n')
    const frame = whole.slice(whole.indexOf('\r\n') + 2, -2)
    const bodies = ['x', '\r\n', 'VA 3\r\nabc\r\n', 'x'.repeat(100_000), frame.slice(0, -1), `${frame}x`]
    for (let at = 0; at < frame.length; at += 3) {
      // The times and the birth are anybody's to say; everything else is checked.
      if (at >= 16 && at < 40) continue
      bodies.push(frame.slice(0, at) + String.fromCharCode(frame.charCodeAt(at) ^ 0x41) + frame.slice(at + 1))
    }
    for (const body of bodies) {
      await servers[0]!.raw(`ms ${place('k')} ${body.length}\r\n${body}\r\n`, '\r\n')
      const { entries, eras } = await store.read(['k'])
      if (entries[0] !== undefined) expect(body.slice(40, 48)).not.toBe(frame.slice(40, 48))
      expect(await store.write([sealed('k', 'healed', { born: eras[0]! })])).toEqual(['kept'])
      expect(await textOf(store, 'k')).toBe('healed')
    }
  })

  it('of another key are nothing where names are hashes', async () => {
    const store = fleet.store([nodes[0]!])
    const [one, two] = ['ü1', 'ü2']
    await store.replace([sealed(one, 'x')])
    const names = await servers[0]!.raw('lru_crawler metadump all\r\n', 'END\r\n')
    const [, from] = new RegExp(`key=(${fleet.prefix}%23\\S+)`).exec(names)!
    await store.replace([sealed(two, 'y')])
    const [to] = [...(await servers[0]!.raw('lru_crawler metadump all\r\n', 'END\r\n')).matchAll(/key=(\S+)/g)]
      .map(([, name]) => name!)
      .filter((name) => name !== from && name.startsWith(`${fleet.prefix}%23`))
    const whole = await servers[0]!.raw(`mg ${decodeURIComponent(from!)} v\r\n`, '\r\n')
    const frame = whole.slice(whole.indexOf('\r\n') + 2, -2)
    await servers[0]!.raw(`ms ${decodeURIComponent(to!)} ${frame.length}\r\n${frame}\r\n`, '\r\n')
    expect(await textOf(store, two)).toBe(undefined)
    expect(await textOf(store, one)).toBe('x')
  })
})

describe('a server that answers anything', () => {
  let hostile: RawServer
  let seed = 1
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return seed % below
  }
  const replies = [
    'HD',
    'EN',
    'NS',
    'EX',
    'NF',
    'HD c1',
    'HD c0',
    'HD c99999999999999999999',
    'HD t-1',
    'VA 0 c5 W\r\n',
    'VA 3 c7\r\nabc',
    'VA 2\r\n{}',
    'MN',
    'END',
    'STAT a b\r\nEND',
    'SERVER_ERROR busy',
    'SERVER_ERROR object too large for cache',
  ]
  const state = (era: number) => {
    const text = JSON.stringify({
      format: 1,
      reign: '0123456789abcdef',
      era,
      all: 0,
      horizon: 0,
      prefixes: [],
      tags: [],
    })
    return `VA ${text.length} c${random(3)}\r\n${text}`
  }

  beforeAll(async () => {
    hostile = await startRaw((line, socket) => {
      if (line === 'mn') socket.write('MN\r\n')
      else if (random(100) === 0) socket.write('rubbish\r\n')
      else if (random(4) === 0) socket.write(`${state(random(5))}\r\n`)
      else socket.write(`${replies[random(replies.length)]}\r\n`)
    })
  })
  afterAll(() => hostile.close())

  it('makes no call throw, hang or answer in another shape', async () => {
    const store = fleet.store([hostile.address], { timeout: 50 })
    let answered = 0
    while (answered < 300) {
      const born = random(2) === 0 ? 2 ** 32 + random(8) : Number.POSITIVE_INFINITY
      const calls = [
        () => store.read(['a', 'b']),
        () => store.write([sealed('a', 'x', { born, version: random(2) })]),
        () => store.replace([sealed('a', 'x', { born })]),
        () => store.raise([keyScope('a'), EVERYTHING]),
        () => store.traits.leases!.lease(['a']),
        () => store.traits.leases!.release(['a']),
        () => store.traits.amends!.increment('a', 1, undefined, 1e9),
        () => store.traits.informs!.info(),
      ]
      const answer = await calls[random(calls.length)]!().then(
        (value) => ({ value }),
        (error: unknown) => {
          expect(error).toBeInstanceOf(Error)
          return undefined
        },
      )
      if (answer !== undefined) answered++
      // It may be waiting to connect anew.
      else await pause(1)
    }
  })
})
