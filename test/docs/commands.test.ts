import { describe, expect, it } from 'vitest'
import { codeLines, codeSpans, type Mention, PAGES, type Page, pageOf } from './markdown.ts'
import { type Program, programAt, scriptNamed, TERRACE } from './programs.ts'
import { MANIFEST } from './repository.ts'

/** Every program there is. */
const ALL: readonly Program[] = [
  ...TERRACE.values(),
  ...Object.keys(MANIFEST.scripts).map((name) => scriptNamed(name)!),
]

/** Whose flags a page speaks of where it names one without its command. Elsewhere they may be anybody's: Node's, a server's. */
const SUBJECTS: Readonly<Record<string, readonly Program[]>> = {
  'CHANGELOG.md': ALL,
  'README.md': [scriptNamed('start')!],
  'docs/command-line.md': [...TERRACE.values()],
  'docs/simulate.md': [TERRACE.get('simulate')!],
  'docs/advise.md': [TERRACE.get('advise')!],
  'docs/benchmarks.md': [scriptNamed('bench')!],
  'bench/README.md': [scriptNamed('bench')!],
  'docs/topology.md': [scriptNamed('topology')!],
  'docs/coherence.md': [scriptNamed('universes')!, scriptNamed('fuzz')!],
}

const flagsIn = (text: string): readonly string[] => text.match(/(?<![\w-])--[a-z][a-z\d-]*/g) ?? []

/** What is wrong with the commands in a text. Where it has none, its flags are those of `subjects`. */
function wrongIn({ text, line, section }: Mention, subjects: readonly Program[] | undefined): readonly string[] {
  const commands = [...text.matchAll(COMMAND)]
  const wrong = commands.flatMap(([command, script, file, verb]) => {
    const [name, program] = programOf(script, file, verb)
    if (program === undefined) return [`there is no ${name}`]
    return flagsIn(command!)
      .filter((flag) => !program.has(flag))
      .map((flag) => `${name} has no ${flag}`)
  })
  if (commands.length === 0 && subjects !== undefined && /^(-- )?--[a-z]/.test(text)) {
    const own = TERRACE.get(section)
    const among = own === undefined ? subjects : [own]
    wrong.push(
      ...flagsIn(text)
        .filter((flag) => !among.some((one) => one.has(flag)))
        .map((flag) => `nothing has ${flag}`),
    )
  }
  return wrong.map((what) => `line ${line}: ${what}`)
}

/** A command and its arguments, up to the next one, a pipe or a comment. */
const COMMAND =
  /(?:npm run ([\w:-]+)|npm start|npm test|node (scripts\/[\w-]+\.m?[jt]s)|(?<![\w/.-])terrace (?!VERB\b)([a-z]+)(?= |$))(?:(?!npm |terrace |[|#]).)*/g

function programOf(
  script?: string,
  file?: string,
  verb?: string,
): readonly [name: string, program: Program | undefined] {
  if (verb !== undefined) return [`terrace ${verb}`, TERRACE.get(verb)]
  if (file !== undefined) return [file, programAt(file)]
  return [`npm run ${script ?? 'start'}`, scriptNamed(script ?? 'start')]
}

function wrongCommands(page: Page): readonly string[] {
  const subjects = SUBJECTS[page.path]
  // A terminal session shows what was typed, and what came out.
  const typed = codeLines(page, ['', 'sh', 'bash'])
    .filter(({ text }) => /^(\$ |npm |node |npx |terrace |source )/.test(text))
    .map((mention) => ({ ...mention, text: mention.text.replace(/^\$ /, '') }))
  return [...codeSpans(page), ...typed].flatMap((mention) => wrongIn(mention, subjects))
}

describe('commands in the documentation exist', () => {
  it.each(PAGES.map((page) => [page.path, page] as const))('%s', (_, page) => {
    expect(wrongCommands(page)).toEqual([])
  })

  it('and those that do not are found', () => {
    const wrong = pageOf(
      'docs/command-line.md',
      [
        '`npm run build` `npm run built` `npm run bench -- --remote --romote` `npx terrace top URL --once`',
        '## top',
        '`--once` `--onse` `--dry-run` `terrace tip URL`',
        '```',
        '$ terrace inspect redis://localhost KEY \\',
        '    --length 5 --width 7',
        'terrace --nothing: this is what came out',
        '```',
      ].join('\n'),
    )
    expect(wrongCommands(wrong)).toEqual([
      'line 1: there is no npm run built',
      'line 1: npm run bench has no --romote',
      'line 3: nothing has --onse',
      'line 3: nothing has --dry-run',
      'line 3: there is no terrace tip',
      'line 6: terrace inspect has no --width',
    ])
  })
})
