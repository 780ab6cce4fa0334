import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { type Launched, launch } from './launch.ts'
import { redisCommand } from './redis-wire.ts'

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Further arguments of `redis-server`: `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[]
  /** Whether it is in a process group of its own, so that Ctrl-C does not reach it. Default: `false`. */
  readonly detached?: boolean
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
  const begin = () => launchRedis(port, folder, options)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let running = await begin().catch((error) => {
    remove()
    throw error
  })
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid
    },
    command: (...args) => redisCommand(port, ...args),
    kill: () => running.kill(),
    stop: () => running.stop(),
    cont: () => running.cont(),
    restart: async () => {
      await running.kill()
      running = await begin()
    },
    close: async () => {
      await running.kill()
      remove()
    },
  }
}

function launchRedis(port: number, folder: string, { args = [], detached = false }: RedisOptions): Promise<Launched> {
  const plain = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const answers = async () => {
    // A server that wants a password or is loading has begun to answer as well.
    const answer = await redisCommand(port, 'PING').catch((error: Error) => error.message)
    return answer === 'PONG' || /^(NOAUTH|NOPERM)/.test(answer)
  }
  return launch('redis-server', [...plain, ...args], answers, { detached })
}
