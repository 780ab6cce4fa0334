import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { redisCommand } from './redis-wire.ts'

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Further arguments of `redis-server`: `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[]
}

/** A `redis-server` of one's own on the loopback, without persistence unless the arguments ask for it. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Another one after each restart. */
  readonly pid: number
  /** One command, over a connection of its own. */
  command(...args: (string | number)[]): Promise<string>
  /** kill -9. Resolves when the process is gone. */
  kill(): Promise<void>
  /** Freezes the process: connections stay open, nothing answers. */
  stop(): void
  /** Thaws it. */
  cont(): void
  /** Starts it again on the same port, killing it first if it runs. */
  restart(): Promise<void>
  /** Kills it and removes its folder. */
  close(): Promise<void>
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'terrace-redis-'))
  let child = await launch(port, folder, options.args ?? [])
  const kill = () => ended(child)
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid!
    },
    command: (...args) => redisCommand(port, ...args),
    kill,
    stop: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
    restart: async () => {
      await kill()
      child = await launch(port, folder, options.args ?? [])
    },
    close: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function launch(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const plain = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', [...plain, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (chunk) => {
    log = (log + chunk).slice(-4000)
  })
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-4000)
  })
  // What a test forgets to close must not outlive it.
  const reap = () => child.kill('SIGKILL')
  process.once('exit', reap)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  child.once('exit', () => process.off('exit', reap))
  for (;;) {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`redis-server ended:\n${log}`)
    // A server that wants a password or is loading has begun to answer as well.
    const answer = await redisCommand(port, 'PING').catch((error: Error) => error.message)
    if (answer === 'PONG' || /^(NOAUTH|NOPERM)/.test(answer)) return child
    await pause(10)
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
