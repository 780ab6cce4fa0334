import { filesOf, textOf } from './repository.ts'

/** A page of documentation, line by line: line 1 is `lines[0]`. */
export interface Page {
  readonly path: string
  readonly lines: readonly PageLine[]
}

interface PageLine {
  readonly text: string
  /** What the line is: prose, code, or the fence before or after code. */
  readonly kind: 'prose' | 'opening' | 'code' | 'closing'
  /** The language of the block it belongs to: `ts`, `sh`, or nothing. `undefined` in prose. */
  readonly language: string | undefined
  /** The heading of second level above it, without its marks. */
  readonly section: string
}

/** Something a page says, and where. */
export interface Mention {
  readonly text: string
  readonly line: number
  readonly section: string
}

export function pageOf(path: string, text: string): Page {
  let language: string | undefined
  let section = ''
  const lines = text.split('\n').map((line): PageLine => {
    const fence = /^\s*```(\w*)/.exec(line)
    if (fence === null) {
      if (language === undefined) section = /^## (.*)/.exec(line)?.[1] ?? section
      return { text: line, kind: language === undefined ? 'prose' : 'code', language, section }
    }
    if (language === undefined) {
      language = fence[1]!
      return { text: line, kind: 'opening', language, section }
    }
    const closing: PageLine = { text: line, kind: 'closing', language, section }
    language = undefined
    return closing
  })
  return { path, lines }
}

/** Every page of the repository. */
export const PAGES: readonly Page[] = filesOf()
  .filter((path) => path.endsWith('.md'))
  .map((path) => pageOf(path, textOf(path)))

/** Where the links in the prose of a page lead. */
export function linksOf(page: Page): readonly Mention[] {
  return page.lines.flatMap(({ text, kind, section }, index) =>
    kind === 'prose'
      ? [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^()\s]+)\)/g)].map((match) => ({
          text: match[1]!,
          line: index + 1,
          section,
        }))
      : [],
  )
}

/** What stands in backticks in the prose of a page. */
export function codeSpans(page: Page): readonly Mention[] {
  return page.lines.flatMap(({ text, kind, section }, index) =>
    kind === 'prose'
      ? [...text.matchAll(/(`+)(.+?)\1(?!`)/g)].map((match) => ({ text: match[2]!.trim(), line: index + 1, section }))
      : [],
  )
}

/** The lines of a page's blocks of code in these languages; a command that goes on after `\` is one line. */
export function codeLines(page: Page, languages: readonly string[]): readonly Mention[] {
  const found: Mention[] = []
  let begun = ''
  for (const [index, { text, kind, language, section }] of page.lines.entries()) {
    const isIndented = kind === 'prose' && language === undefined && text.startsWith('    ')
    if (!isIndented && (kind !== 'code' || !languages.includes(language!))) continue
    begun += text.replace(/\\$/, '')
    if (text.endsWith('\\')) continue
    found.push({ text: begun.trim(), line: index + 1, section })
    begun = ''
  }
  return found
}
