// Servers of our own on free ports of the loopback, without persistence. They end with this process.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function answers(port, question, answer) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question))
    const end = (yes) => {
      socket.destroy()
      resolve(yes)
    }
    socket.on('data', (data) => end(data.toString().startsWith(answer)))
    socket.on('error', () => end(false))
    socket.setTimeout(500, () => end(false))
  })
}

async function start(command, argumentsAt, question, answer) {
  const port = await freePort()
  const child = spawn(command, argumentsAt(port), { stdio: 'ignore' })
  let failure
  child.once('error', (error) => {
    failure = error
  })
  const reap = () => child.kill('SIGKILL')
  process.once('exit', reap)
  while (!(await answers(port, question, answer))) {
    if (failure || child.exitCode !== null) throw new Error(`${command} cannot be started: ${failure?.message ?? ''}`)
    await pause(20)
  }
  const close = () => {
    process.off('exit', reap)
    child.kill('SIGKILL')
  }
  return { port, pid: child.pid, close }
}

export function startRedis() {
  const plain = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  return start('redis-server', (port) => ['--port', String(port), ...plain], 'PING\r\n', '+PONG')
}

export function startMemcached() {
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  return start('memcached', (port) => ['-l', '127.0.0.1', '-p', String(port), ...user], 'version\r\n', 'VERSION')
}

/** A folder for files, and how to remove it. */
export function scratchFolder() {
  const path = mkdtempSync(join(tmpdir(), 'terrace-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
