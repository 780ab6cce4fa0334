import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isFree } from '../../servers/free-port.ts'
import type { RedisCluster } from '../../servers/redis-cluster.ts'
import { PARTS } from '../plan.ts'
import { startAppServer } from './app-server.ts'
import { startBalancer } from './balancer.ts'
import { type DatabasePart, startDatabase } from './database-server.ts'
import type { Endings, Part } from './part.ts'
import { startMemcachedNodes, startRedisCluster } from './stores.ts'

export interface TopologyOptions {
  /** Of the load balancer; 0 for a free one. */
  readonly port: number
  /** Where the page is served, which the load balancer sends people to. */
  readonly pagePort: number
  readonly database: 'auto' | 'postgres' | 'embedded'
  /** The app server that is broken on purpose: 1 to 3, 0 for none. */
  readonly sabotage: number
  /** Told what is being started. */
  readonly tell: (text: string) => void
}

/** Everything, running. */
export interface Topology {
  readonly balancer: Part
  readonly apps: readonly Part[]
  readonly cluster: RedisCluster
  readonly redis: readonly Part[]
  readonly memcached: readonly Part[]
  readonly database: DatabasePart
  close(): Promise<void>
}

/**
 * Starts all parts on this machine, the sources first. All that they write lies in one folder, which goes
 * with them. Where one cannot be started, those before it are ended.
 */
export async function startTopology(options: TopologyOptions): Promise<Topology> {
  const ends: (() => unknown)[] = []
  const endings: Endings = { add: (end) => void ends.push(end) }
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    return { ...(await start(options, endings)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(options: TopologyOptions, endings: Endings): Promise<Omit<Topology, 'close'>> {
  const { tell } = options
  if (options.port !== 0 && !(await isFree(options.port))) throw new Error(`port ${options.port} is taken: see --port`)
  const folder = ownFolder(endings)
  tell('the database')
  const database = await startDatabase(options.database, folder, endings)
  tell('the Redis Cluster: 3 masters, 3 replicas')
  const { cluster, parts: redis } = await startRedisCluster(endings)
  tell('three Memcached nodes')
  const memcached = await startMemcachedNodes(endings)
  tell('three app servers')
  const at = ({ port }: Part): string => `127.0.0.1:${port}`
  const starts = Array.from({ length: PARTS.apps }, async (_, n) => {
    const app = await startAppServer({
      name: `app-${n + 1}`,
      host: '127.0.0.1',
      port: await freePort(),
      redis: redis.map(at),
      memcached: memcached.map(at),
      database: database.url,
      dashboard: 'this machine',
      isSabotaged: options.sabotage === n + 1,
    })
    endings.add(() => app.kill())
    return app
  })
  const started = await Promise.allSettled(starts)
  const apps = started.map((start) => {
    if (start.status === 'rejected') throw start.reason
    return start.value
  })
  tell('the load balancer')
  const [APP_1, APP_2, APP_3] = apps.map(at) as [string, string, string]
  const names = { APP_1, APP_2, APP_3, PAGE: `127.0.0.1:${options.pagePort}` }
  const balancer = await startBalancer(folder, options.port || (await freePort()), names)
  endings.add(() => balancer.kill())
  return { balancer, apps, cluster, redis, memcached, database }
}

/** Also the folders that servers make for themselves lie in it. */
function ownFolder(endings: Endings): string {
  const before = process.env.TMPDIR
  const folder = mkdtempSync(join(tmpdir(), 'terrace-topology-'))
  // Another user's PostgreSQL must get through.
  chmodSync(folder, 0o711)
  process.env.TMPDIR = folder
  const remove = (): void => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    removeAtLast(folder)
  }
  process.once('exit', remove)
  endings.add(() => {
    process.off('exit', remove)
    remove()
  })
  return folder
}

/** Those that have just been ended may still write there: it is tried again, for two seconds at most. */
function removeAtLast(folder: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let left = 40; ; left--) {
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch (error) {
      if (left === 0) throw error
      Atomics.wait(clock, 0, 0, 50)
    }
  }
}
