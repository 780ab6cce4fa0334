import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds a server may take until it answers. */
const PATIENCE = 30_000
const LOG_LENGTH = 4000

export interface LaunchOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid' | 'detached'> {
  /** With a channel, whose end tells the process that this one is gone. */
  readonly channel?: boolean
  /** What ends it. Default: SIGKILL, for most leave nothing behind. */
  readonly endsWith?: NodeJS.Signals
}

/** A process of one's own that serves something. It is ended with this process at the latest. */
export interface Launched {
  readonly pid: number
  /** How it ended: its code, or the signal; `undefined` while it lives. */
  readonly ended: number | string | undefined
  /** The last that it wrote. */
  readonly log: string
  /** kill -9, or what else ends it. Resolves when the process is gone. */
  kill(): Promise<void>
  /** Freezes it: connections stay open, nothing answers. */
  stop(): void
  /** Thaws it. */
  cont(): void
}

/**
 * Starts a command and waits until it answers: `answers` resolves with `true` then, and with anything else, or
 * rejects, before.
 *
 * @throws Error with the end of its log, if it ends before that or does not answer within 30 seconds
 */
export async function launch(
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
  options: LaunchOptions = {},
): Promise<Launched> {
  const { channel = false, endsWith = 'SIGKILL', ...rest } = options
  const stdio: SpawnOptions['stdio'] = channel ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { ...rest, stdio })
  const launched = reaped(child, endsWith)
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const answering = (async () => {
    for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(10)) {
      if (launched.ended !== undefined) throw new Error(`${command} ended (${launched.ended}):\n${launched.log}`)
      if ((await answers().catch(() => false)) === true) return launched
    }
    throw new Error(`${command} did not answer within ${PATIENCE / 1000} seconds:\n${launched.log}`)
  })()
  try {
    return await Promise.race([answering, failed])
  } catch (error) {
    answering.catch(() => undefined)
    await launched.kill()
    throw error
  }
}

/** Stands still until a process that cleans up has ended, for five seconds at most: at the end of this one nothing can be awaited. */
export function awaitEnd(pid: number): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let left = 250; left > 0; left--) {
    try {
      // Ended, and not yet asked how.
      if (/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return
    } catch {
      return
    }
    Atomics.wait(clock, 0, 0, 20)
  }
}

function reaped(child: ChildProcess, endsWith: NodeJS.Signals): Launched {
  let log = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-LOG_LENGTH)
    })
  }
  // What somebody forgets to end must not outlive this process.
  const reap = (): void => {
    child.kill(endsWith)
    if (endsWith !== 'SIGKILL') awaitEnd(child.pid!)
  }
  if (process.getMaxListeners() < 100) process.setMaxListeners(100)
  // Before whatever removes its folder.
  process.prependOnceListener('exit', reap)
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      process.off('exit', reap)
      resolve()
    }
    child.once('exit', end)
    // A command that is not there.
    child.once('error', () => (child.pid === undefined ? end() : undefined))
  })
  return {
    get pid() {
      return child.pid!
    },
    get ended() {
      return child.signalCode ?? child.exitCode ?? undefined
    },
    get log() {
      return log
    },
    kill: () => {
      child.kill(endsWith)
      return over
    },
    stop: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
  }
}
