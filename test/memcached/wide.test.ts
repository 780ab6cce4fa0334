import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { EVERYTHING, type Scope } from '../../src/entry/scope.ts'
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

const tag = (name: string): Scope => ({ kind: 'tag', tag: name })
const scopes: [string, Scope][] = [
  ['a tag', tag('t')],
  ['a prefix', { kind: 'prefix', prefix: 'user:' }],
  ['everything', EVERYTHING],
]
const KEYS = Array.from({ length: 30 }, (_, n) => `user:${n}`)
const entries = (text: string) => KEYS.map((key) => sealed(key, text, { tags: ['t', 'u'] }))

describe.each(scopes)('an invalidation of %s', (_, scope) => {
  it('is known at once where it was made, and elsewhere within the time allowed', async () => {
    const store = fleet.store(nodes)
    const other = fleet.store(nodes, { maxStaleness: 250 })
    const patient = fleet.store(nodes, { maxStaleness: 3_600_000 })
    await store.replace([...entries('old'), sealed('else', 'stays', { tags: ['v'] })])
    for (const one of [other, patient])
      expect((await one.read(KEYS)).entries.every((entry) => entry !== undefined)).toBe(true)
    await store.raise([scope])
    expect((await store.read(KEYS)).entries.some((entry) => entry !== undefined)).toBe(false)
    expect(await textOf(store, 'else')).toBe(scope.kind === 'all' ? undefined : 'stays')
    await until(async () => (await other.read(KEYS)).entries.every((entry) => entry === undefined))
    // That it is the age of the copy that makes the difference: this one may be an hour behind.
    expect(await textOf(patient, KEYS[0]!)).toBe('old')
    expect(await other.replace(entries('new'))).toEqual(KEYS.map(() => 'kept'))
    expect(await textOf(store, KEYS[0]!)).toBe('new')
  })

  it('stands against what another process looked for before it, and fills after it', async () => {
    const store = fleet.store(nodes)
    const behind = fleet.store(nodes, { maxStaleness: 3_600_000 })
    const { eras } = await behind.read(KEYS)
    await store.raise([scope])
    // This process does not know, and keeps what is not served by anybody who does.
    expect(await behind.write(entries('old').map((entry, n) => ({ ...entry, born: eras[n]! })))).toEqual(
      KEYS.map(() => 'kept'),
    )
    expect((await store.read(KEYS)).entries.some((entry) => entry !== undefined)).toBe(false)
    await fleet.store(nodes).read(KEYS)
    expect(await textOf(fleet.store(nodes), KEYS[0]!)).toBe(undefined)
  })
})

describe('wide invalidations', () => {
  it('do not cover what a process sets that has not heard of them', async () => {
    const [store, other] = [fleet.store(nodes), fleet.store(nodes)]
    await other.replace(entries('old'))
    await store.raise([EVERYTHING])
    expect(await other.replace(entries('set'))).toEqual(KEYS.map(() => 'kept'))
    expect((await store.read(KEYS)).entries.map((entry) => entry && String(entry.payload))).toEqual(
      KEYS.map(() => 'set'),
    )
  })

  it('of many processes at once all count', async () => {
    const stores = Array.from({ length: 8 }, () => fleet.store(nodes, { timeout: 5000 }))
    const tags = Array.from({ length: 80 }, (_, n) => `t${n}`)
    const made = tags.map((name) => sealed(name, 'x', { tags: [name] }))
    await stores[0]!.replace([...made, sealed('else', 'x', { tags: ['else'] })])
    await Promise.all(tags.map((name, n) => stores[n % 8]!.raise([tag(name)])))
    const late = fleet.store(nodes)
    expect((await late.read(tags)).entries.some((entry) => entry !== undefined)).toBe(false)
    expect(await textOf(late, 'else')).toBe('x')
  })

  it('of more tags than are remembered cost needless misses, and nothing else', async () => {
    const store = fleet.store([nodes[0]!], { timeout: 5000 })
    await store.replace([sealed('early', 'x', { tags: ['t0'] })])
    for (let n = 0; n < 1500; n += 5) await store.raise([0, 1, 2, 3, 4].map((m) => tag(`t${n + m}`)))
    const late = fleet.store([nodes[0]!])
    expect(await textOf(late, 'early')).toBe(undefined)
    await late.replace([sealed('now', 'x', { tags: ['t1499'] })])
    expect(await textOf(store, 'now')).toBe('x')
  })

  it('cover everything where items must be so small that names do not fit', async () => {
    const tight = await startMemcached('-I', '1k', '-o', 'slab_chunk_max=512', '-m', '8')
    try {
      const store = fleet.store([tight.address])
      for (let n = 0; n < 100; n++) await store.raise([tag(`tag number ${n}`)])
      const late = fleet.store([tight.address])
      await late.replace([sealed('a', 'x', { tags: ['tag number 99'] })])
      expect(await textOf(late, 'a')).toBe('x')
      await store.raise([tag('tag number 99')])
      expect(await textOf(fleet.store([tight.address]), 'a')).toBe(undefined)
    } finally {
      await fleet.close()
      await tight.kill()
    }
  })

  it.each([
    ['evicted', 'md'],
    ['overwritten with rubbish', 'ms'],
  ])('are not forgotten where the state is %s: another reign begins', async (_, how) => {
    const store = fleet.store(nodes, { maxStaleness: 50 })
    await store.replace(entries('x'))
    const old = await store.read(['more'])
    for (const server of servers) {
      const line = how === 'md' ? `md ${fleet.prefix}!state\r\n` : `ms ${fleet.prefix}!state 7\r\nrubbish\r\n`
      expect(await server.raw(line, '\r\n')).toBe('HD\r\n')
    }
    const late = fleet.store(nodes)
    expect((await late.read(KEYS)).entries.some((entry) => entry !== undefined)).toBe(false)
    await until(async () => (await store.read(KEYS)).entries.every((entry) => entry === undefined))
    expect(await store.write([sealed('more', 'x', { born: old.eras[0]! })])).toEqual(['superseded'])
    await late.replace(entries('y'))
    expect(await textOf(store, KEYS[5]!)).toBe('y')
    await store.raise([tag('u')])
    expect((await store.read(KEYS)).entries.some((entry) => entry !== undefined)).toBe(false)
  })

  it('hold for what is amended', async () => {
    const [store, behind] = [fleet.store(nodes), fleet.store(nodes, { maxStaleness: 3_600_000 })]
    await store.replace(entries('x'))
    await behind.read(KEYS)
    await store.raise([tag('t')])
    // The new frame is no younger than the old one was known to be good.
    expect(await behind.traits.amends!.expire(KEYS[0]!, FOREVER)).toBe(true)
    expect(await textOf(store, KEYS[0]!)).toBe(undefined)
    expect(await store.traits.amends!.expire(KEYS[0]!, FOREVER)).toBe(false)
  })

  it('say how far this process may be behind', () => {
    const { shares } = fleet.store(nodes, { maxStaleness: 1000 }).traits
    expect([shares!.hearing, shares!.maxStaleness, shares!.provenUntil, shares!.eraOf('a')]).toEqual([
      'nothing',
      800,
      FOREVER,
      undefined,
    ])
  })

  it('make tickets void that were handed out before', async () => {
    const store = fleet.store(nodes)
    const born = await ticketOf(store, 'k')
    await store.raise([tag('t')])
    expect(await store.write([sealed('k', 'x', { born, tags: ['t'] })])).toEqual(['superseded'])
    expect(await store.write([sealed('k', 'x', { born, tags: ['u'] })])).toEqual(['kept'])
    expect(await textOf(store, 'k')).toBe('x')
  })
})
