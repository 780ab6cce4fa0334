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

/** Runs the command line to its end. */
export async function terrace(...args: readonly string[]): Promise<Outcome> {
  return await outcome(start(...args))
}
