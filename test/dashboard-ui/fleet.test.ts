import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import { createCache, memory } from '../../src/index.ts'
import { memcached } from '../../src/levels/memcached.ts'
import { redis } from '../../src/levels/redis.ts'
import { type PanelPage, shoot, startPanel } from './panel-page.ts'

let cluster: RedisCluster
let servers: MemcachedServer[]
let live: PanelPage

beforeAll(async () => {
  const started = await Promise.all([startCluster(), Promise.all([0, 1, 2].map(() => startMemcached()))])
  cluster = started[0]
  servers = started[1]
  const cache = createCache<number>({
    levels: [
      memory(),
      memcached({ nodes: servers.map(({ address }) => address), name: 'memcached' }),
      redis({ nodes: cluster.ports.slice(0, 3).map((port) => `127.0.0.1:${port}`), name: 'redis' }),
    ],
  })
  live = await startPanel([cache])
  await cache.set('k', 1)
})

afterAll(async () => {
  await live?.close()
  await cluster?.close()
  await Promise.all((servers ?? []).map((each) => each.kill()))
})

/** What a row of the servers of a level says, without its figures. */
async function rowsOf(page: Page, level: string): Promise<string[]> {
  const rows = await page.getByRole('region', { name: level, exact: true }).locator('tbody tr').all()
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allTextContents()).slice(0, 3).join(' | ')))
}

const standing = (page: Page, level: string) =>
  page.getByRole('region', { name: level, exact: true }).locator('header .state')

describe('the servers of a level, one of which is down', () => {
  it('are all listed, with their roles, while all are up', async () => {
    const page = await live.open('fleet')
    await expect.poll(() => standing(page, 'redis').textContent()).toBe('✓ answers')
    expect(await standing(page, 'memcached').textContent()).toBe('✓ answers')
    await page.getByText('✓ cluster state ok · 16,384 of 16,384 slots are served').waitFor()
    const rows = await rowsOf(page, 'redis')
    expect(rows).toHaveLength(6)
    for (const [n, row] of rows.entries()) {
      expect(row).toMatch(n % 2 === 0 ? /\| ✓ up \| master of 5,46[12] slots$/ : /\| ✓ up \| replica of 127\.0\.0\.1:/)
      // A replica stands under its master.
      if (n % 2 === 1) expect(row.split('replica of ')[1]).toBe(rows[n - 1]!.split(' ')[0])
    }
    await page.context().close()
  })

  it('say who is down in words, and the level how many answer', async () => {
    const page = await live.open('fleet')
    const replica = cluster.nodes[4]!
    await Promise.all([servers[1]!.kill(), replica.kill()])
    await expect
      .poll(() => standing(page, 'memcached').textContent(), { timeout: 20_000 })
      .toBe('✕ 2 of 3 nodes answer')
    expect((await rowsOf(page, 'memcached')).map((row) => row.split(' | ')[1])).toEqual(['✓ up', '✕ down', '✓ up'])
    await expect.poll(() => standing(page, 'redis').textContent(), { timeout: 20_000 }).toBe('✕ 5 of 6 nodes answer')
    const down = (await rowsOf(page, 'redis')).filter((row) => row.includes('down'))
    expect(down).toEqual([expect.stringMatching(/ \| ✕ down \| replica of /)])
    expect(down[0]).toContain(`:${replica.port} `)
    await page.context().close()
  })

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const)('fit: %s', async (name, options) => {
    const page = await live.open('fleet', options)
    await expect.poll(() => standing(page, 'memcached').textContent(), { timeout: 20_000 }).toContain('of 3 nodes')
    const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).toBe(window)
    await shoot(page, `fleet-${name}-nodes`)
    await page.context().close()
  })

  it('tell of a cluster that has lost slots', async () => {
    const page = await live.open('fleet')
    // Its only replica is down: nobody takes over.
    await cluster.nodes[1]!.kill()
    const sign = page.getByText(/✕ cluster state fail · 10,92[23] of 16,384 slots are served/)
    await sign.waitFor({ timeout: 30_000 })
    await expect.poll(() => standing(page, 'redis').textContent()).toMatch(/✕ (not asked: )?4 of 6 nodes answer/)
    await page.context().close()
  })
})
