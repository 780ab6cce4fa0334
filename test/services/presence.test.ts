import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RedisServer } from '../../servers/redis-server.ts'
import { dashboard, type Fleet as FleetAnswer } from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis, redisFeed } from '../../src/levels/redis.ts'
import { listening, Visitor } from '../dashboard/visitor.ts'
import { Fleet } from './fleet.ts'
import type { Worker } from './worker.ts'

const PATIENT = { timeout: 60_000, interval: 200 }
const timeout = 10_000

describe('the processes of a fleet over Redis', () => {
  const fleet = new Fleet()
  let server: RedisServer
  let workers: Worker[]

  beforeAll(async () => {
    server = await fleet.redis()
    const below = { kind: 'redis' as const, options: { url: server.url, timeout } }
    workers = await Promise.all(
      [1, 2, 3].map((n) =>
        fleet.worker({ levels: [{ kind: 'memory' }, below], cache: { name: 'shop', presence: `app-${n}` } }),
      ),
    )
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  /** A dashboard of a fourth process. */
  async function watching() {
    const cache = createCache({
      name: 'shop',
      levels: [memory(), redis({ url: server.url, timeout })],
      presence: 'app-0',
    })
    const panel = dashboard(cache, { authorize: () => true })
    const http = createServer(panel.node)
    const visitor = new Visitor(`${await listening(http)}/`)
    onTestFinished(async () => {
      panel.close()
      http.closeAllConnections()
      http.close()
      await cache.close()
    })
    const nodes = async () => (await visitor.get<FleetAnswer>('fleet')).nodes
    return { cache, nodes }
  }

  it('are seen on a dashboard of one of them, with what they do, while somebody looks', async () => {
    const { nodes, cache } = await watching()
    await expect
      .poll(async () => (await nodes()).nodes.map(({ process }) => process), PATIENT)
      .toEqual(['app-0', 'app-1', 'app-2', 'app-3'])
    await workers[0]!.ask('set', 'k', 1)
    for (let n = 0; n < 50; n++) await workers[1]!.ask('get', 'k')
    await expect.poll(async () => (await nodes()).nodes[2]!.hitRatio, PATIENT).toBe(1)
    const { over, isHeard, isCrowded, nodes: seen } = await nodes()
    expect([over, isHeard, isCrowded]).toEqual([[1], true, false])
    for (const { lag, levels, version, isGone } of seen) {
      expect(lag).toBeGreaterThanOrEqual(0)
      expect(lag).toBeLessThan(timeout)
      expect(version).toBe(seen[0]!.version)
      expect(isGone).toBe(false)
      expect(levels.map(({ name, hearing, breakerState }) => [name, hearing, breakerState])).toEqual([
        ['L1', null, 'closed'],
        ['L2', 'feed', 'closed'],
      ])
    }
    expect(await cache.get('k')).toBe(1)
  })

  it('are gone when they are killed', async () => {
    const { nodes } = await watching()
    const below = { kind: 'redis' as const, options: { url: server.url, timeout } }
    const doomed = await fleet.worker({ levels: [{ kind: 'memory' }, below], cache: { presence: 'doomed' } })
    const one = async () => (await nodes()).nodes.find(({ process }) => process === 'doomed')
    await expect.poll(async () => (await one())?.isGone, PATIENT).toBe(false)
    await doomed.kill()
    await expect.poll(async () => (await one())?.isGone, PATIENT).toBe(true)
  })

  it('say nothing when nobody looks any more', async () => {
    const published = async () => /cmdstat_publish:calls=(\d+)/.exec(await server.command('INFO', 'commandstats'))![1]
    // Nothing is changed meanwhile, which would publish as well. Who looks has them answer every two seconds.
    let before = 'unknown'
    const isSilent = async () => {
      const last = before
      before = await published()
      return before === last
    }
    await expect.poll(isSilent, { timeout: 60_000, interval: 5000 }).toBe(true)
    expect(await server.command('PUBSUB', 'CHANNELS', 'terrace:#fleet:0/1')).toBe('0')
  })

  it('go on as they were whatever is published where they meet', async () => {
    const { nodes, cache } = await watching()
    await expect.poll(async () => (await nodes()).nodes.length, PATIENT).toBe(4)
    const hostile = JSON.stringify({
      ...{ v: 1, i: 'e'.repeat(16), c: '<script>', p: '<img src=x onerror=alert(1)>', r: '0' },
      ...{ u: 1, s: 1e15, h: 1, e: 1000, o: [['f'.repeat(16), 1, 1]], l: [['\u0000', 1, null, 1e15, 2, 0, 1]] },
    })
    const texts = [
      hostile,
      '{"v":1,"i":"__proto__"}',
      `{"v":1,"__proto__":{"polluted":true},"i":"${'d'.repeat(16)}"}`,
      '['.repeat(100_000),
      'x'.repeat(5_000_000),
    ]
    for (const text of texts) {
      await server.command('PUBLISH', 'terrace:#fleet:0/1', text)
      await server.command('PUBLISH', 'terrace:#feed:0/1', `terrace:call ${text}`)
    }
    await expect
      .poll(async () => (await nodes()).nodes.map(({ process }) => process), PATIENT)
      .toContain('<img src=x onerror=alert(1)>')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    // What they share goes on as before.
    await workers[0]!.ask('set', 'after', 'new')
    await expect.poll(() => cache.get('after'), PATIENT).toBe('new')
    await workers[1]!.ask('set', 'after', 'newer')
    await expect.poll(() => cache.get('after'), PATIENT).toBe('newer')
    expect(workers.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined])
  })
})

it('processes over Memcached meet over the feed beside it', async () => {
  await using fleet = new Fleet()
  const [server, node] = await Promise.all([fleet.redis(), fleet.memcached()])
  const caches = ['app-1', 'app-2'].map((presence) =>
    createCache({
      levels: [memory(), memcached({ nodes: node.address, feed: redisFeed(server.url), timeout })],
      presence,
    }),
  )
  const watch = caches[0]!.watchFleet()
  await expect.poll(() => watch.nodes().map(({ process }) => process), PATIENT).toEqual(['app-1', 'app-2'])
  expect(watch.nodes().every(({ lag }) => lag !== undefined && lag < timeout)).toBe(true)
  await Promise.all(caches.map((cache) => cache.close()))
})
