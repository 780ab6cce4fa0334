import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../servers/free-port.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { redisCommand } from '../../servers/redis-wire.ts'

/** A master and a replica, watched by one sentinel that is enough for a fail-over. */
export interface Sentinel {
  readonly port: number
  /** What the sentinel calls the master. */
  readonly name: string
  readonly master: RedisServer
  readonly replica: RedisServer
  close(): Promise<void>
}

export async function startSentinel(): Promise<Sentinel> {
  const name = 'main'
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] })
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] })
  await until(async () => /state=online/.test(await master.command('INFO', 'replication')))
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'terrace-sentinel-'))
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ]
  writeFileSync(join(folder, 'sentinel.conf'), `${lines.join('\n')}\n`)
  const child = spawn('redis-server', [join(folder, 'sentinel.conf'), '--sentinel'], { stdio: 'ignore' })
  const reap = () => child.kill('SIGKILL')
  process.once('exit', reap)
  const knowsReplica = async () => /slaves=1,/.test(await redisCommand(port, 'INFO', 'sentinel').catch(() => ''))
  await until(knowsReplica)
  return {
    port,
    name,
    master,
    replica,
    close: async () => {
      process.off('exit', reap)
      await ended(child)
      await Promise.all([master.close(), replica.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('the sentinel was not ready within 30 seconds')
    await pause(20)
  }
}
