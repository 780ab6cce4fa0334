import type { RedisOptions } from '../levels/redis.ts'
import { readOptions } from '../options.ts'
import { printable } from '../printable.ts'
import { within } from '../remote/deadline.ts'
import type { Argument, Connection } from '../stores/redis/connection.ts'
import { loadClient } from '../stores/redis/made-client.ts'
import { Names } from '../stores/redis/names.ts'
import { redisPlan, redisSchema } from '../stores/redis/options.ts'
import { redisConnection } from '../stores/redis/redis.ts'
import { textOf } from '../stores/redis/replies.ts'
import { systemWorld } from '../world/system-world.ts'
import { CommandError } from './command-error.ts'
import type { RedisTarget } from './target.ts'
import { unreachable } from './unreachable.ts'

/** How names lie in a Redis: what a level is given as `prefix` and `shards`. */
export interface RedisNaming {
  readonly prefix: string | undefined
  readonly shards: number | undefined
}

/** As many as a level takes by itself. */
const CLUSTER_SHARDS = 16
/** Milliseconds until it is there, and for an answer after that. */
const REACHING = 5000
const PATIENCE = 10_000

/** A Redis that has answered, one server or a cluster. */
export class RedisServer {
  readonly connection: Connection
  readonly isCluster: boolean
  readonly prefix: string
  readonly names: Names
  /** With which a level of the same data is made. */
  readonly options: RedisOptions
  /** What `INFO server` has said. */
  readonly info: string

  private constructor(connection: Connection, options: RedisOptions, info: string, naming: RedisNaming) {
    this.connection = connection
    this.options = options
    this.isCluster = connection.isCluster
    this.info = info
    this.prefix = naming.prefix ?? 'terrace:'
    this.names = new Names(this.prefix, naming.shards ?? (this.isCluster ? CLUSTER_SHARDS : 1))
  }

  /**
   * Connects. Whether the address is that of a cluster it finds out itself.
   *
   * @throws CommandError where nobody answers, or not to us; TerraceError for a wrong prefix
   */
  static async reach(target: RedisTarget, naming: RedisNaming): Promise<RedisServer> {
    const options = { prefix: naming.prefix, shards: naming.shards }
    const alone = { ...options, url: target.url, ...passwordOf(target) }
    const together = {
      ...options,
      nodes: target.servers,
      username: target.username,
      password: target.password,
      tls: target.tls,
    }
    const isKnown = target.servers.length > 1
    // That takes the time it takes. Where it fails, a connection would also warn of it.
    await loadClient().catch((cause) => {
      throw unreachable(target, cause)
    })
    const connection = connectionOf(isKnown ? together : alone)
    try {
      const [master] = await answered(connection.masters(), REACHING)
      const info = textOf(await answered(master!.send(['INFO']), REACHING))
      if (isKnown || !/^cluster_enabled:1/m.test(info)) {
        return new RedisServer(connection, isKnown ? together : alone, info, naming)
      }
    } catch (cause) {
      await connection.close()
      throw unreachable(target, cause)
    }
    await connection.close()
    const cluster = connectionOf(together)
    try {
      const [master] = await answered(cluster.masters())
      return new RedisServer(cluster, together, textOf(await answered(master!.send(['INFO']))), naming)
    } catch (cause) {
      await cluster.close()
      throw unreachable({ ...target, shown: `the cluster at ${target.shown}` }, cause)
    }
  }

  /** Sends a command to the server that has this name. */
  send(name: string, command: Argument[]): Promise<unknown> {
    return answered(this.connection.send(name, command))
  }

  /**
   * Whether a cache has ever used this prefix and number of shards here.
   *
   * @throws CommandError if not: whoever misspelt the prefix must not be told that all is done
   */
  async requireCache(shown: string): Promise<void> {
    const found = await Promise.all(
      this.names.shards.map(({ state }) => this.send(state, ['EXISTS', state]).then((reply) => Number(reply) === 1)),
    )
    if (found.some(Boolean)) return
    const shards = this.names.shards.length
    throw CommandError.failure(
      `there is no cache with the prefix '${printable(this.prefix)}' and ${shards} ${shards === 1 ? 'shard' : 'shards'} in ${shown}: say --prefix and --shards as the application has them`,
    )
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}

/** An answer, within a time that a person waits. */
export function answered<T>(work: Promise<T>, patience: number = PATIENCE): Promise<T> {
  return within(systemWorld, patience, work, 'asking Redis', () => undefined)
}

function connectionOf(options: RedisOptions): Connection {
  const { source } = redisPlan(readOptions('redis', redisSchema, { ...options, connectTimeout: REACHING }))
  return redisConnection(source, systemWorld)
}

/** The URL has it already, unless it came from the environment. */
function passwordOf({ username, password }: RedisTarget): { username?: string; password?: string } {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}
