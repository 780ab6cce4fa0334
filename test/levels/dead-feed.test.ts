import { afterAll, describe, expect, it } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import type { FeedFactory } from '../../src/feeds/feed.ts'
import { type CacheEvent, createCache, type LevelFactory, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redisFeed } from '../../src/levels/redis.ts'

const store = await startMemcached()
afterAll(() => store.kill())

/** A busy machine is no fault. */
const PATIENT = { timeout: 30_000, interval: 20 }
const AGES = { timeout: '1s', maxStaleness: '1s' } as const

const levels: Record<string, () => (feed: FeedFactory) => LevelFactory> = {
  Memcached: () => {
    const prefix = `dead${Math.random()}`
    return (feed) => memcached({ nodes: [store.address], prefix, feed, ...AGES })
  },
  'a Keyv adapter': () => {
    const map = new Map()
    return (feed) => keyv(map, { feed, ...AGES })
  },
}

interface Fault {
  readonly begin: (server: RedisServer) => unknown
  readonly end: (server: RedisServer) => unknown
}

const faults: Record<string, Fault> = {
  'was killed': { begin: (server) => server.kill(), end: (server) => server.restart() },
  'is frozen': { begin: (server) => server.stop(), end: (server) => server.cont() },
  'denies the channel': {
    begin: async (server) => {
      await server.command('ACL', 'SETUSER', 'default', 'resetchannels')
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    },
    end: (server) => server.command('ACL', 'SETUSER', 'default', 'allchannels'),
  },
}

for (const [name, place] of Object.entries(levels)) {
  describe(`two caches over ${name} with a feed over a Redis`, () => {
    for (const [what, { begin, end }] of Object.entries(faults)) {
      it(`that ${what} follow each other as they would without it, and hear it again`, {
        timeout: 120_000,
      }, async () => {
        const server = await startRedis()
        const level = place()
        const [a, b] = [1, 2].map(() =>
          createCache<number>({ levels: [memory(), level(redisFeed(server.url))], ttl: '1h' }),
        ) as [ReturnType<typeof createCache<number>>, ReturnType<typeof createCache<number>>]
        const events: CacheEvent[] = []
        for (const cache of [a, b]) cache.on((event) => events.push(event))
        const told = (type: CacheEvent['type']) => events.filter((event) => event.type === type)
        const hearing = () => [a, b].map((cache) => cache.stats().levels[1]!.hearing)
        const proven = () => [a, b].map((cache) => cache.stats().levels[1]!.proven)
        await expect.poll(proven, PATIENT).toEqual([true, true])
        await a.set('k', 1)
        await expect.poll(() => b.get('k'), PATIENT).toBe(1)

        await begin(server)
        await expect.poll(hearing, PATIENT).toEqual(['nothing', 'nothing'])
        expect(told('hearing')).toContainEqual({ type: 'hearing', level: 'L2', hearing: 'nothing' })
        // Twice: also what was read when it was known that the feed is gone has to be looked up again.
        for (const value of [2, 3]) {
          expect(await a.set('k', value)).toMatchObject({ ok: true })
          expect(told('unannounced').length).toBeGreaterThanOrEqual(value - 1)
          await expect.poll(() => b.get('k'), PATIENT).toBe(value)
          expect(await b.get('k')).toBe(value)
        }

        await end(server)
        await expect.poll(proven, PATIENT).toEqual([true, true])
        expect(hearing()).toEqual(['feed', 'feed'])
        expect(told('hearing')).toContainEqual({ type: 'hearing', level: 'L2', hearing: 'feed' })
        await a.set('k', 4)
        await expect.poll(() => b.get('k'), PATIENT).toBe(4)
        await Promise.all([a.close(), b.close(), server.close()])
      })
    }
  })
}
