import { afterAll, describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { keyScope, type Scope } from '../../src/entry/scope.ts'
import type { FeedFactory } from '../../src/feeds/feed.ts'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis, redisFeed } from '../../src/levels/redis.ts'

const redisServer = await startRedis()
const memcachedServer = await startMemcached()
afterAll(async () => {
  await redisServer.close()
  await memcachedServer.kill()
})

const timeout = '10s'
/** A busy machine is no fault. */
const PATIENT = { timeout: 20_000, interval: 5 }
let places = 0

/** Resolves when the caches hear the feed. */
async function hearing(...caches: readonly MultiLevelCache<unknown>[]): Promise<void> {
  for (const cache of caches) await expect.poll(() => cache.stats().levels[1]!.proven, PATIENT).toBe(true)
}

/** What the cache hears that others invalidated, from now on. */
function heardBy(cache: MultiLevelCache<unknown>): Scope[] {
  const heard: Scope[] = []
  cache.on((event) => {
    if (event.type === 'heard') heard.push(...event.scopes)
  })
  return heard
}

const pairs: Record<string, () => MultiLevelCache<unknown>[]> = {
  'Memcached with a feed over Redis': () => {
    const feed = redisFeed(redisServer.url)
    const prefix = `p${places++}`
    const far = () =>
      memcached({ nodes: `127.0.0.1:${memcachedServer.port}`, prefix, feed, timeout, maxStaleness: '60s' })
    return [1, 2].map(() => createCache({ levels: [memory(), far()] }))
  },
  'a Keyv adapter with a feed within the process': () => {
    const store = new Map()
    const feed = localFeed()
    return [1, 2].map(() => createCache({ levels: [memory(), keyv(store, { feed, timeout, maxStaleness: '60s' })] }))
  },
}

for (const [name, make] of Object.entries(pairs)) {
  describe(`two caches over ${name}`, () => {
    const changes: Record<string, [(cache: MultiLevelCache<unknown>) => Promise<unknown>, Scope]> = {
      set: [(cache) => cache.set('user:1', 'new'), keyScope('user:1')],
      delete: [(cache) => cache.delete('user:1'), keyScope('user:1')],
      invalidateTags: [(cache) => cache.invalidateTags(['team']), { kind: 'tag', tag: 'team' }],
      clearPrefix: [(cache) => cache.clearPrefix('user:'), { kind: 'prefix', prefix: 'user:' }],
      clear: [(cache) => cache.clear(), { kind: 'all' }],
    }
    for (const [verb, [change, scope]] of Object.entries(changes)) {
      it(`hear of a ${verb} long before maxStaleness is over`, async () => {
        const [a, b] = make() as [MultiLevelCache<unknown>, MultiLevelCache<unknown>]
        await hearing(a, b)
        expect(b.stats().levels[1]!.hearing).toBe('feed')
        const heard = heardBy(b)
        await a.set('user:1', 'old', { tags: ['team'] })
        // Until it has heard of that, it may forget what it reads meanwhile.
        await expect.poll(() => heard, PATIENT).toEqual([keyScope('user:1')])
        expect(await b.get('user:1')).toBe('old')
        expect(b.peek('user:1')).toBe('old')
        await change(a)
        await expect.poll(() => heard.slice(1), PATIENT).toEqual([scope])
        expect(b.peek('user:1')).toBeUndefined()
        expect(await b.get('user:1')).toBe(verb === 'set' ? 'new' : undefined)
        await Promise.all([a.close(), b.close()])
      })
    }
  })
}

describe('redisFeed', () => {
  /** Two caches of each prefix, and a value that all of them hold. */
  async function stage(feed: FeedFactory, ...prefixes: readonly string[]) {
    const nodes = `127.0.0.1:${memcachedServer.port}`
    const levels = (prefix: string) => [memory(), memcached({ nodes, prefix, feed, timeout, maxStaleness: '60s' })]
    const caches = prefixes.map((prefix) => createCache<unknown>({ levels: levels(prefix) }))
    await hearing(...caches)
    return caches
  }

  const channels = async () => {
    const joined = await redisServer.command('EVAL', "return table.concat(redis.call('PUBSUB', 'CHANNELS'), ' ')", 0)
    return joined.trim().split(' ').sort()
  }

  it('has a channel for each prefix, so that applications on one Redis do not hear each other', async () => {
    const [orders, users, alsoUsers] = (await stage(redisFeed(redisServer.url), 'orders', 'users', 'users')) as [
      MultiLevelCache<unknown>,
      MultiLevelCache<unknown>,
      MultiLevelCache<unknown>,
    ]
    await expect.poll(channels, PATIENT).toEqual(['terrace:feed:memcached:orders', 'terrace:feed:memcached:users'])
    const [byOrders, byUsers] = [heardBy(orders), heardBy(alsoUsers)]
    await users.delete('k')
    await expect.poll(() => byUsers, PATIENT).toEqual([keyScope('k')])
    expect(byOrders).toEqual([])
    await Promise.all([orders.close(), users.close(), alsoUsers.close()])
  })

  it('takes a channel of your own, whatever the prefix', async () => {
    const feed = redisFeed({ url: redisServer.url, channel: 'my-feed' })
    const [a, b] = (await stage(feed, 'a', 'b')) as [MultiLevelCache<unknown>, MultiLevelCache<unknown>]
    await expect.poll(channels, PATIENT).toEqual(['my-feed'])
    const heard = heardBy(b)
    await a.delete('k')
    await expect.poll(() => heard, PATIENT).toEqual([keyScope('k')])
    await Promise.all([a.close(), b.close()])
  })

  it('refuses a channel without a name, and options that are none', () => {
    expect(() => redisFeed({ channel: '' })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    // @ts-expect-error
    expect(() => redisFeed({ chanel: 'mine' })).toThrow(/did you mean 'channel'/i)
  })
})

describe('a feed beside two Memcached nodes, one of which is gone', () => {
  it('lets those of the other be read after everything was cleared', async () => {
    const servers = [await startMemcached(), await startMemcached()]
    const nodes = servers.map(({ address }) => address)
    const feed = redisFeed(redisServer.url)
    const level = () => memcached({ nodes, prefix: 'half', feed, timeout })
    const a = createCache<unknown>({ levels: [memory(), level()] })
    const b = createCache<unknown>({ levels: [memory({ maxEntries: 1 }), level()] })
    await hearing(a, b)
    const keys = Array.from({ length: 40 }, (_, n) => `key${n}`)
    for (const key of keys) await a.set(key, 'kept')
    const heard = heardBy(b)
    await servers[0]!.kill()
    expect(await a.invalidateTags(['team'])).toMatchObject({ ok: false })
    await expect.poll(() => heard, PATIENT).toContainEqual({ kind: 'tag', tag: 'team' })
    const kept = (await b.getMany(keys)).filter((value) => value === 'kept').length
    expect(kept).toBeGreaterThan(5)
    expect(kept).toBeLessThan(35)
    await Promise.all([a.close(), b.close(), servers[1]!.kill()])
  })
})

it('refuses what makes no feed', () => {
  const asFeed = redis(redisServer.url) as unknown as FeedFactory
  const levels = [memory(), memcached({ nodes: [memcachedServer.address], feed: asFeed })]
  expect(() => createCache({ levels })).toThrow('feed: expected what makes a feed, such as redisFeed(url), got ')
  const uncalled = memcached({ nodes: [memcachedServer.address], feed: redisFeed as unknown as FeedFactory })
  expect(() => createCache({ levels: [memory(), uncalled] })).toThrow(
    'feed: expected redisFeed(…), got redisFeed: call it',
  )
})
