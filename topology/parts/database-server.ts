import { type ExecFileOptions, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../servers/free-port.ts'
import { awaitEnd, launch } from '../../servers/launch.ts'
import { fillPostgres } from '../database/postgres.ts'
import { ask } from '../wire/ask.ts'
import { launchedPart } from './launched-part.ts'
import type { Endings, Part } from './part.ts'

export interface DatabasePart {
  readonly part: Part
  /** For `openDatabase`. */
  readonly url: string
  /** `PostgreSQL 15.18`, or what stands in for it. */
  readonly description: string
}

const EMBEDDED = fileURLToPath(new URL('../database/embedded-server.ts', import.meta.url))
/** Where Debian and Ubuntu have the commands of PostgreSQL, a folder a version. */
const VERSIONS = '/usr/lib/postgresql'

/** @throws Error if PostgreSQL is wanted and not there */
export async function startDatabase(
  wanted: 'auto' | 'postgres' | 'embedded',
  folder: string,
  endings: Endings,
): Promise<DatabasePart> {
  const commands = wanted === 'embedded' ? undefined : postgresCommands()
  if (commands !== undefined) return startPostgres(commands, folder, endings)
  if (wanted !== 'postgres') return startEmbedded(endings)
  throw new Error('PostgreSQL is not installed (on Debian: apt-get install postgresql)')
}

/** The folder with `initdb` and `postgres`. */
function postgresCommands(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(VERSIONS, version, 'bin')), ...process.env.PATH!.split(delimiter)]
  return folders.find((folder) => ['initdb', 'postgres'].every((command) => existsSync(join(folder, command))))
}

/** PostgreSQL refuses to run as root: then it is another user, the one it was installed with if there is one. */
function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? []
  if (uid === undefined)
    throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
  return { uid: Number(uid), gid: Number(gid) }
}

async function startPostgres(commands: string, folder: string, endings: Endings): Promise<DatabasePart> {
  const user = otherUser()
  const home = join(folder, 'postgres')
  const data = join(home, 'data')
  mkdirSync(home, { mode: 0o700 })
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user !== undefined) for (const each of [home, passwordFile]) chownSync(each, user.uid, user.gid)
  const args = ['-D', data, '-U', 'terrace', '-E', 'UTF8', '--locale=C', '-A', 'scram-sha-256', '--no-sync']
  const initdb = [...args, `--pwfile=${passwordFile}`]
  await ended(join(commands, 'initdb'), initdb, { ...user, cwd: home })
  const port = await freePort()
  const url = `postgres://terrace:${password}@127.0.0.1:${port}/postgres`
  const settings = [
    ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=100'],
    // Nothing of it outlives the run.
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=32MB'],
  ].flatMap((setting) => ['-c', setting])
  let description = ''
  const answers = async (): Promise<boolean> => {
    description = await versionOf(url)
    return true
  }
  // A SIGKILL would leave its shared memory behind.
  const options = { ...user, cwd: home, detached: true, endsWith: 'SIGQUIT' } as const
  const begin = () => launch(join(commands, 'postgres'), ['-D', data, ...settings], answers, options)
  const part = await launchedPart('database', 'database', port, begin)
  endings.add(() => part.kill())
  await fillPostgres(url)
  return { part, url, description }
}

/** Runs a command to its end, also where this process ends before: it must not lose its folder meanwhile. */
async function ended(command: string, args: readonly string[], options: ExecFileOptions): Promise<void> {
  const running = promisify(execFile)(command, args, options)
  const reap = (): void => awaitEnd(running.child.pid!)
  process.prependOnceListener('exit', reap)
  await running
  process.off('exit', reap)
}

async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    return `PostgreSQL ${rows[0]!.server_version}`
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function startEmbedded(endings: Endings): Promise<DatabasePart> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const agent = new Agent()
  const answers = async () => (await ask(agent, url, 'GET', '/versions', 1000)).status === 200
  const env = { ...process.env, PORT: String(port) }
  const args = ['--disable-warning=ExperimentalWarning', EMBEDDED]
  const begin = () => launch(process.execPath, args, answers, { env, channel: true, detached: true })
  const part = await launchedPart('database', 'database', port, begin)
  endings.add(() => part.kill())
  return { part, url, description: `SQLite ${process.versions.sqlite} in a process of its own` }
}
