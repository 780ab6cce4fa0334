import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { type PanelPage, shoot, startPanel } from './panel-page.ts'

let live: PanelPage

beforeAll(async () => {
  const world = new FakeWorld(5)
  const busy = createCache<unknown>({
    name: 'busy',
    levels: [memory({ maxEntries: 200, policy: 'lru' }), memory({ maxEntries: 1000 })],
    advice: { memory: 2 ** 21 },
    world,
  })
  const off = createCache<unknown>({ name: 'off', levels: [memory()], advice: false })
  const fresh = createCache<unknown>({ name: 'fresh', levels: [memory()] })
  const users = busy.namespace('users')
  const orders = busy.namespace('orders')
  for (let read = 0; read < 30_000; read++) {
    await users.getOrFetch(`${Math.floor(world.random() ** 3 * 4000)}`, async () => ({ read }))
    await orders.getOrFetch(`${read % 500}`, async () => ({ read }))
    if (read % 20 === 0) world.advance(100)
  }
  const many = createCache<unknown>({ name: 'many', levels: [memory({ maxEntries: 200 })], advice: true })
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const space = many.namespace(name)
    for (let read = 0; read < 400; read++) await space.getOrFetch(`${read % 100}`, async () => ({ read }))
  }
  live = await startPanel([busy, off, fresh, many])
}, 120_000)

afterAll(() => live?.close())

describe('the view of advice, in a browser', () => {
  it('tells in words, in curves and in figures what other sizes and policies would bring', async () => {
    const page = await live.open('advice')
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
    expect(await first.getByText('There are more').count()).toBe(0)
    await page.getByRole('region', { name: 'Advice for L2' }).locator('.chart canvas').waitFor()
    await shoot(page, 'advice-light')
    await page.context().close()
  })

  it('says where nothing is measured, or too little was seen', async () => {
    const page = await live.open('advice')
    await page.getByLabel('Cache', { exact: true }).selectOption('off')
    await page.getByText('it is switched off (advice: false)').waitFor()
    await page.getByLabel('Cache', { exact: true }).selectOption('fresh')
    await page.getByText('too few for advice').waitFor()
    await page.context().close()
  })

  it('says so where there are namespaces that are not measured', async () => {
    const page = await live.open('advice', { cache: 'many' })
    await page.getByText('There are more: the 5 made first are measured.').waitFor()
    const chart = page.locator('.chart').filter({ hasText: 'each namespace would reach' })
    expect((await chart.locator('li').allTextContents()).map((each) => each.trim())).toEqual(['a', 'b', 'c', 'd', 'e'])
    await page.context().close()
  })

  it('is readable in the dark and on a narrow screen', async () => {
    const page = await live.open('advice', { viewport: { width: 360, height: 700 }, colorScheme: 'dark' })
    const first = page.getByRole('region', { name: 'Advice for L1' })
    await first.locator('.chart canvas').first().waitFor()
    await first.getByText('In figures').click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await shoot(page, 'advice-dark-narrow')
    await page.context().close()
  })

  it('leaves no complaint in the console', () => {
    expect(live.complaints).toEqual([])
  })
})
