import { describe, expect, it } from 'vitest'
import { PAGES, type Page, pageOf } from './markdown.ts'
import { filesOf, textOf } from './repository.ts'

/** The properties of everything in the sources that is called options: of `interface MemoryOptions { … }` and its like. */
const properties: ReadonlySet<string> = new Set(
  filesOf('src/')
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...textOf(path).matchAll(/^(?:export )?(?:interface|type) \w*Options\b.*\{\n([\s\S]*?)^\}/gm)])
    .flatMap(([, body]) => [...body!.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)])
    .map((match) => match[1]!),
)

/** Options in the first columns of a page's tables of options that no options have: `line 5: maxEntires`. */
function unknownOptions(page: Page): readonly string[] {
  let isTable = false
  return page.lines.flatMap(({ text, kind }, index) => {
    const first = kind === 'prose' ? /^\|([^|]*)\|/.exec(text)?.[1] : undefined
    if (first === undefined || !isTable) {
      isTable = first !== undefined && /^ option\b/.test(first)
      return []
    }
    const names = [...first.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map((match) => match[1]!)
    return names.filter((name) => !properties.has(name)).map((name) => `line ${index + 1}: ${name}`)
  })
}

describe('options in tables of the documentation exist', () => {
  it.each(PAGES.map((page) => [page.path, page] as const))('%s', (_, page) => {
    expect(unknownOptions(page)).toEqual([])
  })

  it('and those that do not are found', () => {
    const table =
      '| option | default |\n|---|--|\n| `ttl`, `maxEntires` | 1 |\n| `authorize(request, visit)` | |\n\n| `other` | |'
    expect(unknownOptions(pageOf('docs/wrong.md', table))).toEqual(['line 3: maxEntires'])
  })
})
