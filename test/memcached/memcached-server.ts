import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../services/free-port.ts'

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

export async function startMemcached(...args: readonly string[]): Promise<MemcachedServer> {
  const port = await freePort()
  let child = await launch(port, args)
  const kill = () => ended(child)
  return {
    address: `127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid!
    },
    raw: (bytes, until) => raw(port, bytes, until),
    kill,
    stop: async () => {
      child.kill('SIGSTOP')
      const folder = `/proc/${child.pid}/task`
      const stands = (thread: string) => / T /.test(readFileSync(`${folder}/${thread}/stat`, 'latin1'))
      while (!readdirSync(folder).every(stands)) await pause(1)
    },
    cont: () => void child.kill('SIGCONT'),
    restart: async () => {
      await kill()
      child = await launch(port, args)
    },
  }
}

async function launch(port: number, args: readonly string[]): Promise<ChildProcess> {
  const plain = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-t', '2']
  if (process.getuid?.() === 0) plain.push('-u', 'root')
  const child = spawn('memcached', [...plain, ...args], { stdio: 'ignore' })
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
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('memcached ended')
    const answer = await raw(port, 'mn\r\n', 'MN\r\n').catch(() => undefined)
    if (answer !== undefined) return child
    await pause(10)
  }
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

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
