import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPages } from '../../dashboard-ui/build.ts'
import { type Dashboard, dashboard } from '../../src/dashboard/index.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { servePages } from './page-server.ts'

/** Where screenshots go, if somebody wants them. */
const SHOTS = process.env.TERRACE_SCREENSHOTS

const folder = mkdtempSync(join(tmpdir(), 'terrace-advice-'))
const caches: MultiLevelCache<unknown>[] = []
let panel: Dashboard
let server: Awaited<ReturnType<typeof servePages>>
let browser: Browser
const complaints: string[] = []

beforeAll(async () => {
  await buildPages(folder)
  const world = new FakeWorld(5)
  const busy = createCache<unknown>({
    name: 'busy',
    levels: [memory({ maxEntries: 200, policy: 'lru' }), memory({ maxEntries: 1000 })],
    advice: { memory: 2 ** 21 },
    world,
  })
  const off = createCache<unknown>({ name: 'off', levels: [memory()], advice: false })
  const fresh = createCache<unknown>({ name: 'fresh', levels: [memory()] })
  caches.push(busy, off, fresh)
  const users = busy.namespace('users')
  const orders = busy.namespace('orders')
  for (let read = 0; read < 30_000; read++) {
    await users.getOrFetch(`${Math.floor(world.random() ** 3 * 4000)}`, async () => ({ read }))
    await orders.getOrFetch(`${read % 500}`, async () => ({ read }))
    if (read % 20 === 0) world.advance(100)
  }
  panel = dashboard(caches, { authorize: () => true, process: 'app-1' })
  server = await servePages(join(folder, 'dashboard-ui'), panel.node)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
}, 120_000)

afterAll(async () => {
  await browser?.close()
  panel?.close()
  server?.close()
  for (const cache of caches) await cache.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${server.url}#advice`)
  await page.locator('.standing.live').waitFor()
  return page
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

describe('the view of advice, in a browser', () => {
  it('tells in words, in curves and in figures what other sizes and policies would bring', async () => {
    const page = await open()
    const first = page.getByRole('region', { name: 'Advice for L1' })
    await first.locator('.chart canvas').first().waitFor()
    const words = await first.locator('.counsel li').allTextContents()
    expect(words[0]).toMatch(
      /would raise (its hit ratio|the hit ratio of L1) from [\d.]+ % to [\d.]+ % .*spare L2 about [\d,]+ reads a minute/,
    )
    await page.getByText('on a sample of the keys').waitFor()
    const legend = await first.locator('.chart').first().locator('li').allTextContents()
    expect(legend.map((each) => each.trim())).toEqual(['lru', 'wTinyLfu', 'sieve', 's3Fifo', 'lfu'])
    // Told apart without their colours.
    const strokes = await first
      .locator('.chart')
      .first()
      .locator('line')
      .evaluateAll((lines) => {
        return lines.map((line) => line.getAttribute('stroke-dasharray'))
      })
    expect(new Set(strokes).size).toBe(5)
    await first.getByText('In figures').click()
    await first.getByRole('columnheader', { name: '200 (now)' }).waitFor()
    await first.getByRole('rowheader', { name: 'lru (now)' }).waitFor()
    expect(await first.locator('tbody td').count()).toBeGreaterThanOrEqual(25)
    await first.getByText('each namespace would reach').waitFor()
    await page.getByRole('region', { name: 'Advice for L2' }).locator('.chart canvas').waitFor()
    await shoot(page, 'advice-light')
    await page.context().close()
  })

  it('says where nothing is measured, or too little was seen', async () => {
    const page = await open()
    await page.getByLabel('Cache', { exact: true }).selectOption('off')
    await page.getByText('it is switched off (advice: false)').waitFor()
    await page.getByLabel('Cache', { exact: true }).selectOption('fresh')
    await page.getByText('too few for advice').waitFor()
    await page.context().close()
  })

  it('is readable in the dark and on a narrow screen', async () => {
    const page = await open({ viewport: { width: 360, height: 700 }, colorScheme: 'dark' })
    const first = page.getByRole('region', { name: 'Advice for L1' })
    await first.locator('.chart canvas').first().waitFor()
    await first.getByText('In figures').click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await shoot(page, 'advice-dark-narrow')
    await page.context().close()
  })

  it('leaves no complaint in the console', () => {
    expect(complaints).toEqual([])
  })
})
