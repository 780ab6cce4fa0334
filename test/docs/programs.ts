import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { VERBS } from '../../src/cli/verbs.ts'
import { MANIFEST, ROOT, textOf } from './repository.ts'

/** A program that the documentation tells how to call: its flags, each with its dashes. */
export type Program = ReadonlySet<string>

/** `terrace VERB`, by verb, as the command line itself knows its flags. */
export const TERRACE: ReadonlyMap<string, Program> = new Map(
  await Promise.all(
    Object.entries(VERBS).map(async ([name, { load }]) => {
      const { flags } = await load()
      return [name, new Set([...Object.keys(flags), 'help'].map((flag) => `--${flag}`))] as const
    }),
  ),
)

/** `npm run NAME`; `undefined`: there is no such script. */
export function scriptNamed(name: string): Program | undefined {
  if (!Object.hasOwn(MANIFEST.scripts, name)) return undefined
  // What needs packages runs another script once they are there.
  const [, behind = name] = /^node scripts\/ready\.mjs (\S+)$/.exec(MANIFEST.scripts[name]!) ?? []
  const [, path = '', verb = ''] = /^node (\S+)(?: (\w+))?$/.exec(MANIFEST.scripts[behind]!) ?? []
  if (path === 'src/cli/main.ts') return TERRACE.get(verb)
  return path === '' ? new Set() : programAt(path)
}

/**
 * The program in a file of the repository, which may have its flags beside it: their kinds are those of
 * `src/cli/flags.ts`. `undefined`: there is no such file.
 */
export function programAt(path: string): Program | undefined {
  if (!existsSync(ROOT + path)) return undefined
  const beside = ['arguments.ts', 'options.mjs'].map((name) => `${dirname(path)}/${name}`)
  const sources = [path, ...beside].filter((file) => existsSync(ROOT + file)).map(textOf)
  const names = sources.flatMap((source) => [
    ...[...source.matchAll(/([\w-]+)'?: '(?:switch|one|many|each)'/g)].map((match) => match[1]!),
    // The benchmark makes a switch of the name of each of its parts.
    ...[...source.matchAll(/^export const PARTS = \[(.*)\]$/gm)].flatMap((match) => match[1]!.match(/\w+/g) ?? []),
  ])
  return new Set([...names, 'help'].map((name) => `--${name}`))
}
