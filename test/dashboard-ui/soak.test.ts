import { setImmediate as breathe } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { holdingOf } from './page-holding.ts'
import { startPanel } from './panel-page.ts'

const VIEWS = ['levels', 'now', 'keys', 'fleet', 'advice', 'levels'] as const
/** Points that the page is told in each view, one for a second of the cache's time; activities four times as often. */
const STAY = 15

/** `scripts/page-soak.ts` does it with real time. */
it('holds no more after many rounds through all views than after one, whatever has happened meanwhile', async () => {
  const world = new FakeWorld()
  const cache = createCache<number>({ world, levels: [memory({ maxEntries: 20 }), memory({ maxEntries: 500 })] })
  const { url, browser, close } = await startPanel([cache], { world })
  onTestFinished(close)
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  let points = 0
  await page.exposeFunction('told', (seen: number) => {
    points = seen
  })
  // How far the page has come, as it says itself, not how much was sent to it.
  await page.addInitScript(() => {
    const Real = globalThis.EventSource
    let seen = 0
    globalThis.EventSource = class extends Real {
      constructor(url: string | URL) {
        super(url)
        this.addEventListener('point', () => (globalThis as unknown as { told(n: number): void }).told(++seen))
      }
    }
  })
  await page.goto(`${url}#levels`)
  await page.locator('.standing.live').waitFor()
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')

  let turn = 0
  const second = async (): Promise<void> => {
    for (let quarter = 0; quarter < 4; quarter++) {
      for (let n = 0; n < 10; n++) await cache.getOrFetch(`user:${(turn++ * turn) % 700}`, () => turn)
      world.advance(250)
      await breathe()
    }
  }
  const round = async (): Promise<void> => {
    for (const view of VIEWS) {
      await page.goto(`${url}#${view}`)
      await page.locator('.standing.live').waitFor()
      const began = points
      while (points - began < STAY) {
        await second()
        // Whoever is slow misses messages: the page is waited for.
        await page.evaluate(() => 0)
      }
    }
  }
  await round()
  const before = await holdingOf(cdp)
  for (let n = 0; n < 3; n++) await round()
  const after = await holdingOf(cdp)
  expect(points).toBeGreaterThanOrEqual(4 * VIEWS.length * STAY)
  expect(after.documents).toBe(before.documents)
  // A journey more or less is on its way.
  expect(Math.abs(after.listeners - before.listeners)).toBeLessThanOrEqual(10)
  expect(after.nodes - before.nodes).toBeLessThanOrEqual(150)
  // Some minutes of points and of what happened would be megabytes.
  expect(after.heap - before.heap).toBeLessThan(600_000)
}, 300_000)
