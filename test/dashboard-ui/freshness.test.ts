import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { type PanelPage, shoot, startPanel } from './panel-page.ts'

const ATTACK = '<img src=x onerror="window.attacked=1">'

let live: PanelPage
let traffic: ReturnType<typeof setInterval>

beforeAll(async () => {
  const failing = createCache<string>({
    name: 'failing',
    levels: [memory({ maxEntries: 8, policy: 'lru' }), memory({ maxEntries: 20, policy: 'lru' })],
    ttl: 1,
    staleFor: '1h',
    retryAfter: '300ms',
    source: { maxConcurrent: 2, maxQueued: 1, retries: { attempts: 1, backoff: 1 } },
  })
  // Every key is due a little after it was fetched.
  const well = createCache<string>({
    name: 'well',
    levels: [memory({ maxEntries: 8, policy: 'lru' }), memory({ maxEntries: 20 })],
    ttl: '1h',
    refreshAfter: '50ms',
  })
  const keys = [ATTACK, ...Array.from({ length: 5 }, (_, n) => `user:${n}`)]
  for (const key of keys) await failing.getOrFetch(key, () => `row of ${key}`)
  const checked = createCache<string>({ name: 'checked', levels: [memory(), memory()] })
  checked.verify({
    source: (key) => (key === 'user:0' ? 'changed past the cache' : key),
    sourcePerSecond: 10,
    within: ['1s', '2s'],
  })
  live = await startPanel([failing, well, checked])
  const down = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    throw new Error('the database is down')
  }
  traffic = setInterval(() => {
    for (const key of keys) {
      failing.getOrFetch(key, down).catch(() => undefined)
      well.getOrFetch(key, async (asked) => asked).catch(() => undefined)
    }
    // More than the line takes, and no stale copy for which the source would be spared.
    for (let n = 0; n < 5; n++) failing.getOrFetch(`order:${n}`, down).catch(() => undefined)
    for (const key of ['user:0', 'user:1']) void checked.getOrFetch(key, async (asked) => asked)
  }, 100)
})

afterAll(async () => {
  clearInterval(traffic)
  await live?.close()
})

const numberIn = async (page: Page, tile: string): Promise<number> => {
  const shown = page.locator('.tile').filter({ hasText: tile }).locator('b')
  return Number.parseFloat((await shown.textContent()) ?? '')
}

describe('a source that fails, on the page', () => {
  it('shows stale answers a second, and how the source is being spared', async () => {
    const page = await live.open('now', { cache: 'failing' })
    await expect.poll(() => numberIn(page, 'Stale answers a second'), { timeout: 20_000 }).toBeGreaterThan(1)
    await expect
      .poll(() => page.locator('.tile').filter({ hasText: 'Fetches under way' }).textContent())
      .toMatch(/\d of 2.*\d in line, [\d,]+ shed, [\d,]+ retried in all/)
    const titles = await page.locator('.chart figcaption').allTextContents()
    expect(titles).toEqual(
      expect.arrayContaining([
        'Stale answers and refreshes a second',
        'Fetches under way, and in line',
        'Shed and tried again a second',
      ]),
    )
    const chart = page.getByRole('img', { name: /^Stale answers and refreshes a second: stale answers [\d.]+/ })
    await chart.waitFor()
    expect(await page.getByRole('region', { name: 'Checked reads' }).count()).toBe(0)
    await shoot(page, 'freshness-now')
    await page.context().close()
  })

  it('lights the box of a key that was answered with a stale copy, and says why', async () => {
    const page = await live.open('levels', { cache: 'failing' })
    await page.locator('.shelf.level-1.stale .box.here').waitFor()
    await page.locator('.shelf.stale .mark').filter({ hasText: 'stale copy' }).waitFor()
    await page
      .locator('.story')
      .filter({ hasText: /^“.+” was answered with a stale copy of L1: the source (failed|is spared)\.$/ })
      .waitFor()
    await page.locator('.token.old').waitFor()
    await shoot(page, 'freshness-stale')
    await page.context().close()
  })

  it('lists what an operator should know, one line for each kind', async () => {
    const page = await live.open('levels', { cache: 'failing' })
    const notes = page.getByRole('region', { name: 'Worth knowing' }).locator('li')
    for (const text of [
      /was answered with a stale copy of L1: the source failed\./,
      /was answered with a stale copy of L1: the source is spared\./,
      /The fetch of “.+” failed after .+: Error: the database is down/,
      /The fetch of “.+” was not let through: the line was full\./,
    ])
      await notes.filter({ hasText: text }).waitFor()
    await notes
      .filter({ hasText: /[2-9]\d* times/ })
      .first()
      .waitFor()
    expect(await notes.count()).toBeLessThanOrEqual(8)
    await notes.filter({ hasText: ATTACK }).first().waitFor()
    expect(await page.evaluate(() => [document.querySelectorAll('img').length, 'attacked' in window])).toEqual([
      0,
      false,
    ])
    await shoot(page, 'freshness-notes')
    await page.context().close()
  })

  it('says all of it to whoever wants less motion', async () => {
    const page = await live.open('levels', { cache: 'failing', reducedMotion: 'reduce' })
    await page.locator('.story').filter({ hasText: 'was answered with a stale copy of L1' }).waitFor()
    await page.locator('.shelf.level-1.stale').waitFor()
    expect(await page.locator('.token').count()).toBe(0)
    await page.context().close()
  })
})

describe('a source that is well, on the page', () => {
  it('shows refreshes a second, and values that come from the source though nobody waits', async () => {
    const page = await live.open('now', { cache: 'well' })
    await expect.poll(() => numberIn(page, 'Refreshes a second'), { timeout: 20_000 }).toBeGreaterThan(1)
    expect(await numberIn(page, 'Stale answers a second')).toBe(0)
    expect(await page.locator('.tile').filter({ hasText: 'Fetches under way' }).count()).toBe(0)
    await page.goto(`${live.url}#levels`)
    await page.locator('.token').filter({ hasText: 'refreshed' }).waitFor()
    await page
      .locator('.story')
      .filter({ hasText: 'is fetched anew in the background: nobody waits for it.' })
      .waitFor()
    await page.locator('.shelf.kept').first().waitFor()
    await shoot(page, 'freshness-refresh')
    await page.context().close()
  })

  it('shows how many of the checked reads agreed, and who did not', async () => {
    const page = await live.open('now', { cache: 'checked' })
    const region = page.getByRole('region', { name: 'Checked reads' })
    await region.getByRole('columnheader', { name: 'agreed within 1.0 s' }).waitFor()
    await region.getByRole('rowheader', { name: 'L2' }).waitFor()
    await region.getByRole('rowheader', { name: 'source' }).waitFor()
    await expect.poll(() => region.textContent(), { timeout: 20_000 }).toMatch(/100 % at least \d+\.\d\d %/)
    const offenders = region.getByRole('list', { name: 'Keys that did not agree' })
    await offenders.getByText('user:0').first().waitFor({ timeout: 60_000 })
    expect(await offenders.textContent()).toContain('another value than source has')
    await shoot(page, 'freshness-checked')
    await page.context().close()
  })
})

describe.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['narrow', { viewport: { width: 360, height: 740 } }],
] as const)('in its place: %s', (name, options) => {
  it.each(['failing', 'well'])('fits: %s', async (cache) => {
    const page = await live.open('now', { cache, ...options })
    for (const view of ['now', 'levels']) {
      await page.goto(`${live.url}#${view}`)
      await page
        .locator(view === 'now' ? '.chart canvas' : '.story:not(:empty)')
        .first()
        .waitFor()
      const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect(wide).toBe(window)
      await shoot(page, `freshness-${name}-${cache}-${view}`)
    }
    await page.context().close()
  })
})

it('never complained', () => {
  expect(live.complaints).toEqual([])
})
