// The package as a user gets it: packed, linted, its types resolved as each module system does, and
// every entry point imported from an installation of the tarball in an empty folder.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { linksOf, pageOf } from '../test/docs/markdown.ts'

/** What is of use in a clone alone. */
const NOT_PACKED: ReadonlySet<string> = new Set(['compose.yaml'])

const npm = process.env.npm_execpath
const folder = mkdtempSync(join(tmpdir(), 'terrace-package-'))

function run(command: string, args: readonly string[], cwd = process.cwd()): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function runNpm(args: readonly string[], cwd?: string): string {
  return npm === undefined ? run('npm', args, cwd) : run(process.execPath, [npm, ...args], cwd)
}

try {
  const packed = JSON.parse(runNpm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder])) as
    | { filename: string }[]
    | Record<string, { filename: string }>
  const tarball = join(folder, Object.values(packed)[0]!.filename)
  console.log(run('publint', ['run', tarball, '--strict']))
  console.log(run('attw', [tarball, '--profile', 'esm-only']))

  const user = join(folder, 'user')
  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), '{ "type": "module" }')
  // What it depends on, from where it lies: nothing is fetched.
  const pack = (path: string): string => {
    const args = ['pack', path, '--json', '--ignore-scripts', '--pack-destination', folder]
    const [{ filename }] = JSON.parse(runNpm(args)) as [{ filename: string }]
    return join(folder, filename)
  }
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error']
  runNpm([...install, pack('./node_modules/msgpackr'), tarball], user)
  const { exports, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, unknown>
    version: string
  }
  const importAll = (paths: readonly string[]): void => {
    for (const path of paths) {
      const name = path.replace('.', 'terrace')
      const script = `console.log(Object.keys(await import('${name}')).length)`
      if (!(Number(run('node', ['--input-type=module', '-e', script], user)) > 0))
        throw new Error(`${name} exports nothing`)
    }
  }
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'))
  // Everything else must do without OpenTelemetry.
  importAll(paths.filter((path) => path !== './otel'))
  runNpm([...install, pack('./node_modules/@opentelemetry/api')], user)
  importAll(['./otel'])
  const printed = run('node', [join(user, 'node_modules', '.bin', 'terrace'), '--version'], user).trim()
  if (!printed.includes(version)) throw new Error(`terrace --version prints '${printed}', the package is ${version}`)
  // What the README leads to is there, and what that leads to: on a machine without a net it is all there is.
  const installed = join(user, 'node_modules', 'terrace')
  const pages = ['README.md', ...readdirSync(join(installed, 'docs')).map((name) => join('docs', name))]
  for (const page of pages) {
    for (const { text } of linksOf(pageOf(page, readFileSync(join(installed, page), 'utf8')))) {
      if (/^(https?:|#)/.test(text)) continue
      const target = join(dirname(page), text.split('#')[0]!)
      if (!existsSync(join(installed, target)) && !NOT_PACKED.has(target))
        throw new Error(`${page} leads to ${target}, which is not in the package`)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
