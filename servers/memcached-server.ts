import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type Launched, launch } from './launch.ts'

/** A `memcached` of one's own on the loopback. */
export interface MemcachedServer {
  readonly address: string
  readonly port: number
  readonly pid: number
  /** Sends raw bytes over a connection of its own. @returns what came back until `until` was seen */
  raw(bytes: string, until: string): Promise<string>
  /** kill -9. Resolves when the process is gone. */
  kill(): Promise<void>
  /** Freezes the process: connections stay open, nothing answers. Resolves when all its threads stand still. */
  stop(): Promise<void>
  cont(): void
  /** Starts it again on the same port, empty, killing it first if it runs. */
  restart(): Promise<void>
}

export function startMemcached(...args: readonly string[]): Promise<MemcachedServer> {
  return startMemcachedWith({ args })
}

export interface MemcachedOptions {
  /** Further arguments of `memcached`. */
  readonly args: readonly string[]
  /** Whether it is in a process group of its own, so that Ctrl-C does not reach it. Default: `false`. */
  readonly detached?: boolean
}

export async function startMemcachedWith(options: MemcachedOptions): Promise<MemcachedServer> {
  const port = await freePort()
  let running = await launchMemcached(port, options)
  return {
    address: `127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid
    },
    raw: (bytes, until) => raw(port, bytes, until),
    kill: () => running.kill(),
    stop: async () => {
      running.stop()
      const folder = `/proc/${running.pid}/task`
      const stands = (thread: string) => / T /.test(readFileSync(`${folder}/${thread}/stat`, 'latin1'))
      while (!readdirSync(folder).every(stands)) await pause(1)
    },
    cont: () => running.cont(),
    restart: async () => {
      await running.kill()
      running = await launchMemcached(port, options)
    },
  }
}

function launchMemcached(port: number, { args, detached = false }: MemcachedOptions): Promise<Launched> {
  const plain = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-t', '2']
  if (process.getuid?.() === 0) plain.push('-u', 'root')
  const answers = async () => (await raw(port, 'mn\r\n', 'MN\r\n')) !== ''
  return launch('memcached', [...plain, ...args], answers, { detached })
}

function raw(port: number, bytes: string, until: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.endsWith(until)) {
        socket.destroy()
        resolve(answer)
      }
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`closed after ${answer}`)))
    socket.write(bytes, 'latin1')
  })
}
