import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

/** What is made or fetched, and so not in every clone. */
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', 'artifacts', '.git', '.cache'])

/** All files of the repository, as paths from its root. */
export function filesOf(folder = ''): readonly string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return []
    const path = folder + entry.name
    return entry.isDirectory() ? filesOf(`${path}/`) : [path]
  })
}

export function textOf(path: string): string {
  return readFileSync(ROOT + path, 'utf8')
}

/** `package.json`, as far as the documentation speaks of it. */
export const MANIFEST: {
  readonly scripts: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
} = JSON.parse(textOf('package.json'))
