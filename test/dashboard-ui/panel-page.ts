import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildPages } from '../../dashboard-ui/build.ts'
import { type DashboardOptions, dashboard, type ShownCache } from '../../src/dashboard/index.ts'
import { servePages } from './page-server.ts'

/** Where screenshots go, if somebody wants them. */
const SHOTS = process.env.TERRACE_SCREENSHOTS

/** Pages of a browser, and what came of them. */
export interface Visits {
  /** What they said to the console, errors among it. */
  readonly complaints: readonly string[]
  /** Whom they asked. */
  readonly hosts: ReadonlySet<string>
  /** A page that shows what is at an address, as soon as there is such an element. */
  open(address: string, sign: string, options?: BrowserContextOptions): Promise<Page>
}

/** How a page of the dashboard is opened. */
interface PanelVisit extends BrowserContextOptions {
  /** The cache it shows; the first one, where none is given. */
  readonly cache?: string
}

/** A dashboard over some caches, served, and a browser to look at it with. */
export interface PanelPage extends Omit<Visits, 'open'> {
  readonly url: string
  readonly browser: Browser
  /** A page that shows a view, live. */
  open(view: string, visit?: PanelVisit): Promise<Page>
  /** Ends it all, the caches too. */
  close(): Promise<void>
}

/** The folder with all built pages, until `ending` ends. */
export async function builtPages(ending: AsyncDisposableStack): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'terrace-pages-'))
  ending.defer(() => rmSync(folder, { recursive: true, force: true }))
  await buildPages(folder)
  return folder
}

/** A browser, until `ending` ends. */
export async function launched(ending: AsyncDisposableStack): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  return ending.adopt(browser, () => browser.close())
}

export function visitsOf(browser: Browser): Visits {
  const complaints: string[] = []
  const hosts = new Set<string>()
  return {
    complaints,
    hosts,
    async open(address, sign, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      const page = await context.newPage()
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => hosts.add(new URL(request.url()).host))
      await page.goto(address)
      await page.locator(sign).first().waitFor()
      return page
    },
  }
}

/** What was started is ended where the rest of it cannot be. */
export async function startPanel(
  caches: readonly (ShownCache & { close(): Promise<void> })[],
  options: DashboardOptions = {},
): Promise<PanelPage> {
  // Whatever starts later leans on what started before it, and ends first.
  await using starting = new AsyncDisposableStack()
  for (const cache of caches) starting.defer(() => cache.close())
  const folder = await builtPages(starting)
  const panel = dashboard(caches, { authorize: () => true, process: 'app-1', ...options })
  starting.defer(() => panel.close())
  const { url, close } = await servePages(join(folder, 'dashboard-ui'), panel.node)
  starting.defer(close)
  const browser = await launched(starting)
  const { open, ...seen } = visitsOf(browser)
  const ending = starting.move()
  return {
    ...seen,
    url,
    browser,
    async open(view, { cache, ...context } = {}) {
      const page = await open(`${url}#${view}`, '.standing.live', context)
      if (cache !== undefined) await page.getByLabel('Cache', { exact: true }).selectOption(cache)
      return page
    },
    close: () => ending.disposeAsync(),
  }
}

/** A screenshot of the whole page, if somebody wants it. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}
