import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { servePages } from './page-server.ts'
import { builtPages, launched } from './panel-page.ts'

const ending = new AsyncDisposableStack()
let folder: string
let browser: Browser

beforeAll(async () => {
  folder = await builtPages(ending)
  browser = await launched(ending)
})

afterAll(() => ending.disposeAsync())

/** A process that serves the dashboard of its cache: at a free port, or at this one. */
async function serving(name: string, port = 0) {
  const cache = createCache<number>({ name: 'shop', levels: [memory({ name })] })
  const panel = dashboard(cache, { authorize: () => true, process: name })
  let isBroken = false
  const api: RequestListener = (request, response) => {
    if (isBroken) response.writeHead(502).end()
    else panel.node(request, response)
  }
  const server = await servePages(join(folder, 'dashboard-ui'), api, port)
  return {
    cache,
    url: server.url,
    port: Number(new URL(server.url).port),
    /** As a proxy does whose process is not there. */
    breakDown: () => {
      isBroken = true
    },
    stop: () => {
      panel.close()
      server.close()
    },
  }
}

describe('a page that is open while the process behind it is replaced', () => {
  it.each([
    ['gracefully', 'the cache is closed, trying again'],
    ['by a crash', 'connection lost, trying again'],
  ] as const)(
    '%s, says so and is live again',
    async (how, said) => {
      const before = await serving('before')
      const page = await browser.newPage()
      await page.goto(`${before.url}#levels`)
      await page.locator('.standing.live').waitFor()
      await page.getByText('before').first().waitFor()
      const standing = page.locator('.standing')
      if (how === 'gracefully') {
        await before.cache.close()
        await expect.poll(() => standing.textContent()).toBe(said)
        // It still answers, and refuses streams: nobody listens, and the page goes on asking.
        await page.waitForResponse((response) => response.url().includes('api/events') && response.status() === 503)
        before.breakDown()
        await page.waitForResponse((response) => response.url().includes('api/session') && response.status() === 502)
        expect(await standing.textContent()).toBe(said)
      }
      before.stop()
      await expect.poll(() => standing.textContent()).toBe(said)
      const after = await serving('after', before.port)
      await page.locator('.standing.live').waitFor({ timeout: 40_000 })
      await expect.poll(() => page.locator('[role=alert]').first().textContent()).toBe('')
      await page.getByText('after').first().waitFor()
      await after.cache.set('a', 1)
      await page.locator('.token').filter({ hasText: 'a' }).first().waitFor()
      await page.close()
      after.stop()
      await Promise.all([before.cache.close(), after.cache.close()])
    },
    90_000,
  )
})
