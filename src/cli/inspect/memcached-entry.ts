import { floorsIn } from '../../stores/memcached/wide-state.ts'
import { systemWorld } from '../../world/system-world.ts'
import type { MemcachedServers } from '../memcached-servers.ts'
import { unreachable } from '../unreachable.ts'
import type { Stored } from './stored.ts'

/** Reads what lies under a key, and the state of its node. Leaves no placeholder. @throws CommandError */
export async function memcachedEntry(servers: MemcachedServers, key: string): Promise<Stored> {
  const { client, keys } = servers
  const name = keys.data(key)
  const node = client.nodeOf(name)
  const asked = Promise.all([node.ask(`mg ${name} v t\r\n`), servers.stateOf(node.index)])
  const [reply, state] = await asked.catch((cause: unknown) => {
    throw unreachable(servers.target, cause)
  })
  const isEmpty = reply.value?.length === 0
  return {
    name,
    place: client.nodes.length === 1 ? undefined : `node ${node.name}`,
    bytes: isEmpty ? undefined : reply.value,
    foreign: isEmpty ? 'an empty item, which a miss or an invalidation has left' : undefined,
    storeTtl: Number.isNaN(reply.ttl) ? undefined : reply.ttl < 0 ? Number.POSITIVE_INFINITY : reply.ttl * 1000,
    now: systemWorld.wall(),
    history: state,
    linkAt: undefined,
    writer: undefined,
    floorsOver: async (tags) =>
      state === undefined ? [] : floorsIn(state, key, tags).map((floor) => ({ ...floor, barsEntry: true })),
  }
}
