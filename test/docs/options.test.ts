import { describe, expect, it } from 'vitest'
import { codeLines, codeSpans, PAGES, type Page, pageOf } from './markdown.ts'
import { filesOf, textOf } from './repository.ts'

/** The properties of everything in a source that is called options: of `interface MemoryOptions { … }` and its like. */
function optionsIn(source: string): readonly string[] {
  return [...source.matchAll(/^(?:export )?(?:interface|type) \w*Options\b.*\{\n([\s\S]*?)^\}/gm)]
    .flatMap(([, body]) => [...body!.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)])
    .map((match) => match[1]!)
}

const sources = filesOf('src/').filter((path) => path.endsWith('.ts'))
const properties: ReadonlySet<string> = new Set(sources.map(textOf).flatMap(optionsIn))

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

  it('and those of a cache and its levels are told of somewhere', () => {
    const own = sources.filter((path) =>
      /^src\/(plan\.ts|(advice|cache|codecs|dashboard|governor|integrations|levels|memory|observe|verify|wrapping)\/)/.test(
        path,
      ),
    )
    const code = PAGES.flatMap((page) => [...codeSpans(page), ...codeLines(page, ['ts'])]).map(({ text }) => text)
    const words = new Set(code.flatMap((text) => text.match(/\w+/g) ?? []))
    const options = own.map(textOf).flatMap(optionsIn)
    expect(options.length).toBeGreaterThan(100)
    expect(options.filter((name) => !words.has(name))).toEqual([])
  })

  it('and those that do not are found', () => {
    const table =
      '| option | default |\n|---|--|\n| `ttl`, `maxEntires` | 1 |\n| `authorize(request, visit)` | |\n\n| `other` | |'
    expect(unknownOptions(pageOf('docs/wrong.md', table))).toEqual(['line 3: maxEntires'])
  })
})
