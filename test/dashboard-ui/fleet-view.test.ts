import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LivePanel, shown, startLivePanel } from './live-panel.ts'
import { shoot } from './panel-page.ts'

let live: LivePanel
/** A page of its own, which reads pictures of others. */
let reader: Page

beforeAll(async () => {
  live = await startLivePanel()
  reader = await live.browser.newPage()
})

afterAll(() => live?.close())

type Colour = readonly number[]

/** The colours of an element at its left and its right edge, half way down. */
async function edges(element: Locator): Promise<readonly [Colour, Colour]> {
  const png = (await element.screenshot()).toString('base64')
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
  return colours
}

/** The largest difference of red, green or blue, of 255. */
function contrast(one: Colour, other: Colour): number {
  return Math.max(...one.map((value, n) => Math.abs(value - other[n]!)))
}

describe('the fleet, in a browser', () => {
  it('shows the processes that share a level', async () => {
    const page = await live.open('fleet')
    const rows = page.getByRole('region', { name: 'Processes' }).locator('tbody tr')
    await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(2)
    const texts = await rows.allTextContents()
    expect(texts[0]).toMatch(/^app-1 shop · answers this page/)
    expect(texts[1]).toMatch(/^app-2 other/)
    await page.getByText('2 processes answer over the feed of L3, asked while this page is open.').waitFor()
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('shows on which side of a table there is more: %s', async (colorScheme) => {
    const page = await live.open('fleet', { viewport: { width: 360, height: 740 }, colorScheme })
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

  it('never complained, and never asked anybody else', () => live.expectQuiet())
})
