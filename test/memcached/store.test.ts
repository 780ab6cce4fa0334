import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { NUMBER } from '../../src/entry/frame.ts'
import { EVERYTHING, keyScope } from '../../src/entry/scope.ts'
import type { Sealed } from '../../src/stores/store.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { Fleet, FOREVER, sealed, textOf, ticketOf, until } from './fleet.ts'

let servers: MemcachedServer[]
let nodes: string[]
const fleet = new Fleet()

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  nodes = servers.map(({ address }) => address)
})
afterAll(async () => {
  for (const server of servers) await server.kill()
})
beforeEach(() => fleet.next())
afterEach(() => fleet.close())

/** On which server a key lies: the only one that has an item of that name. */
async function serverOf(key: string): Promise<MemcachedServer> {
  for (const server of servers) if ((await server.raw(`mg ${itemOf(key)}\r\n`, '\r\n')).startsWith('HD')) return server
  throw new Error(`no server has ${key}`)
}

const itemOf = (key: string) => `${fleet.prefix}:${key}`

describe('keeping', () => {
  it('gives back what was kept, all of it', async () => {
    const store = fleet.store(nodes)
    const entries: Sealed[] = [
      sealed('plain', 'text'),
      sealed('tagged', 'x', { tags: ['a', 'ü', '\ud800'], version: -1.5 }),
      sealed('absent', '', { found: false, codec: 0 }),
      sealed('number', '', { codec: NUMBER, payload: Buffer.alloc(8, 7) }),
      sealed('empty', ''),
      sealed('bytes', '', { payload: Buffer.from(Array.from({ length: 3000 }, (_, n) => n & 255)) }),
    ]
    expect(await store.replace(entries)).toEqual(entries.map(() => 'kept'))
    const other = fleet.store(nodes)
    const read = await other.read(entries.map(({ key }) => key))
    for (const [n, entry] of entries.entries()) {
      const { payload, born, ...rest } = read.entries[n]!
      const { payload: expected, born: _, ...facts } = entry
      expect(rest).toEqual(facts)
      expect(born).toBe(read.eras[n])
      expect(Buffer.compare(payload, expected)).toBe(0)
    }
  })

  it('takes every string for a key, each for itself', async () => {
    const store = fleet.store(nodes)
    const keys = [
      '',
      ' ',
      'a b',
      'a\r\nb',
      '\u0000',
      '\ud800',
      '\udc00',
      '\u0010d800',
      'ü',
      '__proto__',
      '!state',
      '~x',
      '#x',
      ':',
    ]
    for (const length of [100, 200, 230, 239, 240, 241, 242, 243, 249, 250, 251, 100_000]) keys.push('k'.repeat(length))
    await store.replace(keys.map((key, n) => sealed(key, `${n}`)))
    const { entries } = await store.read(keys)
    expect(entries.map((entry) => entry && String(entry.payload))).toEqual(keys.map((_, n) => `${n}`))
    expect(entries.map((entry) => entry?.key)).toEqual(keys)
  })

  it('spreads keys over all nodes', async () => {
    const store = fleet.store(nodes)
    await store.replace(Array.from({ length: 100 }, (_, n) => sealed(`spread${n}`, 'x')))
    const homes = new Set<number>()
    for (let n = 0; n < 20; n++) homes.add((await serverOf(`spread${n}`)).port)
    expect(homes.size).toBe(3)
  })

  it('keeps the time that is left, in items that outlive it by little', async () => {
    const store = fleet.store(nodes)
    const now = systemWorld.mono()
    const lives: [string, number, RegExp][] = [
      ['short', 300, /^HD t1[01]/],
      ['long', 3_600_000, /^HD t36[01]\d/],
      // Above 30 days the server takes a ttl for a moment.
      ['months', 100 * 86_400_000, /^HD t86[34]\d{4}/],
      ['centuries', 99 * 365 * 86_400_000, /^HD t-1/],
      ['ever', FOREVER, /^HD t-1/],
    ]
    await store.replace(lives.map(([key, ttl]) => sealed(key, 'x', { deadline: now + ttl })))
    const { entries } = await fleet.store(nodes).read(lives.map(([key]) => key))
    for (const [n, [key, ttl, left]] of lives.entries()) {
      if (ttl === FOREVER) expect(entries[n]!.deadline).toBe(FOREVER)
      else if (ttl > 300) expect(Math.abs(entries[n]!.deadline - now - ttl)).toBeLessThan(5)
      expect(await (await serverOf(key)).raw(`mg ${itemOf(key)} t\r\n`, '\r\n')).toMatch(left)
    }
    await until(async () => (await textOf(store, 'short')) === undefined)
    expect(systemWorld.mono()).toBeGreaterThan(now + 299)
    expect(await store.write([sealed('short', 'y', { born: await ticketOf(store, 'short'), deadline: 0 })])).toEqual([
      'refused',
    ])
    expect(await store.replace([sealed('long', 'y', { deadline: 0 })])).toEqual(['refused'])
    expect(await textOf(store, 'long')).toBe(undefined)
  })

  it('refuses what the server does not take, and then holds nothing', async () => {
    const store = fleet.store(nodes)
    const large = Buffer.alloc(1_100_000)
    await store.replace([sealed('large', 'old')])
    const era = await ticketOf(store, 'large')
    expect(await store.replace([sealed('large', '', { payload: large })])).toEqual(['refused'])
    expect(await textOf(store, 'large')).toBe(undefined)
    expect(await store.write([sealed('large', 'old', { born: era })])).toEqual(['superseded'])
    const anew = await ticketOf(store, 'large')
    expect(await store.write([sealed('large', '', { payload: large, born: anew })])).toEqual(['refused'])
    expect(await store.replace([sealed('large', 'small')])).toEqual(['kept'])
  })

  it('refuses what would not be taken back, and passes over what others put there', async () => {
    const store = fleet.store(nodes, { maxValueBytes: 10_000 })
    await store.replace([sealed('k', 'old')])
    expect(await store.replace([sealed('k', 'x'.repeat(10_000))])).toEqual(['refused'])
    expect(await textOf(store, 'k')).toBe(undefined)
    const other = fleet.store(nodes)
    await other.replace([sealed('k', 'x'.repeat(500_000)), sealed('l', 'beside')])
    const { entries, eras } = await store.read(['k', 'l'])
    expect(entries.map((entry) => entry && String(entry.payload))).toEqual([undefined, 'beside'])
    expect(await store.write([sealed('k', 'healed', { born: eras[0]! })])).toEqual(['kept'])
    expect(await textOf(other, 'k')).toBe('healed')
  })

  it('takes what fits a larger limit', async () => {
    const roomy = await startMemcached('-I', '8m', '-m', '128')
    try {
      const store = fleet.store([roomy.address], { timeout: 5000 })
      const payload = Buffer.alloc(5_000_000, 'abc')
      expect(await store.replace([sealed('large', '', { payload })])).toEqual(['kept'])
      expect(Buffer.compare((await store.read(['large'])).entries[0]!.payload, payload)).toBe(0)
    } finally {
      await fleet.close()
      await roomy.kill()
    }
  })
})

describe('what was looked for before a change is not kept after it', () => {
  it.each([
    ['deleted', () => fleet.store(nodes).raise([keyScope('k')])],
    ['set', () => fleet.store(nodes).replace([sealed('k', 'set')])],
    [
      'filled',
      async () => {
        const other = fleet.store(nodes)
        return other.write([sealed('k', 'set', { born: await ticketOf(other, 'k') })])
      },
    ],
    ['incremented', () => fleet.store(nodes).traits.amends!.increment('k', 1, undefined, FOREVER)],
    ['evicted', async () => (await serverOf('k')).raw(`md ${itemOf('k')}\r\n`, '\r\n')],
    ['flushed', async () => (await serverOf('k')).raw('flush_all\r\n', '\r\n')],
  ])('by another process that has %s it', async (_, change) => {
    const store = fleet.store(nodes)
    const era = await ticketOf(store, 'k')
    await change()
    const now = await textOf(store, 'k')
    expect(await store.write([sealed('k', 'old', { born: era })])).toEqual(['superseded'])
    expect(await textOf(store, 'k')).toBe(now)
    // A replacement that asks for a check leaves nothing behind: which of the two is true is not known here.
    expect(await store.replace([sealed('k', 'old', { born: era })])).toEqual(['superseded'])
    expect(await textOf(store, 'k')).toBe(undefined)
  })

  it('by this process', async () => {
    const store = fleet.store(nodes)
    for (const change of [
      [keyScope('k')],
      [EVERYTHING],
      [{ kind: 'prefix', prefix: 'k' }],
      [{ kind: 'tag', tag: 't' }],
    ] as const) {
      const born = await ticketOf(store, 'k')
      await store.raise(change)
      expect(await store.write([sealed('k', 'old', { born, tags: ['t'] })])).toEqual(['superseded'])
      expect(await textOf(store, 'k')).toBe(undefined)
    }
  })

  it('even if a server that was restarted counts the same versions again', async () => {
    const store = fleet.store(nodes)
    await store.replace([sealed('k', 'x')])
    const server = await serverOf('k')
    const version = async () => (await server.raw(`mg ${itemOf('k')} c\r\n`, '\r\n')).trim()
    await server.restart()
    await until(() => store.read(['k']).catch(() => undefined))
    const born = await ticketOf(store, 'k')
    const before = await version()
    await server.restart()
    // The same calls in the same order: the same version of an item of another life.
    const other = fleet.store(nodes)
    await until(() => other.read(['k']).catch(() => undefined))
    for (let n = 0; n < 100 && (await version()) !== before; n++) {
      await server.raw(`md ${itemOf('k')}\r\n`, '\r\n')
      await other.read(['k'])
    }
    expect(await version()).toBe(before)
    await until(() => store.read(['k']).catch(() => undefined))
    expect(await version()).toBe(before)
    expect(await store.write([sealed('k', 'old', { born })])).toEqual(['superseded'])
  })

  it('and with what is not a ticket nothing is kept', async () => {
    const store = fleet.store(nodes)
    const era = await ticketOf(store, 'k')
    const foreign = await ticketOf(store, 'another')
    for (const born of [0, 1, 12345, 2 ** 52, foreign]) {
      expect(await store.write([sealed('k', 'x', { born })])).toEqual(['superseded'])
    }
    expect(await store.write([sealed('k', 'x', { born: era })])).toEqual(['kept'])
    expect(await store.write([sealed('k', 'y', { born: era })])).toEqual(['superseded'])
  })

  it('while the ticket of an invalidation is good', async () => {
    const store = fleet.store(nodes)
    const born = await store.raise([keyScope('k')])
    expect(await store.write([sealed('k', 'new', { born })])).toEqual(['kept'])
    const none = await store.raise([keyScope('k'), keyScope('l')])
    expect(await store.write([sealed('k', 'new', { born: none })])).toEqual(['superseded'])
  })
})

describe('versions', () => {
  it('never go back', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    await store.replace([sealed('k', 'two', { version: 2 })])
    const born = await ticketOf(other, 'k')
    expect(await other.replace([sealed('k', 'one', { version: 1 })])).toEqual(['superseded'])
    expect(await other.write([sealed('k', 'one', { version: 1, born })])).toEqual(['superseded'])
    expect(await other.replace([sealed('k', 'one', { version: 1, born })])).toEqual(['superseded'])
    expect(await textOf(store, 'k')).toBe('two')
    expect(await other.replace([sealed('k', 'again', { version: 2 })])).toEqual(['kept'])
    expect(await other.replace([sealed('k', 'unversioned')])).toEqual(['kept'])
    expect(await textOf(store, 'k')).toBe('unversioned')
  })

  it('win over others however they come', async () => {
    const stores = Array.from({ length: 5 }, () => fleet.store(nodes))
    for (let round = 0; round < 10; round++) {
      const versions = Array.from({ length: 20 }, (_, n) => (n * 7 + round) % 20)
      await Promise.all(
        versions.map((version, n) => stores[n % 5]!.replace([sealed(`k${round}`, `${version}`, { version })])),
      )
      expect(await textOf(stores[0]!, `k${round}`)).toBe('19')
    }
  })
})

describe('a fleet', () => {
  it('reads nothing older than what was set or deleted before, and at rest what was set last', async () => {
    const stores = Array.from({ length: 4 }, () => fleet.store(nodes))
    const keys = ['a', 'b', 'c']
    // The source, by key: a number that only grows. One writer a key, readers who fetch and fill everywhere.
    const source = new Map(keys.map((key) => [key, 0]))
    const accepted = new Map(keys.map((key) => [key, 0]))
    let isOver = false
    let filled = 0
    const write = async (key: string, n: number) => {
      for (let round = 1; round <= 150; round++) {
        source.set(key, round)
        const store = stores[(n + round) % 4]!
        if (round % 3 === 0) await store.raise([keyScope(key)])
        else expect(await store.replace([sealed(key, `${round}`)])).toEqual(['kept'])
        accepted.set(key, round)
      }
    }
    const readAndFill = async (n: number) => {
      for (let round = 0; !isOver; round++) {
        const key = keys[(n + round) % 3]!
        const store = stores[n % 4]!
        const least = accepted.get(key)!
        const { entries, eras } = await store.read([key])
        if (entries[0] !== undefined) expect(Number(String(entries[0].payload))).toBeGreaterThanOrEqual(least)
        const fetched = source.get(key)!
        // Somewhere in the middle of a fetch others get their turn.
        if (round % 2 === 0) await store.read(['other'])
        const [keeping] = await store.write([sealed(key, `${fetched}`, { born: eras[0]! })])
        if (keeping === 'kept') filled++
      }
    }
    const readers = Array.from({ length: 12 }, (_, n) => readAndFill(n))
    await Promise.all(keys.map(write))
    isOver = true
    await Promise.all(readers)
    expect(filled).toBeGreaterThan(10)
    for (const key of keys) {
      for (const store of stores) expect([undefined, '150']).toContain(await textOf(store, key))
    }
  })
})
