import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildPages } from '../../dashboard-ui/build.ts'
import { type Dashboard, dashboard } from '../../src/dashboard/index.ts'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, fromAsync, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { servePages } from './page-server.ts'

const ATTACK = '<img src=x onerror="window.attacked=1">'
/** Where screenshots go, if somebody wants them. */
const SHOTS = process.env.TERRACE_SCREENSHOTS
const VIEWS = ['now', 'levels', 'keys', 'fleet', 'advice']

const folder = mkdtempSync(join(tmpdir(), 'terrace-live-'))
let cache: MultiLevelCache<unknown>
let other: MultiLevelCache<unknown>
let small: MultiLevelCache<unknown>
let broken: MultiLevelCache<unknown>
let panel: Dashboard
let server: Awaited<ReturnType<typeof servePages>>
let browser: Browser
let traffic: ReturnType<typeof setInterval>
const complaints: string[] = []
const hosts = new Set<string>()

beforeAll(async () => {
  await buildPages(folder)
  const feed = localFeed()
  const storage = new Map()
  const shared = () => keyv(storage, { feed, name: 'L3' })
  cache = createCache<unknown>({
    name: 'shop',
    levels: [memory({ maxEntries: 12, policy: 'lru' }), memory({ maxEntries: 600 }), shared()],
    presence: 'app-1',
  })
  other = createCache<unknown>({ name: 'other', levels: [memory(), memory(), shared()], presence: 'app-2' })
  small = createCache<unknown>({
    name: 'small',
    levels: [memory({ maxEntries: 8 }), memory({ maxEntries: 14, policy: 's3Fifo' })],
  })
  const down = async (): Promise<never> => {
    throw new Error('down')
  }
  const listing = (): never => {
    throw new Error('down')
  }
  broken = createCache<unknown>({
    name: 'broken',
    levels: [memory(), fromAsync({ get: down, set: down, delete: down }, { keys: listing })],
  })
  panel = dashboard([cache, other, small, broken], { authorize: () => true, process: 'app-1' })
  server = await servePages(join(folder, 'dashboard-ui'), panel.node)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  // Reads that hit, that are promoted and that are fetched, so that there is something to see.
  let turn = 0
  const read = async (): Promise<void> => {
    turn++
    const key = `user:${turn % 6 === 0 ? 1000 + turn : (turn * 7) % 31}`
    await cache.getOrFetch(key, async () => ({ name: key }), { tags: ['users'] })
    await cache.get('user:0')
    await small.getOrFetch(`item:${turn % 5 === 0 ? turn % 19 : turn % 6}`, () => turn)
  }
  for (let n = 0; n < 100; n++) await read()
  traffic = setInterval(() => void read(), 20)
})

afterAll(async () => {
  clearInterval(traffic)
  await browser?.close()
  panel?.close()
  server?.close()
  await Promise.all([cache, other, small, broken].map((each) => each?.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function open(view: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await page.goto(`${server.url}#${view}`)
  await page.locator('.standing.live').waitFor()
  return page
}

/** Until what the view shows has come. */
async function shown(page: Page, view: string): Promise<void> {
  const signs: Readonly<Record<string, string>> = {
    now: '.chart canvas',
    levels: '.token',
    keys: '.tops li',
    fleet: '.node-level',
    advice: '.views .card, .views .chart',
  }
  await page.locator(signs[view]!).first().waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

type Colour = readonly number[]

/** The colours of an element at its left and its right edge, half way down. */
async function edges(element: Locator): Promise<readonly [Colour, Colour]> {
  const png = (await element.screenshot()).toString('base64')
  const reader = await browser.newPage()
  const colours = await reader.evaluate(async (data) => {
    const image = new Image()
    image.src = `data:image/png;base64,${data}`
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    const pixels = canvas.getContext('2d')!
    pixels.drawImage(image, 0, 0)
    const at = (x: number) => [...pixels.getImageData(x, Math.floor(image.height / 2), 1, 1).data]
    return [at(0), at(image.width - 1)] as const
  }, png)
  await reader.close()
  return colours
}

/** The largest difference of red, green or blue, of 255. */
function contrast(one: Colour, other: Colour): number {
  return Math.max(...one.map((value, n) => Math.abs(value - other[n]!)))
}

describe('the page of the dashboard, in a browser', () => {
  it('shows figures that move with the cache', async () => {
    const page = await open('now')
    await shown(page, 'now')
    const reads = page.locator('.tile').filter({ hasText: 'Reads a second' }).locator('b')
    // Thousands are told as 1.2k.
    await expect.poll(async () => Number.parseFloat((await reads.textContent()) ?? '')).toBeGreaterThan(1)
    expect(await page.locator('.chart figcaption').allTextContents()).toContain('Answered by level, of all reads')
    await page.getByRole('button', { name: 'Last hour' }).click()
    await page.locator('.chart').first().waitFor()
    await page.getByLabel('Cache').selectOption('other')
    await expect.poll(() => reads.textContent()).toMatch(/^[–0]$/)
    await page.context().close()
  })

  it('shows each figure by level over time: hit ratios, latencies, what left, the feed, and when levels were asked', async () => {
    const failing = setInterval(() => void broken.get(`k${Math.random()}`), 20)
    onTestFinished(() => clearInterval(failing))
    const page = await open('now')
    const chart = (title: string) => page.getByRole('img', { name: new RegExp(`^${title}: `) })
    const level = String.raw`[\d.–]+( %| ms| µs)?`
    for (const [title, lines] of [
      ['Hit ratio of each level, of the reads that reached it', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Latency, median', ['L2 [\\d.]+ .s', 'L3 [\\d.]+ .s', 'fetch [\\d.]+ .s']],
      ['Latency, 99th percentile', ['L2 [\\d.]+ .s', 'L3 [\\d.]+ .s', 'fetch [\\d.]+ .s']],
      ['Evicted a second', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Expired a second', [`L1 ${level}`, `L2 ${level}`, `L3 ${level}`]],
      ['Feed latency, there and back', ['the slowest process that answers [\\d.]+ .s']],
    ] as const)
      await expect
        .poll(() => chart(title).getAttribute('aria-label', { timeout: 20_000 }), { timeout: 20_000 })
        .toMatch(new RegExp(`^${title}: ${lines.join(', ')}$`))
    await page.getByText('What L1 answers in memory is not timed.').waitFor()
    const breakers = page.locator('.breakers')
    await breakers.getByText('L3 was asked all the time').waitFor()
    await page.getByLabel('Cache').selectOption('broken')
    await breakers.getByText(/^L2 was not asked for [\d.]+ s/).waitFor()
    await breakers.locator('rect.cut').first().waitFor()
    await shoot(page, 'dashboard-breakers')
    await page.context().close()
  })

  it('shows the levels at work, and reads on their way', async () => {
    const page = await open('levels')
    await shown(page, 'levels')
    const held = await page.locator('.shelf.level-1 .box b').allTextContents()
    expect(held).toHaveLength(12)
    expect(held.every((key) => key.startsWith('user:'))).toBe(true)
    await page.locator('.density canvas').first().waitFor()
    await page.locator('.token').waitFor()
    await page.locator('.shelf.level-2.hit').waitFor()
    await page.context().close()
  })

  it('shows the queues of a policy, with what it knows of each key', async () => {
    const page = await open('levels')
    await page.getByLabel('Cache').selectOption('small')
    const labels = page.locator('.queue > p')
    await labels.filter({ hasText: 'ghosts' }).waitFor()
    expect((await labels.allTextContents()).map((text) => text.trim().split(' ')[0])).toEqual([
      ...['window', 'probation', 'protected'],
      ...['small', 'main', 'ghosts'],
    ])
    const first = page.locator('.shelf.level-1')
    expect(await first.locator('.box:not(.leaving)').count()).toBe(8)
    await first
      .locator('.box small')
      .filter({ hasText: /frequency \d/ })
      .first()
      .waitFor()
    await page
      .locator('.shelf.level-2 .box small')
      .filter({ hasText: /\d hits?/ })
      .first()
      .waitFor()
    await shoot(page, 'dashboard-light-queues')
    await page.context().close()
  })

  it('shows a value on its way up, and the levels that keep it', async () => {
    const page = await open('levels')
    await page.locator('.token.brings').waitFor()
    await page.locator('.shelf.level-2.kept').waitFor()
    await page.locator('.shelf.level-1.kept').waitFor()
    await page.context().close()
  })

  it('shows what another process invalidated, leaving the levels above the one that tells of it', async () => {
    const page = await open('levels')
    await shown(page, 'levels')
    const deleting = setInterval(() => void other.delete('user:0'), 200)
    onTestFinished(() => clearInterval(deleting))
    const story = 'The key “user:0” was set or invalidated by another process, as L3 tells: it left L1 and L2.'
    await page.locator('.story').getByText(story).waitFor()
    await page.locator('.token.sweeps').getByText('user:0').waitFor()
    const left = page.locator('.shelf.level-1.raised .leavers')
    await left.getByText('invalidated by another process').waitFor()
    await page.context().close()
  })

  it('shows the processes that share a level', async () => {
    const page = await open('fleet')
    const rows = page.getByRole('region', { name: 'Processes' }).locator('tbody tr')
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(2)
    const texts = await rows.allTextContents()
    expect(texts[0]).toMatch(/^app-1 shop · answers this page/)
    expect(texts[1]).toMatch(/^app-2 other/)
    await page.getByText('2 processes answer over the feed of L3, asked while this page is open.').waitFor()
    await page.context().close()
  })

  it('finds a key, explains it, and invalidates what was confirmed', async () => {
    await cache.set('order:1', { total: 42 }, { tags: ['orders'] })
    await cache.set('order:2', { total: 43 })
    const page = await open('keys')
    await page.getByLabel('Key, prefix, tag or namespace').fill('order:')
    await page.getByRole('button', { name: 'Keys with this prefix' }).click()
    await page.getByText('2 keys.').waitFor()
    const found = page.getByRole('region', { name: 'Find' })
    await found.getByRole('button', { name: 'order:1', exact: true }).click()
    await page.locator('.held section').first().waitFor()
    await page.locator('.held').getByText('orders').first().waitFor()
    await page.locator('.held pre').filter({ hasText: '42' }).first().waitFor()
    await page.getByRole('button', { name: 'this prefix', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('all keys that begin with “order:”').waitFor()
    await dialog
      .locator('li')
      .filter({ hasText: /: 2 keys/ })
      .first()
      .waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await cache.has('order:1')).toBe(true)
    await page.getByRole('button', { name: 'this prefix', exact: true }).click()
    await dialog.getByRole('button', { name: 'Invalidate' }).click()
    await dialog.getByText('Done, in every level.').waitFor()
    expect([await cache.has('order:1'), await cache.has('order:2'), await cache.has('user:0')]).toEqual([
      false,
      false,
      true,
    ])
    await cache.namespace('parcels', { codeVersion: 3 }).set('1', 1)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await page.getByLabel('Key, prefix, tag or namespace').fill('parcels')
    await page.getByRole('button', { name: 'this namespace', exact: true }).click()
    await dialog.getByText('the namespace “parcels”, in every version of the code').waitFor()
    await dialog
      .getByText(/: 1 key$/)
      .first()
      .waitFor()
    await dialog.getByRole('button', { name: 'Invalidate' }).click()
    await dialog.getByText('Done, in every level.').waitFor()
    expect(await cache.has('parcels@3:1')).toBe(false)
    await page.context().close()
  })

  it('takes keys, values and tags for text, in every view', async () => {
    await cache.set(ATTACK, ATTACK, { tags: [ATTACK] })
    const page = await open('keys')
    await page.getByLabel('Key, prefix, tag or namespace').fill(ATTACK)
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.locator('.held dd').filter({ hasText: '<img' }).first().waitFor()
    await page.locator('.held pre').filter({ hasText: '<img' }).first().waitFor()
    await page.getByRole('button', { name: 'Keys with this prefix' }).click()
    await page.locator('.found').getByText(ATTACK).waitFor()
    await page.getByRole('button', { name: 'this tag', exact: true }).click()
    await page.getByRole('dialog').getByText(ATTACK).waitFor()
    await page.keyboard.press('Escape')
    const attacked = () => page.evaluate(() => [document.querySelectorAll('img').length, 'attacked' in window])
    for (const view of VIEWS) {
      await page.goto(`${server.url}#${view}`)
      await shown(page, view)
      expect(await attacked()).toEqual([0, false])
    }
    await page.context().close()
  })

  it('is not rewritten by marks of direction, nor by letters from right to left', async () => {
    const turned = 'k:\u202e7\u2066'
    const hebrew = 'שלום 5'
    for (const key of [turned, hebrew]) await cache.set(key, `${key}\n${key}`, { tags: [key] })
    const page = await open('keys')
    // What stands in the field is its owner's own; everything else is the page's.
    const marks = () =>
      page.evaluate(() => /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent))
    const field = page.getByLabel('Key, prefix, tag or namespace')
    const dialog = page.getByRole('dialog')
    await field.fill(turned)
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.locator('.explained h2').getByText('k:\\u202e7\\u2066').waitFor()
    await page.locator('.held pre').filter({ hasText: 'k:\\u202e7' }).first().waitFor()
    await page.locator('.held dd').filter({ hasText: 'k:\\u202e7' }).first().waitFor()
    await page.getByRole('button', { name: 'Keys with this prefix' }).click()
    await page.locator('.found').getByText('k:\\u202e7\\u2066').click()
    expect(await marks()).toBe(false)
    const left = (of: Locator) => of.evaluate((each) => each.getBoundingClientRect().left)
    for (const [text, shown] of [
      [turned, 'k:\\u202e7\\u2066'],
      [hebrew, hebrew],
    ] as const) {
      await field.fill(text)
      await page.getByRole('button', { name: 'this prefix', exact: true }).click()
      const heading = dialog.getByRole('heading')
      expect(await heading.textContent()).toBe(`Invalidate all keys that begin with “${shown}”?`)
      // On the screen, too, the question ends with its own signs.
      const own = await heading.evaluate((each) => {
        const range = document.createRange()
        range.selectNodeContents(each.lastChild!)
        return range.getBoundingClientRect().left
      })
      expect(own).toBeGreaterThan(await left(heading.locator('bdi')))
      expect(await heading.locator('bdi').evaluate((each) => getComputedStyle(each).unicodeBidi)).toBe('isolate')
      expect(await marks()).toBe(false)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    }
    const reading = setInterval(() => {
      for (const key of [turned, hebrew]) void cache.get(key)
      void cache.delete(turned)
    }, 50)
    onTestFinished(() => clearInterval(reading))
    for (const view of VIEWS) {
      await page.goto(`${server.url}#${view}`)
      await shown(page, view)
      if (view === 'levels') await page.locator('.story').getByText('k:\\u202e7').waitFor()
      expect(await marks()).toBe(false)
    }
    await page.context().close()
  })

  it('says of a level that did not answer that it did not', async () => {
    const page = await open('keys')
    await page.getByLabel('Cache').selectOption('broken')
    await page.getByLabel('Key, prefix, tag or namespace').fill('k')
    await page.getByRole('button', { name: 'Explain' }).click()
    const second = page.locator('.held').getByRole('region', { name: 'L2' })
    await second.getByText('answer').first().waitFor()
    expect(await second.getByText('time left').count()).toBe(0)
    for (const scope of ['this key', 'this prefix']) {
      await page.getByRole('button', { name: scope, exact: true }).click()
      const silent = page.getByRole('dialog').locator('li').filter({ hasText: 'L2' })
      await silent.waitFor()
      expect(await silent.textContent()).toBe('L2: it did not answer: how many are there is not known')
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    }
    await page.context().close()
  })

  it('is used by keyboard alone, from the first Tab through every view', async () => {
    await cache.set('order:3', 'three')
    const page = await open('now')
    /** The name of what has the focus, which must be seen to have it. */
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement
        const isSeen = getComputedStyle(element).outlineStyle !== 'none'
        const name = element.getAttribute('aria-label') ?? (element.labels?.[0] ?? element).textContent.trim()
        return element === document.body ? '' : isSeen ? name : `${name}, unseen`
      })
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 150 && (await focused()) !== name; presses++) await page.keyboard.press('Tab')
      expect(await focused()).toBe(name)
    }
    const enter = async (view: string): Promise<void> => {
      await tabTo(view)
      await page.keyboard.press('Enter')
      await page.locator('nav [aria-current=page]').getByText(view, { exact: true }).waitFor()
      await shown(page, view.toLowerCase())
    }
    expect(await focused()).toBe('')
    await shown(page, 'now')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Now')
    await tabTo('Last hour')
    await page.keyboard.press('Enter')
    await page.locator('[aria-pressed=true]').getByText('Last hour').waitFor()

    await enter('Levels')
    await tabTo('Pace stopped0.5×1×2×')
    await page.keyboard.press('ArrowDown')
    expect(await page.getByLabel('Pace').inputValue()).toBe('2')

    await enter('Keys')
    await tabTo('Key, prefix, tag or namespace')
    await page.keyboard.type('order:3')
    await page.keyboard.press('Enter')
    await page.locator('.held').waitFor()
    await tabTo('this key')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').locator('li').first().waitFor()
    await tabTo('Invalidate')
    await page.keyboard.press('Enter')
    await page.getByText('Done, in every level.').waitFor()
    expect(await cache.has('order:3')).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused()).toBe('this key')

    await enter('Fleet')
    await tabTo('Processes, as a table')
    await enter('Advice')
    await tabTo('Themeautolightdark')
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
    await page.context().close()
  })

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ] as const)('fits, view by view: %s', async (name, options) => {
    const page = await open('now', options)
    for (const view of VIEWS) {
      await page.goto(`${server.url}#${view}`)
      await shown(page, view)
      const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect(wide).toBe(window)
      const cramped = await page.evaluate(() =>
        [...document.querySelectorAll('button')]
          .filter((each) => each.scrollWidth > each.clientWidth)
          .map((each) => each.textContent),
      )
      expect(cramped).toEqual([])
      await shoot(page, `dashboard-${name}-${view}`)
    }
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('shows on which side of a table there is more: %s', async (colorScheme) => {
    const page = await open('fleet', { viewport: { width: 360, height: 740 }, colorScheme })
    await shown(page, 'fleet')
    const table = page.locator('.scroll').first()
    await shoot(page, `dashboard-more-${colorScheme}`)
    // What lies behind the table, without its letters and lines.
    await table.locator('table').evaluate(({ style }) => style.setProperty('visibility', 'hidden'))
    const [paper] = await edges(page.locator('.card h2').first())
    const shaded = async () => (await edges(table)).map((colour) => contrast(colour, paper) > 40)
    const scrolled = async (left: number) => {
      await table.evaluate((each, to) => each.scrollTo(to, 0), left)
      return await shaded()
    }
    expect(await scrolled(0)).toEqual([false, true])
    expect(await scrolled(100)).toEqual([true, true])
    expect(await scrolled(10_000)).toEqual([true, false])
    await page.setViewportSize({ width: 1280, height: 900 })
    expect(await shaded()).toEqual([false, false])
    await page.context().close()
  })

  it('never complained, and never asked anybody else', () => {
    expect(complaints).toEqual([])
    expect([...hosts]).toEqual([new URL(server.url).host])
  })
})
