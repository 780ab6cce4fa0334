import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type MemcachedServer, startMemcached } from '../../servers/memcached-server.ts'
import { type ClusterOptions, type RedisCluster, startCluster } from '../../servers/redis-cluster.ts'
import { type RedisOptions, type RedisServer, startRedis } from '../../servers/redis-server.ts'
import type { LevelSpec, Setup } from './process-orders.ts'
import { type Network, startProxy } from './proxy.ts'
import { startWorker, type Worker } from './worker.ts'

/**
 * Servers, networks and processes of one test, all ended with it, whatever became of it:
 * `await using fleet = new Fleet()`.
 */
export class Fleet {
  readonly #endings: (() => unknown)[] = []

  redis(options?: RedisOptions): Promise<RedisServer> {
    return this.#keep(startRedis(options), (server) => server.close())
  }

  cluster(options?: ClusterOptions): Promise<RedisCluster> {
    return this.#keep(startCluster(options), (cluster) => cluster.close())
  }

  memcached(...args: readonly string[]): Promise<MemcachedServer> {
    return this.#keep(startMemcached(...args), (server) => server.kill())
  }

  proxy(target: number): Promise<Network> {
    return this.#keep(startProxy(target), (proxy) => proxy.close())
  }

  worker(setup: Setup): Promise<Worker> {
    return this.#keep(startWorker(setup), (worker) => worker.kill())
  }

  /** So many processes with the same cache. */
  workers(count: number, setup: Setup): Promise<Worker[]> {
    return Promise.all(Array.from({ length: count }, () => this.worker(setup)))
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'terrace-services-'))
    this.#endings.push(() => rmSync(folder, { recursive: true, force: true }))
    return folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The last first: processes before the servers they use.
    for (const end of this.#endings.splice(0).reverse()) await end()
  }

  async #keep<T>(starting: Promise<T>, end: (started: T) => unknown): Promise<T> {
    const started = await starting
    this.#endings.push(() => end(started))
    return started
  }
}

/** Memory over a store: what nearly every experiment uses. */
export function over(below: LevelSpec, cache: Setup['cache'] = { ttl: 60_000 }): Setup {
  return { levels: [{ kind: 'memory' }, below], cache }
}

/** Resolves once something holds; rejects, with what was seen last, if it does not within `limit` milliseconds. */
export async function until<T>(see: () => Promise<T> | T, holds: (seen: T) => boolean, limit = 20_000): Promise<T> {
  const end = performance.now() + limit
  for (;;) {
    const seen = await see()
    if (holds(seen)) return seen
    if (performance.now() > end) throw new Error(`did not come true within ${limit} ms: ${JSON.stringify(seen)}`)
    await pause(5)
  }
}
