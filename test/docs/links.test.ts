import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeSpans, linksOf, PAGES, type Page, pageOf } from './markdown.ts'
import { filesOf } from './repository.ts'

const files: ReadonlySet<string> = new Set(filesOf())
/** Folders, each with a slash at its end. */
const folders: ReadonlySet<string> = new Set(
  [...files].flatMap((path) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, index, parts) => `${parts.slice(0, index + 1).join('/')}/`),
  ),
)
/** What CONTRIBUTING invents to tell how it would be added, and what the benchmark makes when it is run. */
const NOT_THERE = /\/(clock|etcd|zebra)(\.test)?(\.ts|\.md|\/)$|^bench\/\.cache$/

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: Page): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = page.lines.flatMap(({ text, kind }) => {
    const heading = kind === 'prose' ? /^#{1,6} (.+)/.exec(text)?.[1] : undefined
    if (heading === undefined) return []
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = plain
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return [times === 0 ? anchor : `${anchor}-${times}`]
  })
  return new Set(anchors)
}

const pages: ReadonlyMap<string, Page> = new Map(PAGES.map((page) => [page.path, page]))

/** Links of a page that lead nowhere: `line 3: levels.md#nearer`. */
function deadLinks(page: Page): readonly string[] {
  return linksOf(page)
    .filter(({ text }) => !leadsSomewhere(page, text))
    .map(({ text, line }) => `line ${line}: ${text}`)
}

function leadsSomewhere(page: Page, target: string): boolean {
  if (/^(https?:|mailto:)/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  if (path === '') return anchorsOf(page).has(anchor ?? '')
  const full = normalize(join(dirname(page.path), path))
  if (!files.has(full) && !folders.has(full.endsWith('/') ? full : `${full}/`)) return false
  return anchor === undefined || (pages.has(full) && anchorsOf(pages.get(full)!).has(anchor))
}

/**
 * Paths in backticks that are none. A path may leave out where it begins (`cache/lookup.ts`, `rubbish.test.ts`):
 * then something must end so.
 */
function deadPaths(page: Page): readonly string[] {
  return codeSpans(page)
    .filter(({ text }) => looksLikePath(text) && !NOT_THERE.test(text) && !isThere(text))
    .map(({ text, line }) => `line ${line}: ${text}`)
}

function looksLikePath(text: string): boolean {
  if (/^[\w.-]+(\/[\w.-]+)*\.(ts|tsx|mjs|md)$/.test(text)) return true
  return /^(test|src|examples|scripts|bench|docs|demo|topology|servers|decisions|grafana)\/[\w./-]*$/.test(text)
}

function isThere(path: string): boolean {
  if (files.has(path) || folders.has(path) || folders.has(`${path}/`)) return true
  return [...files, ...folders].some((full) => full.endsWith(`/${path}`))
}

describe('what the documentation points to exists', () => {
  it.each(PAGES.map((page) => [page.path, page] as const))('%s', (_, page) => {
    expect(deadLinks(page)).toEqual([])
    expect(deadPaths(page)).toEqual([])
  })

  it('and what does not is found', () => {
    const wrong = pageOf(
      'docs/wrong.md',
      [
        '# Wrong, and `wrong`',
        '[here](#wrong-and-wrong) [there](levels.md) [further](levels.md#a-level-from-scratch) [gone](level.md#options) `[no](link.md)`',
        '[gone, too](levels.md#option)',
        '`test/docs/links.test.ts` `links.test.ts` `docs/` `docs/link.test.ts` `link.test.ts` `Map.ts()`',
      ].join('\n'),
    )
    expect(deadLinks(wrong)).toEqual(['line 2: level.md#options', 'line 3: levels.md#option'])
    expect(deadPaths(wrong)).toEqual(['line 4: docs/link.test.ts', 'line 4: link.test.ts'])
  })
})
