import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { afterRubbish, RUBBISH } from './experiments/rubbish.ts'
import { Fleet } from './fleet.ts'
import { type RealStore, STORES } from './stores.ts'

describe.each(Object.entries(STORES))('rubbish in %s', (_, start) => {
  const fleet = new Fleet()
  const caches: MultiLevelCache[] = []
  let store: RealStore

  const cache = (): MultiLevelCache => {
    const made = createCache({ levels: [memory(), store.level()], ttl: '1h' })
    caches.push(made)
    return made
  }
  beforeAll(async () => {
    store = await start(fleet)
  })
  afterAll(async () => {
    await Promise.all(caches.map((each) => each.close()))
    await fleet[Symbol.asyncDispose]()
  })

  it.each(Object.entries(RUBBISH))('%s is a miss, and heals', async (name) => {
    expect(await afterRubbish(store, cache, name)).toEqual({ read: undefined, fetched: 'fetched', later: 'fetched' })
  })
})

describe('other types under the names of Redis', () => {
  it.each([
    ['a list', ['RPUSH', 'x']],
    ['a hash', ['HSET', 'f', 'x']],
    ['a stream', ['XADD', '*', 'f', 'x']],
  ] as const)('%s is a miss, and heals', async (_, [command, ...args]) => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const caches = [1, 2, 3].map(() =>
      createCache({ levels: [memory(), redis({ url: server.url, timeout: 3000 })], ttl: '1h' }),
    )
    const [writer, reader, later] = caches as [MultiLevelCache, MultiLevelCache, MultiLevelCache]
    expect((await writer.set('k', 'before')).ok).toBe(true)
    await server.command('DEL', 'terrace:{0/1}:k')
    await server.command(command, 'terrace:{0/1}:k', ...args)
    expect(await reader.getMany(['k', 'other'])).toEqual([undefined, undefined])
    expect(await reader.getOrFetch('k', () => 'fetched')).toEqual({ found: true, data: 'fetched' })
    expect(await later.get('k')).toBe('fetched')
    await Promise.all(caches.map((cache) => cache.close()))
  })

  // Up to what is no era any more, in each field that holds one; and floors above the era, of which there are none.
  const EVERY = ['rubbish', 'inf', '-inf', 'nan', '1e308', '9007199254740993', '1099511627776', '-1', '1.5']
  const DAMAGE = ['e', 'a', 'k', 'w'].flatMap((field) => EVERY.map((value) => [field, value]))
  DAMAGE.push(['a', '999999'], ['k', '999999'], ['w', '999999'])

  it('a ledger with a number that cannot be begins anew', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const cacheOver = (prefix: string) =>
      createCache({ levels: [memory(), redis({ url: server.url, timeout: 3000, prefix })], ttl: '1h' })
    for (const [field, value] of DAMAGE) {
      const prefix = `${field} ${value}:`
      const writer = cacheOver(prefix)
      await writer.set('k', 'before')
      await server.command('HSET', `${prefix}{0/1}!state`, field!, value!)
      expect(await writer.set('k', 'after'), prefix).toMatchObject({ ok: true })
      const later = cacheOver(prefix)
      // It is another history now, in which the writer says again what it had said, and that takes the value along.
      const heals = async () => (await later.get('k')) ?? (await writer.set('k', 'after')).ok
      await expect.poll(heals, { message: prefix }).toBe('after')
      expect(await writer.clear(), prefix).toMatchObject({ ok: true })
      expect(await writer.get('k'), prefix).toBe(undefined)
      await Promise.all([writer.close(), later.close()])
    }
  })

  it('a ledger of other types, or half of one, begins anew', async () => {
    await using fleet = new Fleet()
    const server = await fleet.redis()
    const cache = createCache({ levels: [memory(), redis({ url: server.url, timeout: 3000 })], ttl: '1h' })
    for (const part of ['state', 'keys', 'tags', 'prefixes', 'log']) {
      expect((await cache.set('k', part)).ok).toBe(true)
      await server.command('DEL', `terrace:{0/1}!${part}`)
      await server.command('SADD', `terrace:{0/1}!${part}`, 'rubbish')
      await cache.set('k', `after ${part}`)
      // It is another history now, so that what this process holds is not believed either.
      expect([undefined, `after ${part}`]).toContain(await cache.get('k'))
      const fresh = createCache({ levels: [redis({ url: server.url, timeout: 3000 })], ttl: '1h' })
      expect([undefined, `after ${part}`]).toContain(await fresh.get('k'))
      await fresh.close()
    }
    await cache.close()
  })
})
