// Leaves a page of the dashboard open before a cache at work and tells what it holds, each minute: heap after a
// collection, DOM nodes, listeners. What leaks shows in the slope.
//   node scripts/page-soak.ts [--minutes 25] [--view levels] [--reads 500]
// `--view all` goes through all views, one a sample, and measures at the first.
import { setTimeout as pause } from 'node:timers/promises'
import { localFeed } from '../src/feeds/local-feed.ts'
import { createCache, memory } from '../src/index.ts'
import { keyv } from '../src/levels/keyv.ts'
import { type Holding, holdingOf, slopes } from '../test/dashboard-ui/page-holding.ts'
import { startPanel } from '../test/dashboard-ui/panel-page.ts'
import { ScriptFlags } from './script-flags.ts'

const VIEWS = ['now', 'levels', 'keys', 'fleet', 'advice']
const flags = new ScriptFlags('node scripts/page-soak.ts [--minutes N] [--view VIEW] [--reads N]', {
  minutes: 'one',
  view: 'one',
  reads: 'one',
})
const minutes = flags.whole('minutes', 25, 1)
const perTick = Math.max(1, Math.round(flags.whole('reads', 500) / 50))
const view = flags.word('view', 'levels', [...VIEWS, 'all'])

const feed = localFeed()
const storage = new Map<string, unknown>()
const caches = ['app-1', 'app-2'].map((presence, n) =>
  createCache<number>({
    name: n === 0 ? 'shop' : 'other',
    levels: [memory({ maxEntries: 24 }), memory({ maxEntries: 2_000 }), keyv(storage, { feed, name: 'L3' })],
    ttl: '2m',
    presence,
  }),
)
const { url, browser, close } = await startPanel(caches)

// A few keys often, many seldom, new ones now and then; something is invalidated each second.
let turn = 0
const traffic = setInterval(() => {
  for (let n = 0; n < perTick; n++) {
    const key = Math.floor(3000 * Math.random() ** 4)
    caches[turn++ % 10 === 0 ? 1 : 0]!.getOrFetch(`user:${key}`, () => turn, { tags: [`group:${key % 9}`] }).catch(
      console.error,
    )
  }
  if (turn % (50 * perTick) < perTick) caches[1]!.delete(`user:${turn % 100}`).catch(console.error)
}, 20)

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  page.on('pageerror', (error) => console.error(`the page failed: ${error}`))
  const first = view === 'all' ? 'now' : view
  await page.goto(`${url}#${first}`)
  await page.locator('.standing.live').waitFor()
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')
  const holdings: Holding[] = []
  const began = performance.now()
  console.log('minute   heap kB   nodes   listeners   documents   heap of the server kB')
  for (let minute = 0; minute <= minutes; minute++) {
    while (performance.now() - began < minute * 60_000) await pause(200)
    if (view === 'all' && minute > 0) {
      for (const view of [...VIEWS, first]) {
        await page.goto(`${url}#${view}`)
        await pause(2000)
      }
    }
    const holding = await holdingOf(cdp)
    holdings.push(holding)
    globalThis.gc?.()
    const own = Math.round(process.memoryUsage().heapUsed / 1024)
    const { heap, nodes, listeners, documents } = holding
    const cells = [minute, Math.round(heap / 1024), nodes, listeners, documents, own]
    console.log(cells.map((cell, n) => String(cell).padStart([6, 10, 8, 12, 12, 24][n]!)).join(''))
  }
  // The first minutes fill what is bounded: the last minute of points, the caches of the browser.
  const settled = holdings.slice(Math.min(5, Math.floor(holdings.length / 3)))
  const { heap, nodes, listeners } = slopes(settled)
  console.log(`a minute: heap ${Math.round(heap)} bytes, ${nodes.toFixed(2)} nodes, ${listeners.toFixed(2)} listeners`)
} finally {
  clearInterval(traffic)
  await close()
}
