import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { comesBy, hurry, type LivePanel, shown, startLivePanel, VIEWS } from './live-panel.ts'
import { shoot } from './panel-page.ts'

const ATTACK = '<img src=x onerror="window.attacked=1">'
let live: LivePanel

beforeAll(async () => {
  live = await startLivePanel()
})

afterAll(() => live?.close())

describe('every view, in a browser', () => {
  it('takes keys, values and tags for text, in every view', async () => {
    await live.cache.set(ATTACK, ATTACK, { tags: [ATTACK] })
    const page = await live.open('keys')
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
      await page.goto(`${live.url}#${view}`)
      await shown(page, view)
      expect(await attacked()).toEqual([0, false])
    }
    await page.context().close()
  })

  it('is not rewritten by marks of direction, nor by letters from right to left', async () => {
    const turned = 'k:\u202e7\u2066'
    const hebrew = 'שלום 5'
    for (const key of [turned, hebrew]) await live.cache.set(key, `${key}\n${key}`, { tags: [key] })
    const page = await live.open('keys')
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
      for (const key of [turned, hebrew]) void live.cache.get(key)
      void live.cache.delete(turned)
    }, 50)
    onTestFinished(() => clearInterval(reading))
    for (const view of VIEWS) {
      await page.goto(`${live.url}#${view}`)
      await shown(page, view)
      if (view === 'levels') {
        await hurry(page)
        await comesBy(page, '.story', 'k:\\u202e7')
      }
      expect(await marks()).toBe(false)
    }
    await page.context().close()
  })

  it('is used by keyboard alone, from the first Tab through every view', async () => {
    await live.cache.set('order:3', 'three')
    const page = await live.open('now')
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
    expect(await live.cache.has('order:3')).toBe(false)
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
    const page = await live.open('now', options)
    for (const view of VIEWS) {
      await page.goto(`${live.url}#${view}`)
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

  it('never complained, and never asked anybody else', () => live.expectQuiet())
})
