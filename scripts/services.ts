// Finds the servers that tests run against. What is missing is installed where that is allowed and
// possible (root on Debian or Ubuntu, unless TERRACE_INSTALL=never); otherwise the tests that need it are left out, loudly.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'

/** A server, the command that starts it, and the package it comes in. */
interface Service {
  readonly name: string
  readonly command: string
  readonly package: string
  /** How tests start it. A test file that imports one of these, over however many files, needs the service. */
  readonly starters: readonly string[]
}

const SERVICES: readonly Service[] = [
  {
    name: 'Redis',
    command: 'redis-server',
    package: 'redis-server',
    starters: ['servers/redis-server.ts'],
  },
  {
    name: 'Memcached',
    command: 'memcached',
    package: 'memcached',
    starters: ['servers/memcached-server.ts'],
  },
  {
    name: 'nginx',
    command: 'nginx',
    package: 'nginx',
    starters: ['topology/parts/balancer.ts'],
  },
]

/** What cannot be tested here. */
export interface Missing {
  readonly names: readonly string[]
  /** The test files that need what is missing. */
  readonly tests: readonly string[]
}

/** Looks for the servers, and installs what is missing if it may. `undefined`: everything is there. */
export function findServices(): Missing | undefined {
  if (!process.env.PATH!.split(delimiter).includes(FOR_ROOT)) process.env.PATH += `${delimiter}${FOR_ROOT}`
  let missing = SERVICES.filter(({ command }) => !isThere(command))
  if (missing.length > 0 && mayInstall()) {
    install(missing.map((service) => service.package))
    missing = missing.filter(({ command }) => !isThere(command))
  }
  if (missing.length === 0) return undefined
  const starters = missing.flatMap((service) => service.starters)
  return { names: missing.map(({ name }) => name), tests: testsOver(starters) }
}

function isThere(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** Where Debian and Ubuntu have nginx; not everybody looks there. */
const FOR_ROOT = '/usr/sbin'

function mayInstall(): boolean {
  return process.getuid?.() === 0 && process.env.TERRACE_INSTALL !== 'never' && isThere('apt-get')
}

function install(packages: readonly string[]): void {
  // RUNLEVEL: the packages would start their servers on the usual ports, which is nobody's wish here.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args: string[]): boolean =>
    spawnSync('apt-get', [...args, ...packages], { stdio: 'ignore', env, timeout: 300_000 }).status === 0
  const flags = ['install', '-y', '--no-install-recommends']
  if (apt(...flags)) return
  spawnSync('apt-get', ['update'], { stdio: 'ignore', env, timeout: 300_000 })
  apt(...flags)
}

/** The test files that import one of these files, themselves or through others. */
function testsOver(files: readonly string[]): string[] {
  const all = ['servers', 'test', 'topology'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
  const imports = new Map(all.map((file) => [file, importsOf(file)]))
  const over = new Set(files)
  for (let before = -1; before !== over.size; ) {
    before = over.size
    for (const [file, imported] of imports) if (imported.some((each) => over.has(each))) over.add(file)
  }
  return [...over].filter((file) => file.endsWith('.test.ts')).sort()
}

function importsOf(file: string): string[] {
  const paths = readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)
  return [...paths].map(([, path]) => relative('.', join(file, '..', path!)))
}
