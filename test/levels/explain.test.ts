import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { createCache, found, fromAsync, type LevelFactory, memory, notFound } from '../../src/index.ts'
import { disk } from '../../src/levels/disk.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { Names } from '../../src/stores/redis/names.ts'

const server = await startRedis()
const cacheServer = await startMemcached()
const folder = mkdtempSync(join(tmpdir(), 'terrace-explain-'))
afterAll(async () => {
  await server.close()
  await cacheServer.kill()
  rmSync(folder, { recursive: true, force: true })
})

let places = 0
const levels: Readonly<Record<string, (place: string) => LevelFactory>> = {
  redis: (prefix) => redis({ url: `redis://127.0.0.1:${server.port}`, prefix, timeout: '10s' }),
  memcached: (prefix) => memcached({ nodes: [cacheServer.address], prefix, timeout: '10s' }),
  disk: (place) => disk({ path: join(folder, `${place}.db`), timeout: '10s' }),
}

describe.each(Object.keys(levels))('explain over %s', (name) => {
  const make = () => {
    const level = levels[name]!(`e${places++}`)
    const cache = () => createCache<unknown>({ levels: [memory(), level] })
    return { cache, one: cache() }
  }

  it('tells what lies there, for how long, how large, since when and by which codec', async () => {
    const { one } = make()
    await one.set('user:1', { name: 'Ada', password: 'swordfish' }, { ttl: '1m', tags: ['users'], version: 3 })
    const { levels, servedBy, summary } = await one.explain('user:1')
    expect(servedBy).toBe('L1')
    expect(summary).toContain('answered by L1')
    expect(levels[1]).toMatchObject({
      state: 'served',
      reason: undefined,
      found: true,
      tags: ['users'],
      version: 3,
      codec: 'json',
      preview: { text: '{ name: "Ada", password: "•••" }', type: 'Object', cut: false, masked: true },
    })
    expect(levels[1]!.ttl).toBeGreaterThan(50_000)
    // The store's clock is known as well as its answers are quick.
    expect(levels[1]!.ttl).toBeLessThan(70_000)
    expect(levels[1]!.age).toBeGreaterThanOrEqual(0)
    expect(levels[1]!.age).toBeLessThan(10_000)
    expect(levels[1]!.size).toMatchObject({ estimated: false })
    expect(levels[1]!.size!.bytes).toBeGreaterThan(56 + 40)
    await one.close()
  })

  it('tells why an entry is not served, and which floors stand against it', async () => {
    const { one } = make()
    await one.set('p:1', 1, { tags: ['t'] })
    await one.invalidateTags(['t'])
    const tagged = (await one.explain('p:1')).levels[1]!
    expect(tagged).toMatchObject({ state: 'barred', reason: 'it is older than the last invalidation of tag:t' })
    const floor = tagged.floors.find(({ scope }) => scope.kind === 'tag')!
    expect(floor.scope).toEqual({ kind: 'tag', tag: 't' })
    expect(floor.era).toBeGreaterThan(tagged.born!)
    await one.set('p:1', 2)
    await one.clearPrefix('p:')
    const cleared = (await one.explain('p:1')).levels[1]!
    expect(['barred', 'absent']).toContain(cleared.state)
    expect(cleared.floors.map(({ scope }) => scope.kind)).toContain('prefix')
    await one.close()
  })

  it('tells how it is kept fresh, and that it is stale', async () => {
    const { one } = make()
    const keep = { ttl: '1m', staleFor: '1h', etag: '"v1"', lastModified: 'Wed, 21 Oct 2015 07:28:00 GMT' } as const
    await one.getOrFetch('fresh', () => found(1, keep), { refreshAfter: 0.5 })
    await one.getOrFetch('due', () => found(1, keep), { refreshAfter: 0.000_01 })
    await one.set('plain', 1)
    const dueIn = async () => (await one.explain('due')).levels.map(({ upkeep }) => upkeep!.dueIn)
    await expect.poll(dueIn).toEqual([0, 0])
    const [fresh, due, plain] = await Promise.all(['fresh', 'due', 'plain'].map((key) => one.explain(key)))
    for (const { state, upkeep } of fresh!.levels) {
      expect(state).toBe('served')
      expect(upkeep).toMatchObject({ staleFor: undefined, etag: keep.etag, lastModified: keep.lastModified })
      expect(upkeep!.dueIn).toSatisfy((ms: number) => ms > 10_000 && ms < 40_000)
      expect(upkeep!.age).toSatisfy((ms: number) => ms >= 0 && ms < 20_000)
    }
    // Above a store that tells nothing of what others do, level 1 keeps it for less.
    expect(fresh!.levels[1]!.ttl).toBeGreaterThan(3_600_000)
    expect(fresh!.levels[1]!.upkeep!.freshFor).toSatisfy((ms: number) => ms > 40_000 && ms < 70_000)
    expect(fresh!.summary).toMatch(/^A read is answered by L1, which holds its value, fresh for another \S+ s\.$/)
    expect(due!.levels.map(({ state, upkeep }) => [state, upkeep!.dueIn])).toEqual([
      ['served', 0],
      ['served', 0],
    ])
    expect(due!.summary).toContain('and has a fetcher refresh it in the background')
    expect(plain!.levels.map(({ upkeep }) => upkeep)).toEqual([undefined, undefined])

    await one.getOrFetch('stale', () => found(1, { ...keep, ttl: 1 }))
    // One answer is looked at throughout: the clock of a shared level is measured anew now and then, and may go back a hair.
    let stale = await one.explain('stale')
    const states = async () => {
      stale = await one.explain('stale')
      return stale.levels.map(({ state }) => state)
    }
    await expect.poll(states).toEqual(['stale', 'stale'])
    const { servedBy, summary, levels } = stale
    expect([servedBy, levels[1]!.upkeep!.freshFor]).toEqual([undefined, 0])
    expect(levels[1]!.upkeep!.staleFor).toBeGreaterThanOrEqual(0)
    expect(levels[1]!.preview!.text).toBe('1')
    expect(summary).toContain('the stale copy in L1 may stand in')
    await one.close()
  })

  it('counts as no read, and promotes nothing', async () => {
    const { cache, one } = make()
    await one.set('k', 1)
    const two = cache()
    for (let n = 0; n < 3; n++) {
      expect(await two.explain('k')).toMatchObject({
        servedBy: 'L2',
        levels: [{ state: 'absent' }, { state: 'served' }],
      })
      expect((await two.explain('none')).servedBy).toBeUndefined()
    }
    expect(two.peek('k')).toBeUndefined()
    const stats = two.stats()
    expect(stats).toMatchObject({ requests: 0, hits: 0, misses: 0, fetches: 0 })
    for (const level of stats.levels) expect(level).toMatchObject({ hits: 0, misses: 0, sets: 0 })
    await one.close()
    await two.close()
  })

  it('tells of what is known to be nothing, and shows no value where none is wanted', async () => {
    const { one } = make()
    await one.getOrFetch('gone', () => notFound({ ttl: '1m' }))
    expect((await one.explain('gone')).levels[1]).toMatchObject({ state: 'served', found: false, preview: undefined })
    await one.set('k', 'swordfish')
    expect((await one.explain('k', { preview: false })).levels[1]).toMatchObject({ found: true, preview: undefined })
    const mask = (): unknown => 'hidden'
    expect((await one.explain('k', { preview: { mask } })).levels[1]!.preview).toMatchObject({
      text: '"hidden"',
      masked: true,
    })
    await one.close()
  })
})

describe('explain', () => {
  it('tells which process changed a key last, over a ledger', async () => {
    const level = levels.redis!(`w${places++}:`)
    const [one, two] = [1, 2].map(() => createCache<number>({ levels: [memory(), level] }))
    await two!.explain('k')
    await one!.set('k', 1)
    expect((await one!.explain('k')).levels[1]!.writer).toBe('this process')
    await expect.poll(async () => (await two!.explain('k')).levels[1]!.writer).toMatch(/^process [0-9a-f]{16}$/)
    await one!.close()
    await two!.close()
  })

  it('tells of damage, and of what is none of ours', async () => {
    const prefix = `d${places++}:`
    const cache = createCache<number>({ levels: [levels.redis!(prefix)] })
    await cache.set('k', 1)
    await server.command('SET', new Names(prefix, 1).frame(0, 'k'), 'rubbish')
    expect((await cache.explain('k')).levels[0]).toMatchObject({
      state: 'absent',
      reason: 'what lies there is damaged, or none of ours',
      size: { bytes: 7, estimated: false },
    })
    await cache.close()
  })

  /** A cache that hears nothing of others for minutes, and is not told where something is missing. */
  const deaf = (prefix: string) => {
    const client = new Redis(server.port)
    onTestFinished(() => client.disconnect())
    const level = redis({ client, subscriber: false, maxStaleness: '10m', timeout: '10s', prefix })
    return { client, cache: createCache<number>({ levels: [level] }) }
  }

  it('tells of what was written in a history that the server does not know what a read makes of it', async () => {
    const prefix = `h${places++}:`
    const { client, cache } = deaf(prefix)
    await cache.set('k', 1)
    const name = new Names(prefix, 1).frame(0, 'k')
    const frame = (await client.getBuffer(name))!
    const plant = async (born: number, link: string) => {
      frame.write(link, 13, 'hex')
      frame.writeDoubleLE(born, 16)
      await client.set(name, frame)
    }
    const era = frame.readDoubleLE(16)
    await plant(era + 1000, 'facade')
    const unknown = /^it was written in a history that this server does not know/
    expect(await cache.explain('k')).toMatchObject({
      servedBy: undefined,
      levels: [{ state: 'absent', reason: expect.stringMatching(unknown) }],
    })
    expect(await cache.get('k')).toBeUndefined()
    await plant(era, 'facade')
    expect((await cache.explain('k')).levels[0]!.reason).toMatch(/^it was written in a history that another took/)
    expect(await cache.get('k')).toBeUndefined()
    await cache.close()
  })

  it('tells of what others have written and this process has not heard of what a read makes of it', async () => {
    const prefix = `a${places++}:`
    const { cache } = deaf(prefix)
    const other = createCache<number>({ levels: [levels.redis!(prefix)] })
    await cache.set('k', 1)
    await other.set('k', 2, { tags: ['t'] })
    const told = async () => {
      const { state, preview, reason } = (await cache.explain('k')).levels[0]!
      return [state, preview?.text, reason]
    }
    expect(await told()).toEqual(['served', '2', undefined])
    await other.expire('k', '5m')
    expect(await told()).toEqual(['served', '2', undefined])
    await other.invalidateTags(['t'])
    const barred = ['barred', '2', 'it is older than the last invalidation of tag:t']
    // It has heard of nothing by that.
    for (let n = 0; n < 2; n++) expect(await told()).toEqual(barred)
    expect(await cache.get('k')).toBeUndefined()
    await cache.close()
    await other.close()
  })

  it('tells of entries in levels of one’s own and in Keyv', async () => {
    const store = new Map<string, unknown>()
    const own = fromAsync({
      get: async (key) => store.get(key),
      set: async (key, box) => void store.set(key, box),
      delete: async (key) => void store.delete(key),
    })
    const cache = createCache<number>({ levels: [own, keyv(new Map())] })
    await cache.set('k', 1, { tags: ['t'] })
    expect((await cache.explain('k')).levels).toMatchObject([
      { state: 'served', size: undefined },
      { state: 'served', size: { estimated: false } },
    ])
    await cache.invalidateTags(['t'])
    const [first, second] = (await cache.explain('k')).levels
    expect(first).toMatchObject({ state: 'barred', floors: [{ scope: { kind: 'key' } }, { scope: { kind: 'tag' } }] })
    expect(second).toMatchObject({ state: 'absent' })
    store.set('k', 'something else')
    expect((await cache.explain('k')).levels[0]).toMatchObject({
      state: 'absent',
      reason: 'what lies there is none of ours',
    })
    expect(cache.stats().levels.map(({ hits, misses }) => hits + misses)).toEqual([0, 0])
    await cache.close()
  })
})
