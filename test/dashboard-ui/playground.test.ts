import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_SCRIPT, DEFAULT_SETUP } from '../../dashboard-ui/src/engine/setup.ts'
import { writeLink } from '../../dashboard-ui/src/engine/share.ts'
import { servePages } from './page-server.ts'
import { builtPages, launched, shoot, type Visits, visitsOf } from './panel-page.ts'

const SENTENCES = [
  'The levels are empty. Step forward, play, or get a key of your own.',
  'user:1 missed L1 and L2, was fetched, stored in L2, then in L1.',
  'hello was put in L1 alone.',
  'user:2 missed L1 and L2, was fetched, stored in L2, then in L1, evicting user:1.',
  'user:1 missed L1, was found in L2 and promoted to L1, evicting hello.',
  'user:3 missed L1 and L2, was fetched, stored in L2, then in L1, evicting user:2.',
  'user:4 missed L1 and L2, was fetched, stored in L2, evicting user:2, then in L1, evicting user:1.',
]
const ATTACK = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>'

const ending = new AsyncDisposableStack()
let folder: string
let url: string
let visits: Visits

beforeAll(async () => {
  folder = await builtPages(ending)
  const server = await servePages(join(folder, 'playground'))
  ending.defer(server.close)
  url = server.url
  visits = visitsOf(await launched(ending))
})

afterAll(() => ending.disposeAsync())

function open(fragment = '', options: BrowserContextOptions = {}, at = url): Promise<Page> {
  return visits.open(`${at}${fragment}`, '.shelf', { reducedMotion: 'reduce', ...options })
}

const sentence = (page: Page) => page.locator('.telling .sentence')
const keysOf = (page: Page, n: number) => page.locator(`.stage .shelf.level-${n} .box b`).allTextContents()

async function says(page: Page, text: string): Promise<void> {
  await sentence(page).filter({ hasText: text }).waitFor({ timeout: 5000 })
}

describe('the built pages', () => {
  it.each(['playground', 'dashboard-ui'])('%s: under 80 kB in all, and nobody else is asked for anything', (name) => {
    const texts = readdirSync(join(folder, name)).map((file) => readFileSync(join(folder, name, file), 'utf8'))
    expect(texts).toHaveLength(3)
    expect(texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)).toBeLessThan(80_000)
    const addresses = texts.flatMap((text) => text.match(/https?:\/\/[\w.-]+/g) ?? [])
    expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([])
    const [page] = texts.filter((text) => text.startsWith('<!doctype'))
    expect(page).not.toMatch(/<style|style=|<script>|\son\w+=/)
  })
})

describe('the playground in a browser', () => {
  it('goes through the exercise forwards and backwards', async () => {
    const page = await open()
    await says(page, SENTENCES[0]!)
    const held: string[][][] = [[[], []]]
    for (const text of SENTENCES.slice(1)) {
      await page.getByRole('button', { name: 'One step on' }).click()
      await says(page, text)
      held.push([await keysOf(page, 1), await keysOf(page, 2)])
    }
    expect(held.at(-1)).toEqual([
      ['user:3', 'user:4'],
      ['user:1', 'user:3', 'user:4'],
    ])
    await shoot(page, 'playground-light')
    for (const [n, text] of [...SENTENCES.entries()].reverse().slice(1)) {
      await page.getByRole('button', { name: 'One step back' }).click()
      await says(page, text)
      expect([await keysOf(page, 1), await keysOf(page, 2)]).toEqual(held[n])
    }
    await page.context().close()
  })

  it('shows a step moment by moment, and ends where it would without', async () => {
    const page = await open('', { reducedMotion: 'no-preference' })
    await page.getByLabel('Speed').selectOption('4')
    await page.evaluate(() => {
      const seen: string[] = []
      const look = (): void => {
        for (const shelf of document.querySelectorAll('.shelf:is(.miss, .kept)')) {
          const now = `${shelf.querySelector('h3')!.textContent} ${shelf.querySelector('.mark')!.textContent}`
          if (seen.at(-1) !== now) seen.push(now)
        }
      }
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
      Object.assign(window, { seen })
    })
    await page.getByRole('button', { name: 'One step on' }).click()
    await page.locator('.shelf.level-2 .box').waitFor()
    await page.locator('.token').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([
      'L1 miss',
      'L2 miss',
      'L2 kept',
      'L1 kept',
    ])
    expect([await keysOf(page, 1), await keysOf(page, 2)]).toEqual([['user:1'], ['user:1']])
    await page.context().close()
  })

  it('runs what is asked for, and the same under another setup', async () => {
    const page = await open(
      '#playground?' +
        new URLSearchParams({
          levels: '2.lru-3.lru',
          latency: '5',
          seed: '1',
          rows: '[["a","1"]]',
          script: '',
          at: '0',
        }),
    )
    await page.getByLabel('Key', { exact: true }).fill('a')
    await page.getByRole('button', { name: 'Get', exact: true }).click()
    await says(page, 'a missed L1 and L2, was fetched, stored in L2, then in L1.')
    await page.getByLabel('Key', { exact: true }).fill('b')
    await page.getByLabel('Value', { exact: true }).fill('2')
    await page.getByRole('button', { name: 'Put', exact: true }).click()
    await says(page, 'b was put in L1 alone.')
    await page.getByLabel('Command').fill('set c 3')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await says(page, 'c was written to L2, then to L1, evicting a.')
    await page.getByLabel('Holds', { exact: true }).first().fill('1')
    await page.getByLabel('Holds', { exact: true }).first().press('Tab')
    await says(page, 'c was written to L2, then to L1, evicting b.')
    const holds = page.locator('.settings label').filter({ hasText: 'Holds' }).first()
    const said = (): Promise<string> => holds.evaluate((label) => getComputedStyle(label, '::after').content)
    for (const wrong of ['-1', '1.5', '1000000', '']) {
      await holds.locator('input').fill(wrong)
      await holds.locator('input').press('Tab')
      expect([wrong, await said()]).toEqual([wrong, '"A whole number from 1 to 10000"'])
    }
    await holds.locator('input').fill('1')
    await holds.locator('input').press('Tab')
    expect(await said()).toBe('none')
    await says(page, 'c was written to L2, then to L1, evicting b.')
    await page.getByLabel('Command').fill('fetch it')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('“fetch” is none of').waitFor()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await says(page, 'b was in no level.')
    // What is shown is in the address: a fresh page shows the same.
    await page.waitForFunction(() => location.hash.includes('at=4'))
    const again = await open(new URL(page.url()).hash)
    await says(again, 'b was in no level.')
    expect(await keysOf(again, 2)).toEqual(await keysOf(page, 2))
    await Promise.all([page.context().close(), again.context().close()])
  })

  it('needs no server', async () => {
    const page = await open('', {}, `${pathToFileURL(join(folder, 'playground', 'index.html'))}`)
    await page.getByRole('button', { name: 'One step on' }).click()
    await says(page, SENTENCES[1]!)
    await page.context().close()
  })

  it('is used by keyboard alone', async () => {
    const page = await open()
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 40 && (await focused()) !== name; presses++) await page.keyboard.press('Tab')
      expect(await focused()).toBe(name)
    }
    // Nothing has the focus yet.
    await page.keyboard.press('ArrowRight')
    await says(page, SENTENCES[1]!)
    await page.keyboard.press('ArrowLeft')
    await says(page, SENTENCES[0]!)
    await tabTo('One step on')
    await page.keyboard.press('Enter')
    await says(page, SENTENCES[1]!)
    await page.keyboard.press('ArrowRight')
    await says(page, SENTENCES[2]!)
    await page.keyboard.press('ArrowLeft')
    await says(page, SENTENCES[1]!)
    // What has the focus can be seen.
    expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).not.toBe('none')
    await page.keyboard.press('Home')
    await tabTo('Step')
    await page.keyboard.press('End')
    await says(page, 'the database did not answer')
    await page.context().close()
  })

  it('has a name for everything that can be used, and reads steps out', async () => {
    const page = await open()
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, select, textarea, [role=img]')]
        .filter((element) => {
          const labels = (element as HTMLInputElement).labels
          const text = `${element.getAttribute('aria-label') ?? ''}${element.textContent}${[...(labels ?? [])].map((label) => label.textContent).join('')}`
          return text.trim() === ''
        })
        .map((element) => element.outerHTML),
    )
    expect(nameless).toEqual([])
    expect(await sentence(page).getAttribute('aria-live')).toBe('polite')
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('is legible in the %s theme, by the system and by the switch', async (theme) => {
    const page = await open('', { colorScheme: theme })
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const bySystem = await ground()
    expect(await contrasts(page)).toEqual([])
    await shoot(page, `playground-${theme}-begin`)
    await page.emulateMedia({ colorScheme: theme === 'light' ? 'dark' : 'light' })
    expect(await ground()).not.toBe(bySystem)
    await page.getByLabel('Theme').selectOption(theme)
    expect(await ground()).toBe(bySystem)
    await page.reload()
    await page.locator('.shelf').first().waitFor()
    expect(await ground()).toBe(bySystem)
    await page.context().close()
  })

  it('fits 360 pixels, with every policy and with large levels', async () => {
    const setup = {
      ...DEFAULT_SETUP,
      levels: [
        { capacity: 12, policy: 'wTinyLfu', ttl: 60_000 },
        { capacity: 5000, policy: 's3Fifo', ttl: undefined },
      ],
    } as const
    const script = [...DEFAULT_SCRIPT, `set ${'long'.repeat(50)} ${'value'.repeat(100)}`]
    const page = await open(`#${writeLink({ setup, script, at: script.length })}`, {
      viewport: { width: 360, height: 740 },
    })
    await says(page, 'was written to L2, then to L1.')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    await page.locator('canvas').waitFor()
    await shoot(page, 'playground-narrow')
    await page.context().close()
  })

  it('takes keys, values and tags for text', async () => {
    const page = await open()
    await page.getByLabel('Key', { exact: true }).fill(ATTACK)
    await page.getByLabel('Value', { exact: true }).fill(ATTACK)
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.locator('.box b').filter({ hasText: '<img' }).first().waitFor()
    await page.getByLabel('Command').fill('set a "<b>" tags <img/src=x/onerror=window.attacked=1>')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('.box small').filter({ hasText: '#<img' }).first().waitFor()
    expect(
      await page.evaluate(() => [document.querySelectorAll('img, main script').length, 'attacked' in window]),
    ).toEqual([0, false])
    const link = await open('#playground?levels=<img src=x onerror=window.attacked=1>')
    await link.getByText('This link is damaged').waitFor()
    expect(await link.evaluate(() => [document.querySelectorAll('img').length, 'attacked' in window])).toEqual([
      0,
      false,
    ])
    await Promise.all([page.context().close(), link.context().close()])
  })

  it('never complained, and never asked anybody else', () => {
    expect(visits.complaints).toEqual([])
    expect([...visits.hosts].filter((host) => host !== '' && host !== new URL(url).host)).toEqual([])
  })
})

/** Texts whose contrast against what lies behind them is below 4.5 to 1. */
function contrasts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
    const rgba = (colour: string): number[] => {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      return [...canvas.getImageData(0, 0, 1, 1).data]
    }
    const light = ([r = 0, g = 0, b = 0]: number[]): number => {
      const linear = [r, g, b].map((each) =>
        each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!
    }
    const behind = (element: Element | null): number[] => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor)
        if (colour[3] === 255) return colour
      }
      return [255, 255, 255, 255]
    }
    const bad: string[] = []
    for (const element of document.querySelectorAll('main *, header *')) {
      const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== '')
      if (!text || element.closest(':disabled, option') !== null) continue
      const [ink, ground] = [light(rgba(getComputedStyle(element).color)), light(behind(element))]
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
      if (ratio < 4.5) bad.push(`${element.tagName} “${element.textContent!.slice(0, 30)}” ${ratio.toFixed(2)}`)
    }
    return bad
  })
}
