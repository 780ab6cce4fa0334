import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PageServer } from '../../topology/watch/page-server.ts'
import type { Snapshot } from '../../topology/watch/snapshot.ts'

let server: PageServer
let browser: Browser
let url: string

const level = { name: 'memory', size: 12_345, breaker: 'closed', pending: 0, proven: true, latency: undefined }
const app = { fetches: 0, databaseMs: undefined, levels: [level] }
const snapshot: Snapshot = {
  at: 1000,
  phase: 'calm',
  boxes: [
    { name: 'app-1', health: 'up', ms: 1, app: { ...app, requests: 8, hitsByLevel: [4, 2, 0] } },
    { name: 'app-2', health: 'up', ms: 1, app: { ...app, requests: 0, hitsByLevel: [0, 0, 0] } },
  ],
  reads: 1_234_567,
  errors: 0,
  stale: 0,
  behind: 0,
  writes: 1,
  pendingWrites: 0,
  p50: 1,
  p99: 2,
  max: 3,
}

beforeAll(async () => {
  server = new PageServer()
  url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}/`
  const addresses = ['app-1', 'app-2'].map((name) => ({ kind: 'app', name, host: '127.0.0.1', port: 1 }))
  server.tell('addresses', addresses)
  server.tell('snapshot', snapshot)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

it('tells no hit ratio of an app server that nobody has asked, and large counts in threes', async () => {
  const page = await browser.newPage()
  await page.goto(url)
  const boxes = page.locator('.box')
  await boxes.filter({ hasText: 'app-1' }).getByText('hits 75 %').waitFor()
  await boxes.getByText('by level 50 % / 25 % / 0 %').waitFor()
  const idle = boxes.filter({ hasText: 'app-2' })
  await idle.getByText('0 reads/s, hits –').waitFor()
  await idle.getByText('by level – / – / –').waitFor()
  await idle.getByText('memory, 12,345 entries').waitFor()
  await page.getByText('1,234,567').waitFor()
  await page.close()
})

it('keeps each colour beside its name, on a narrow window', async () => {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  await page.goto(url)
  const parts = page.locator('.legend > span')
  expect(await parts.allTextContents()).toEqual(['memory', 'Redis', 'Memcached', 'database'])
  expect(await parts.evaluateAll((each) => each.map((part) => part.getClientRects().length))).toEqual([1, 1, 1, 1])
  expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBe(360)
  await page.close()
})
