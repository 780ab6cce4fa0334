import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LivePanel, startLivePanel } from './live-panel.ts'

let live: LivePanel

beforeAll(async () => {
  live = await startLivePanel()
})

afterAll(() => live?.close())

describe('keys, in a browser', () => {
  it('finds a key, explains it, and invalidates what was confirmed', async () => {
    await live.cache.set('order:1', { total: 42 }, { tags: ['orders'] })
    await live.cache.set('order:2', { total: 43 })
    const page = await live.open('keys')
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
    expect(await live.cache.has('order:1')).toBe(true)
    await page.getByRole('button', { name: 'this prefix', exact: true }).click()
    await dialog.getByRole('button', { name: 'Invalidate' }).click()
    await dialog.getByText('Done, in every level.').waitFor()
    expect([await live.cache.has('order:1'), await live.cache.has('order:2'), await live.cache.has('user:0')]).toEqual([
      false,
      false,
      true,
    ])
    await live.cache.namespace('parcels', { codeVersion: 3 }).set('1', 1)
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
    expect(await live.cache.has('parcels@3:1')).toBe(false)
    await page.context().close()
  })

  it('says of a level that did not answer that it did not', async () => {
    const page = await live.open('keys')
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

  it('never complained, and never asked anybody else', () => live.expectQuiet())
})
