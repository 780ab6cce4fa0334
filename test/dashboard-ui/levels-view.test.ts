import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { comesBy, hurry, type LivePanel, shown, startLivePanel } from './live-panel.ts'
import { shoot } from './panel-page.ts'

let live: LivePanel

beforeAll(async () => {
  live = await startLivePanel()
})

afterAll(() => live?.close())

describe('the levels at work, in a browser', () => {
  it('shows the levels at work, and reads on their way', async () => {
    const page = await live.open('levels')
    await shown(page, 'levels')
    const held = await page.locator('.shelf.level-1 .box:not(.leaving) b').allTextContents()
    expect(held).toHaveLength(12)
    expect(held.every((key) => key.startsWith('user:'))).toBe(true)
    await page.locator('.density canvas').first().waitFor()
    await hurry(page)
    await comesBy(page, '.token')
    await comesBy(page, '.shelf.level-2.hit')
    await page.context().close()
  })

  it('shows the queues of a policy, with what it knows of each key', async () => {
    const page = await live.open('levels')
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
    const page = await live.open('levels')
    await hurry(page)
    await comesBy(page, '.token.brings')
    await comesBy(page, '.shelf.level-2.kept')
    await comesBy(page, '.shelf.level-1.kept')
    await page.context().close()
  })

  it('shows what another process invalidated, leaving the levels above the one that tells of it', async () => {
    const page = await live.open('levels')
    await hurry(page)
    await shown(page, 'levels')
    const deleting = setInterval(() => void live.other.delete('user:0'), 200)
    onTestFinished(() => clearInterval(deleting))
    const story = 'The key “user:0” was set or invalidated by another process, as L3 tells: it left L1 and L2.'
    await comesBy(page, '.story', story)
    await comesBy(page, '.token.sweeps', 'user:0')
    await comesBy(page, '.shelf.level-1.raised .leavers', 'invalidated by another process')
    await page.context().close()
  })

  it('never complained, and never asked anybody else', () => live.expectQuiet())
})
