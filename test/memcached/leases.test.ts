import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { NUMBER } from '../../src/entry/frame.ts'
import { keyScope } from '../../src/entry/scope.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { Fleet, FOREVER, sealed, textOf, until } from './fleet.ts'
import { startRaw } from './raw-server.ts'

let servers: MemcachedServer[]
let nodes: string[]
const fleet = new Fleet()

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached()])
  nodes = servers.map(({ address }) => address)
})
afterAll(async () => {
  for (const server of servers) await server.kill()
})
beforeEach(() => fleet.next())
afterEach(() => fleet.close())

describe('a lease', () => {
  it('is granted to one of many, with a ticket; the others read what the one keeps', async () => {
    const stores = Array.from({ length: 10 }, () => fleet.store(nodes))
    const asked = await Promise.all(stores.map(async (store) => (await store.traits.leases!.lease(['k']))[0]!))
    const holder = asked.findIndex(({ kind }) => kind === 'granted')
    expect(asked.map(({ kind }) => kind).sort()).toEqual(['granted', ...Array(9).fill('taken')])
    for (const one of asked) {
      if (one.kind !== 'taken') continue
      expect(one.ms).toBeGreaterThan(0)
      expect(one.ms).toBeLessThanOrEqual(stores[0]!.traits.leases!.duration)
    }
    const granted = asked[holder]!
    const born = granted.kind === 'granted' ? granted.era : 0
    expect(await stores[holder]!.write([sealed('k', 'fetched', { born })])).toEqual(['kept'])
    for (const store of stores) expect(await store.traits.leases!.lease(['k'])).toEqual([{ kind: 'filled' }])
  })

  it('ends when its holder gives it up, and not when another does', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    const kind = async (one: typeof store) => (await one.traits.leases!.lease(['k']))[0]!.kind
    expect(await kind(store)).toBe('granted')
    await other.traits.leases!.release(['k', 'never'])
    expect(await kind(other)).toBe('taken')
    expect(await kind(store)).toBe('granted')
    await store.traits.leases!.release(['k'])
    expect(await kind(other)).toBe('granted')
    expect(await kind(store)).toBe('taken')
  })

  it('ends with what its holder keeps, also when that is removed at once', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    await store.traits.leases!.lease(['k', 'l'])
    const { eras } = await store.read(['l'])
    expect(await store.replace([sealed('k', 'x')])).toEqual(['kept'])
    expect(await store.write([sealed('l', 'x', { born: eras[0]! })])).toEqual(['kept'])
    await store.raise([keyScope('k'), keyScope('l')])
    expect((await other.traits.leases!.lease(['k', 'l'])).map(({ kind }) => kind)).toEqual(['granted', 'granted'])
  })

  it('of a holder that died ends by itself, and not before its time', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    const began = systemWorld.mono()
    await store.traits.leases!.lease(['k'])
    await store.close()
    await until(async () => (await other.traits.leases!.lease(['k']))[0]!.kind === 'granted')
    expect(systemWorld.mono() - began).toBeGreaterThanOrEqual(other.traits.leases!.duration - 50)
  })

  it('that ran out is not renewed once another has it', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    await store.traits.leases!.lease(['k'])
    for (const server of servers) await server.raw(`md ${fleet.prefix}~:k\r\n`, '\r\n')
    expect((await other.traits.leases!.lease(['k']))[0]!.kind).toBe('granted')
    expect((await store.traits.leases!.lease(['k']))[0]!.kind).toBe('taken')
    await store.traits.leases!.release(['k'])
    expect((await store.traits.leases!.lease(['k']))[0]!.kind).toBe('taken')
    for (const server of servers) await server.raw(`md ${fleet.prefix}~:k\r\n`, '\r\n')
    // Its holder finds it gone, and takes it anew.
    expect((await other.traits.leases!.lease(['k']))[0]!.kind).toBe('granted')
  })

  it('that ran out is not taken from another who has it by now', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    await store.traits.leases!.lease(['k'])
    for (const server of servers) await server.raw(`md ${fleet.prefix}~:k\r\n`, '\r\n')
    expect((await other.traits.leases!.lease(['k']))[0]!.kind).toBe('granted')
    await store.traits.leases!.release(['k'])
    expect((await store.traits.leases!.lease(['k']))[0]!.kind).toBe('taken')
  })

  it('that is granted when nobody waits for it any more is given back, and one that is held goes on', async () => {
    const lines: string[] = []
    let owed: (() => void)[] | undefined
    const server = await startRaw((line, socket) => {
      lines.push(line)
      const [verb] = line.split(' ')
      const missing = line.includes(' v c N') ? `VA 0 c${lines.length} W\r\n` : 'EN'
      const reply = verb === 'mn' ? 'MN' : verb === 'mg' ? missing : `HD c${lines.length}`
      const tell = () => socket.write(`${reply}\r\n`)
      if (owed === undefined) tell()
      else owed.push(tell)
    })
    onTestFinished(() => server.close())
    const store = fleet.store([server.address], { timeout: 50 })
    const lease = (key: string) => store.traits.leases!.lease([key])
    const answer = () => {
      for (const tell of owed!) tell()
      owed = undefined
    }
    const item = (key: string) => lines.findLast((line) => line.startsWith('ms ') && line.includes(`~:${key} `))
    expect(await lease('first')).toMatchObject([{ kind: 'granted' }])

    owed = []
    await expect(lease('late')).rejects.toThrow('no answer within 50 ms')
    await until(() => item('late') !== undefined)
    answer()
    const given = `md ${fleet.prefix}~:late C${lines.indexOf(item('late')!) + 1}`
    await until(() => lines.includes(given))

    const renewed = lines.indexOf(item('first')!) + 1
    owed = []
    await expect(lease('first')).rejects.toThrow('no answer within 50 ms')
    await until(() => item('first')!.includes(`C${renewed}`))
    answer()
    const version = lines.lastIndexOf(item('first')!) + 1
    await until(() =>
      store.read(['other']).then(
        () => true,
        () => false,
      ),
    )
    await store.traits.leases!.release(['first'])
    expect(lines).toContain(`md ${fleet.prefix}~:first C${version}`)
  })

  it('works for keys of every kind', async () => {
    const store = fleet.store(nodes)
    const keys = ['', 'ü', 'x'.repeat(240), 'x'.repeat(1000)]
    expect((await store.traits.leases!.lease(keys)).map(({ kind }) => kind)).toEqual(keys.map(() => 'granted'))
    const other = fleet.store(nodes)
    expect((await other.traits.leases!.lease(keys)).map(({ kind }) => kind)).toEqual(keys.map(() => 'taken'))
  })
})

describe('amends', () => {
  const amends = (store: ReturnType<Fleet['store']>) => store.traits.amends!
  const number = (entry: { payload: Uint8Array } | undefined) => entry && Buffer.from(entry.payload).readDoubleLE()

  it('counts every increment of several processes once', async () => {
    const stores = Array.from({ length: 5 }, () => fleet.store(nodes))
    const sums = await Promise.all(
      Array.from({ length: 200 }, async (_, n) =>
        number(await amends(stores[n % 5]!).increment('n', 2, undefined, FOREVER)),
      ),
    )
    expect(sums.sort((a, b) => a! - b!)).toEqual(Array.from({ length: 200 }, (_, n) => 2 * (n + 1)))
  })

  it('keeps deadline, tags and version unless told otherwise, and supersedes what was looked for before', async () => {
    const store = fleet.store(nodes)
    const deadline = systemWorld.mono() + 100_000
    const payload = Buffer.alloc(8)
    payload.writeDoubleLE(0.5)
    await store.replace([sealed('n', '', { codec: NUMBER, payload, tags: ['t'], version: 3, deadline })])
    const { eras } = await store.read(['n'])
    const sum = await amends(store).increment('n', 1, undefined, 0)
    expect([number(sum), sum!.tags, sum!.version]).toEqual([1.5, ['t'], 3])
    expect(Math.abs(sum!.deadline - deadline)).toBeLessThan(5)
    expect(await store.write([sealed('n', 'old', { born: eras[0]!, version: 3 })])).toEqual(['superseded'])
    const longer = await amends(store).increment('n', 1, deadline + 50_000, 0)
    expect(Math.abs(longer!.deadline - deadline - 50_000)).toBeLessThan(5)
    expect(await store.write([sealed('n', 'new', { born: longer!.born, version: 3 })])).toEqual(['kept'])
  })

  it('changes nothing that is no number, and begins where nothing is', async () => {
    const store = fleet.store(nodes)
    await store.replace([sealed('text', 'x'), sealed('none', '', { found: false, codec: 0 })])
    expect(await amends(store).increment('text', 1, undefined, FOREVER)).toBe(undefined)
    expect(await textOf(store, 'text')).toBe('x')
    const end = systemWorld.mono() + 60_000
    const begun = await amends(store).increment('none', 7, undefined, end)
    expect([number(begun), begun!.deadline]).toEqual([7, end])
    expect(await amends(store).increment('none', Number.MAX_VALUE, undefined, end)).toMatchObject({ found: true })
    expect(await amends(store).increment('none', Number.MAX_VALUE, undefined, end)).toBe(undefined)
  })

  it('gives a value a new end', async () => {
    const store = fleet.store(nodes)
    await store.replace([sealed('k', 'x', { tags: ['t'] }), sealed('none', '', { found: false, codec: 0 })])
    const end = systemWorld.mono() + 30_000
    expect(await amends(store).expire('k', end)).toBe(true)
    expect(await amends(store).expire('none', end)).toBe(false)
    expect(await amends(store).expire('nothing', end)).toBe(false)
    const [entry] = (await store.read(['k'])).entries
    expect(Math.abs(entry!.deadline - end)).toBeLessThan(5)
    expect([String(entry!.payload), entry!.tags]).toEqual(['x', ['t']])
    expect(await amends(store).expire('k', systemWorld.mono())).toBe(true)
    expect(await textOf(store, 'k')).toBe(undefined)
  })
})

describe('informs', () => {
  it('tells of each server and of all together', async () => {
    const store = fleet.store(nodes)
    await store.replace(Array.from({ length: 20 }, (_, n) => sealed(`k${n}`, 'x')))
    const info = await store.traits.informs!.info()
    expect(info.server).toMatch(/^memcached 1\.\d+\.\d+$/)
    expect(Object.keys(info.nodes)).toEqual(nodes)
    const all = Object.values(info.nodes)
    expect(info.keys).toBe(all.reduce((sum, { keys }) => sum + keys!, 0))
    expect(info.keys).toBeGreaterThanOrEqual(20)
    expect(info.maxMemory).toBe(2 * 64 * 2 ** 20)
    expect(info.hitRatio).toBeGreaterThan(0)
    expect(info.hitRatio).toBeLessThan(1)
    const one = await fleet.store([nodes[0]!]).traits.informs!.info()
    expect([one.nodes, one.maxMemory]).toEqual([{}, 64 * 2 ** 20])
  })
})
