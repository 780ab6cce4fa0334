import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { startCluster } from '../../servers/redis-cluster.ts'
import { startRedis } from '../../servers/redis-server.ts'

const child = fileURLToPath(new URL('./children/close-and-exit.ts', import.meta.url))

/** What the child printed. Fails if it does not end by itself. */
async function outputWith(options: object): Promise<string> {
  const args = ['--no-warnings', child, JSON.stringify(options)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  return stdout
}

test('a process ends when its cache is closed', async () => {
  const [server, cluster, nobody] = await Promise.all([startRedis(), startCluster({ replicas: 0 }), freePort()])
  onTestFinished(async () => {
    await Promise.all([server.close(), cluster.close()])
  })
  const outputs = await Promise.all([
    outputWith({ url: server.url, timeout: 20_000 }),
    outputWith({ nodes: [`127.0.0.1:${cluster.ports[0]}`], timeout: 20_000 }),
    outputWith({ port: nobody, host: '127.0.0.1' }),
    outputWith({ nodes: [`127.0.0.1:${nobody}`] }),
    outputWith({ sentinels: [`127.0.0.1:${nobody}`], sentinelName: 'main' }),
  ])
  expect(outputs).toEqual(Array(5).fill('fetched set'))
})
