import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

/** What a run of the command line left behind. */
export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Starts the command line as its user would, without a terminal. */
export function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Starts the command line and presses Ctrl-C as soon as it listens for that. */
export function startInterrupted(...args: readonly string[]): ChildProcess {
  const interrupt = "setImmediate(() => process.kill(process.pid, 'SIGINT'))"
  const preload = `process.on('newListener', (event) => { if (event === 'SIGINT') ${interrupt} })`
  const node = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`]
  return spawn(process.execPath, [...node, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What a started command line left when it has ended. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended])
  return { code, out, err }
}

/** The same with these variables in its environment, and no others of this process that the command line looks at. */
export function startWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  const { NO_COLOR, FORCE_COLOR, TERRACE_TOKEN, REDISCLI_AUTH, ...rest } = process.env
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...rest, ...env } })
}

/** Runs the command line on a terminal (`script` makes one), to which `keys` are typed once it has shown something. */
export function startOnTerminal(keys: string, ...args: readonly string[]): ChildProcess {
  const quoted = [process.execPath, MAIN, ...args].map((each) => `'${each}'`).join(' ')
  const { NO_COLOR, FORCE_COLOR, ...env } = process.env
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, TERM: 'xterm' },
  })
  child.stdout!.once('data', () => child.stdin!.write(keys))
  return child
}

/** The first line of what a command line prints that goes on. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let out = ''
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    out += String(chunk)
    if (out.includes('\n')) return out.slice(0, out.indexOf('\n'))
  }
  throw new Error(`it ended after '${out}'`)
}

/** Runs the command line to its end. */
export async function terrace(...args: readonly string[]): Promise<Outcome> {
  return await outcome(start(...args))
}
