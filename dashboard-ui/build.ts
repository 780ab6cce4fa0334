// Builds the page of the dashboard and the playground, each into a folder of its own: a page, a script, a
// style sheet. Nothing in them asks another host for anything. Run as a program, it tells their sizes.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'tsdown'
import { leftOut } from './left-out.ts'

const HERE = import.meta.dirname

/** What all files of one page may take together, in bytes as gzip packs them. */
const BUDGET = 80_000

interface Page {
  readonly entry: string
  readonly title: string
  readonly styles: readonly string[]
}

/** The modules of Node that `createCache` and `memory` import, and what is in their place in a page. */
const STAND_INS = {
  'node:util': join(HERE, 'src/node/util.ts'),
  'node:diagnostics_channel': join(HERE, 'src/node/diagnostics-channel.ts'),
}

const PAGES: Readonly<Record<'dashboard-ui' | 'playground', Page>> = {
  'dashboard-ui': { entry: 'src/live/main.tsx', title: 'Terrace', styles: ['ground', 'stage', 'live'] },
  playground: {
    entry: 'src/playground/main.tsx',
    title: 'Terrace playground',
    styles: ['ground', 'stage', 'playground'],
  },
}

/**
 * Builds all pages, each into its folder below `folder`.
 *
 * @returns the size of each, in words
 * @throws Error if one is larger than {@link BUDGET}
 */
export async function buildPages(folder: string): Promise<readonly string[]> {
  const sizes: string[] = []
  for (const [name, page] of Object.entries(PAGES)) {
    const size = await buildPage(page, join(folder, name))
    const text = `${name}: ${(size / 1000).toFixed(1)} kB gzipped, at most ${BUDGET / 1000}`
    if (size > BUDGET) throw new Error(text)
    sizes.push(text)
  }
  return sizes
}

/** Builds a page into `folder`, which is emptied before. @returns what its files take together, gzipped, in bytes */
async function buildPage({ entry, title, styles }: Page, folder: string): Promise<number> {
  const files = {
    'app.js': await script(entry),
    'app.css': await styleSheet(styles),
    'index.html': (await readFile(join(HERE, 'page.html'), 'utf8')).replace('<title>Terrace', `<title>${title}`),
  }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return Object.values(files).reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
}

/** One classic script: it works from a file as well as from a server. */
async function script(entry: string): Promise<string> {
  const [bundle] = await build({
    config: false,
    cwd: HERE,
    entry: { app: join(HERE, entry) },
    tsconfig: join(HERE, 'tsconfig.json'),
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    minify: true,
    dts: false,
    clean: false,
    report: false,
    write: false,
    logLevel: 'error',
    alias: STAND_INS,
    plugins: [leftOut],
    inputOptions: { onLog: refuse },
    deps: { alwaysBundle: [/./], onlyBundle: false },
  })
  const chunk = bundle!.chunks.find(({ type }) => type === 'chunk') as { imports: string[]; code: string }
  // Another module of Node would be missing at run time only.
  if (chunk.imports.length > 0) throw new Error(`nothing stands in for ${chunk.imports.join(', ')}`)
  return chunk.code
}

function refuse(level: 'debug' | 'info' | 'warn', { message }: { readonly message: string }): void {
  if (level === 'warn') throw new Error(message)
}

/** Style sheets in their order, without comments and indentation. */
async function styleSheet(names: readonly string[]): Promise<string> {
  const texts = await Promise.all(names.map((name) => readFile(join(HERE, 'style', `${name}.css`), 'utf8')))
  return texts
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s+/gm, '')
}

if (process.argv[1] === import.meta.filename) console.log((await buildPages(join(HERE, '../dist'))).join('\n'))
