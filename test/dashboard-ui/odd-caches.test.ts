import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { amount, bytes, lasting, percent } from '../../dashboard-ui/src/live/words.ts'
import { createCache, memory } from '../../src/index.ts'
import { type PanelPage, startPanel } from './panel-page.ts'

const LONG = `a cache with a name of ${'very '.repeat(12)}many words`

let live: PanelPage

beforeAll(async () => {
  const levels = [2, 3, 4, 5, 100].map((maxEntries) => memory({ maxEntries }))
  const deep = createCache<unknown>({ name: 'deep', levels })
  const idle = createCache<unknown>({ name: 'idle', levels: [memory({ maxEntries: 3 })] })
  const blank = createCache<unknown>({ name: LONG, levels: [memory()] })
  live = await startPanel([deep, idle, blank])
  for (let n = 0; n < 200; n++) {
    await deep.getOrFetch(`user:${n % 50}`, () => n)
    await blank.getOrFetch(n % 2 === 0 ? '' : ' ', () => n)
  }
})

afterAll(() => live?.close())

describe('figures in words', () => {
  it('do not tell what is not all as all', () => {
    expect([0.9999, 1, 0.5, 0, null].map(percent)).toEqual(['99.9 %', '100.0 %', '50.0 %', '0.0 %', '–'])
  })

  it('go on to the next unit before they are rounded to a thousand', () => {
    expect([999, 999_949, 999_999, 1e6].map(bytes)).toEqual(['999 B', '999.9 kB', '1.0 MB', '1.0 MB'])
    expect([9_999, 999_949, 999_999, 999_999_999].map(amount)).toEqual(['9,999', '999.9k', '1.0M', '1.0G'])
    expect([0.9999, 9.97, 999.8].map(lasting)).toEqual(['1.0 ms', '10 ms', '1.0 s'])
  })
})

describe('caches that are not as most are, on the page', () => {
  it('says nothing of what nobody has read', async () => {
    const page = await live.open('now', { cache: 'idle' })
    const ratio = page.locator('.tile').filter({ hasText: 'Hit ratio' }).locator('b')
    await page.locator('.tile').filter({ hasText: '0 in all' }).first().waitFor()
    await expect.poll(() => ratio.textContent()).toBe('–')
    await page.goto(`${live.url}#advice`)
    await page.getByText('No reads of L1 were seen of late: too few for advice.').waitFor()
    expect(await page.locator('.chart, .advice details').count()).toBe(0)
    await page.context().close()
  })

  it('gives five levels five colours, and none a shelf wider than the one below', async () => {
    const page = await live.open('levels', { cache: 'deep' })
    await page.locator('.shelf').nth(4).waitFor()
    const [colours, widths] = await page
      .locator('.shelf')
      .evaluateAll((shelves) => [
        shelves.map((shelf) => getComputedStyle(shelf).borderInlineStartColor),
        shelves.map((shelf) => shelf.clientWidth),
      ])
    expect(new Set(colours).size).toBe(5)
    expect(widths).toEqual([...widths!].sort((a, b) => Number(a) - Number(b)))
    await page.goto(`${live.url}#now`)
    await page.locator('.chart li').filter({ hasText: 'L5' }).first().waitFor()
    const lines = await page
      .locator('.chart')
      .filter({ hasText: 'Entries held' })
      .locator('li')
      .evaluateAll((each) => each.map((line) => getComputedStyle(line, '::before').backgroundColor))
    expect(lines).toEqual(colours)
    await page.context().close()
  })

  it('shows a key of nothing, and of blanks, and explains them', async () => {
    const page = await live.open('keys', { cache: LONG })
    const hottest = page.getByRole('region', { name: 'Hottest' })
    await hottest.getByRole('button', { name: '“ ”', exact: true }).waitFor()
    await hottest.getByRole('button', { name: '“”', exact: true }).click()
    await page.locator('.explained h2').getByText('“”').waitFor()
    await page.locator('.held').getByText('served').first().waitFor()
    await page.getByRole('heading', { name: 'Biggest in L1' }).waitFor()
    await page.getByLabel('Key, prefix, tag or namespace').fill(' ')
    await page.getByRole('button', { name: 'Keys with this prefix' }).click()
    await page.getByText('1 key.').waitFor()
    await page.context().close()
  })

  it('keeps its head in one line, however long the names of caches are', async () => {
    const page = await live.open('now', { cache: LONG })
    const middle = async (of: string): Promise<number> => {
      const { y, height } = (await page.locator(of).boundingBox())!
      return Math.round(y + height / 2)
    }
    expect(Math.abs((await middle('.bar .theme')) - (await middle('.bar nav')))).toBeLessThan(5)
    await page.context().close()
  })

  it('draws in colours where the system has chosen its own', async () => {
    const page = await live.open('now', { cache: 'deep', forcedColors: 'active' })
    const chart = page.locator('.chart').filter({ hasText: 'Entries held' })
    await chart.locator('canvas').waitFor()
    const hues = (): Promise<number> =>
      chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        let coloured = 0
        for (let at = 0; at < data.length; at += 4) {
          const [red, green, blue, alpha] = data.subarray(at, at + 4)
          if (alpha! > 200 && Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!) > 60) coloured++
        }
        return coloured
      })
    await expect.poll(hues).toBeGreaterThan(50)
    await page.context().close()
  })
})
