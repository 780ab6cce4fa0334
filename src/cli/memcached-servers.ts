import { MemcachedClient } from '../stores/memcached/client.ts'
import { readStoreOptions } from '../stores/memcached/options.ts'
import { openState, type WideState } from '../stores/memcached/wide-state.ts'
import { WireKeys } from '../stores/memcached/wire-key.ts'
import { systemWorld } from '../world/system-world.ts'
import { CommandError } from './command-error.ts'
import type { MemcachedTarget } from './target.ts'
import { unreachable } from './unreachable.ts'

/** Milliseconds for a connection, and for an answer. */
const REACHING = 5000
const PATIENCE = 10_000

/** The servers of a Memcached level, to be asked as they are: nothing is begun there. */
export class MemcachedServers {
  readonly target: MemcachedTarget
  readonly client: MemcachedClient
  readonly keys: WireKeys
  readonly prefix: string

  /** @throws TerraceError `ERR_OPTION_INVALID` for an address or a prefix that is none */
  constructor(target: MemcachedTarget, prefix: string | undefined) {
    const { nodes, tls } = target
    const settings = readStoreOptions({ nodes, tls, prefix, timeout: PATIENCE, connectTimeout: REACHING })
    this.target = target
    this.client = new MemcachedClient(systemWorld, settings)
    this.prefix = settings.prefix
    this.keys = new WireKeys(settings.prefix)
  }

  /** What the node remembers of wide invalidations; `undefined` where no cache of this prefix was ever here. */
  async stateOf(node: number): Promise<WideState | undefined> {
    const { value } = await this.client.nodes[node]!.ask(`mg ${this.keys.state} v\r\n`)
    return value === undefined ? undefined : openState(value)
  }

  close(): void {
    this.client.close()
  }
}

/**
 * Makes sure that a cache has used this prefix there.
 *
 * @throws CommandError if not, or where no server answers
 */
export async function requireMemcachedCache(target: MemcachedTarget, prefix: string | undefined): Promise<void> {
  const servers = new MemcachedServers(target, prefix)
  const states = await Promise.allSettled(servers.client.nodes.map((_, n) => servers.stateOf(n)))
  servers.close()
  const failed = states.find((state) => state.status === 'rejected')
  if (states.every(({ status }) => status === 'rejected')) {
    throw unreachable(target, failed!.reason)
  }
  if (states.some((state) => state.status === 'fulfilled' && state.value !== undefined)) return
  throw CommandError.failure(
    `there is no cache with the prefix '${servers.prefix}' in ${target.shown}: say --prefix as the application has it`,
  )
}
