import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from './markdown.ts'
import { moduleOf } from './page-module.ts'
import { MANIFEST, ROOT, textOf } from './repository.ts'

/** What is wrong with the code of a page: `line 12: TS2304: Cannot find name 'x'.` */
export type Mistakes = ReadonlyMap<Page, readonly string[]>

/**
 * The sources behind `terrace`, `terrace/redis` and the others: by what the package exports, and what each is built of.
 */
function sources(): Record<string, string[]> {
  const built = new Map(
    [...textOf('tsdown.config.ts').matchAll(/^\s+'?([\w/]+)'?: '(src\/.+\.ts)',$/gm)].map(([, name, source]) => [
      name!,
      source!,
    ]),
  )
  const paths: Record<string, string[]> = {}
  for (const [name, target] of Object.entries(MANIFEST.exports)) {
    if (typeof target === 'string') continue
    const source = built.get(/^\.\/dist\/(.+)\.js$/.exec(target.default)?.[1] ?? '')
    if (source === undefined) throw new Error(`tsdown.config.ts does not say what ${name} is built of`)
    paths[name.replace('.', 'terrace')] = [ROOT + source]
  }
  return paths
}

/** Type-checks the code of all pages at once, as strictly as the repository's own. */
export function typeCheck(pages: readonly Page[]): Mistakes {
  const folder = mkdtempSync(join(tmpdir(), 'terrace-docs-'))
  try {
    const files = new Map(pages.map((page) => [page.path.replace(/\.md$/, '.ts'), page]))
    for (const [file, page] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), moduleOf(page))
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: {
          // What is given is no module, though the package is one of modules.
          moduleDetection: 'legacy',
          declaration: false,
          isolatedDeclarations: false,
          noUnusedLocals: false,
          noUnusedParameters: false,
          lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
          paths: sources(),
        },
        include: [join(ROOT, 'test/docs/given.ts'), ...files.keys()],
        exclude: [],
      }),
    )
    return mistakesIn(run(folder), files)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(folder: string): string {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout, stderr, error } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  })
  if (error !== undefined) throw error
  return stdout + stderr
}

function mistakesIn(output: string, files: ReadonlyMap<string, Page>): Mistakes {
  const mistakes = new Map([...files.values()].map((page) => [page, [] as string[]]))
  for (const line of output.split('\n')) {
    const [, file, row, text] = /^(\S+\.ts)\((\d+),\d+\): error (.+)$/.exec(line) ?? []
    const page = files.get(file ?? '')
    if (page !== undefined) mistakes.get(page)!.push(`line ${row}: ${text}`)
    // Details of the mistake before are indented; anything else is no mistake of a page.
    else if (line !== '' && !line.startsWith(' ')) throw new Error(line)
  }
  return mistakes
}
