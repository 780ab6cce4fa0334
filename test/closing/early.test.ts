import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { startMemcached } from '../../servers/memcached-server.ts'
import { startCluster } from '../../servers/redis-cluster.ts'
import { startRedis } from '../../servers/redis-server.ts'

const child = fileURLToPath(new URL('./children/close-early.ts', import.meta.url))

/** What a process printed that closed caches at once. Fails if it does not end by itself. */
async function outputWith(order: object): Promise<string> {
  const args = ['--no-warnings', child, JSON.stringify({ turns: 0, times: 1, ...order })]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  return stdout
}

test('a process ends by itself when its cache is closed before it is connected', async () => {
  const servers = await Promise.all([startRedis(), startRedis(), startCluster({ replicas: 0 }), startMemcached()])
  const [redis, frozen, cluster, memcached] = servers
  onTestFinished(async () => {
    await Promise.all([redis.close(), frozen.close(), cluster.close(), memcached.kill()])
  })
  frozen.stop()
  const node = `127.0.0.1:${cluster.ports[0]}`
  const own = { kind: 'own', options: { nodes: [node] } }
  const orders = [
    { kind: 'client', url: redis.url, times: 20 },
    { kind: 'unconnected', url: redis.url },
    { kind: 'unconnected', url: frozen.url },
    { kind: 'cluster', url: `redis://${node}` },
    { kind: 'own', options: { url: redis.url } },
    { kind: 'own', options: { url: frozen.url } },
    { ...own, turns: 1 },
    { ...own, turns: 5 },
    { ...own, turns: 20 },
    { kind: 'own', options: { nodes: [`127.0.0.1:${frozen.port}`] } },
    { kind: 'own', options: { sentinels: [`127.0.0.1:${frozen.port}`], sentinelName: 'main' } },
    { kind: 'feed', url: redis.url, options: { nodes: [memcached.address] } },
  ]
  const outputs: string[] = []
  for (let n = 0; n < orders.length; n += 3)
    outputs.push(...(await Promise.all(orders.slice(n, n + 3).map(outputWith))))
  expect(outputs).toEqual(orders.map(() => 'closed'))
}, 300_000)
