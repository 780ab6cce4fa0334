import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, fromAsync, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { type PanelPage, startPanel } from './panel-page.ts'

export const VIEWS: readonly string[] = ['now', 'levels', 'keys', 'fleet', 'advice']

/** A dashboard over caches at work, and a browser to look at it with. */
export interface LivePanel extends PanelPage {
  /** Three levels, the last of which it shares with `other`; always read. */
  readonly cache: MultiLevelCache<unknown>
  readonly other: MultiLevelCache<unknown>
  /** The second of its levels is down. */
  readonly broken: MultiLevelCache<unknown>
  /** No page has said anything to the console, nor asked another host. */
  expectQuiet(): void
}

export async function startLivePanel(): Promise<LivePanel> {
  const feed = localFeed()
  const storage = new Map()
  const shared = () => keyv(storage, { feed, name: 'L3' })
  const cache = createCache<unknown>({
    name: 'shop',
    levels: [memory({ maxEntries: 12, policy: 'lru' }), memory({ maxEntries: 600 }), shared()],
    presence: 'app-1',
  })
  const other = createCache<unknown>({ name: 'other', levels: [memory(), memory(), shared()], presence: 'app-2' })
  // Two levels of few keys, in the queues of their policies.
  const small = createCache<unknown>({
    name: 'small',
    levels: [memory({ maxEntries: 8 }), memory({ maxEntries: 14, policy: 's3Fifo' })],
  })
  const down = async (): Promise<never> => {
    throw new Error('down')
  }
  const listing = (): never => {
    throw new Error('down')
  }
  const broken = createCache<unknown>({
    name: 'broken',
    levels: [memory(), fromAsync({ get: down, set: down, delete: down }, { keys: listing })],
  })
  await using starting = new AsyncDisposableStack()
  const panel = await startPanel([cache, other, small, broken])
  starting.defer(panel.close)
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
  const traffic = setInterval(() => void read(), 20)
  starting.defer(() => clearInterval(traffic))
  const ending = starting.move()
  return {
    ...panel,
    cache,
    other,
    broken,
    expectQuiet() {
      expect(panel.complaints).toEqual([])
      expect([...panel.hosts]).toEqual([new URL(panel.url).host])
    },
    close: () => ending.disposeAsync(),
  }
}

/** Until what the view shows has come. */
export async function shown(page: Page, view: string): Promise<void> {
  const signs: Readonly<Record<string, string>> = {
    now: '.chart canvas',
    levels: '.token',
    keys: '.tops li',
    fleet: '.node-level',
    advice: '.views .card, .views .chart',
  }
  await page.locator(signs[view]!).first().waitFor()
}

/** As fast as the page goes: for those who wait for something to come by. */
export async function hurry(page: Page): Promise<void> {
  await page.getByLabel('Pace').selectOption('2')
}

/**
 * Until something with this text comes by, however short it stays: looked for in every frame. A locator that waits
 * looks twice a second, and misses at twice the pace what is there for a third of one.
 */
export async function comesBy(page: Page, selector: string, text = ''): Promise<void> {
  await page.waitForFunction(
    ([wanted, words]) => [...document.querySelectorAll(wanted!)].some((each) => each.textContent.includes(words!)),
    [selector, text],
    { polling: 'raf' },
  )
}
