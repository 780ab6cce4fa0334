import type { ClusterInfo, ServerInfo } from '../level.ts'
import type { FleetNode, FleetWatch } from '../presence/fleet-watch.ts'
import type { CacheView } from './cache-view.ts'
import { levelState } from './cache-view.ts'
import { told } from './interval.ts'
import type { DashboardSettings } from './options.ts'
import type { ClusterText, Fleet, FleetNodes, NodeText, ServerText } from './protocol.ts'

/** The levels of a cache and their servers, as far as they answer. */
export async function fleetOf(
  { name, cache, levels: names, lookout }: CacheView,
  { process, world }: Pick<DashboardSettings, 'process' | 'world'>,
): Promise<Fleet> {
  const watch = lookout.look()
  const servers = await cache.info()
  const { levels } = cache.stats()
  return {
    cache: name,
    at: Math.round(world.wall()),
    process,
    nodes: nodesText(watch, names),
    levels: levels.map((level) => ({
      ...levelState(level),
      proven: level.proven ?? null,
      pending: level.pending,
      server: Object.hasOwn(servers, level.name) ? serverText(servers[level.name]!, null) : null,
    })),
  }
}

function nodesText(watch: FleetWatch, levels: readonly string[]): FleetNodes {
  return {
    over: watch.levels.map((level) => levels.indexOf(level)),
    isHeard: watch.isHeard,
    isCrowded: watch.isCrowded,
    nodes: watch.nodes().map(nodeText),
  }
}

function nodeText({ id, isThis, cache, process, version, levels, ...node }: FleetNode): NodeText {
  return {
    id,
    isThis,
    cache,
    process,
    version,
    uptime: node.uptime,
    silence: Math.round(node.silence),
    isGone: node.isGone,
    lag: told(node.lag),
    readsPerSecond: told(node.readsPerSecond),
    hitRatio: node.hitRatio,
    levels: levels.map(({ name, hitRatio, size, pending, breaker, hearing, proven }) => {
      const state = { breakerState: breaker, hearing: hearing ?? null, proven: proven ?? null }
      return { name, hitRatio, size: told(size), pending, ...state }
    }),
  }
}

const MOST_NODES = 1000

function clusterText({ state, slots, nodes }: ClusterInfo): ClusterText {
  return {
    state,
    slots,
    nodes: nodes.slice(0, MOST_NODES).map((node) => ({ ...node, master: node.master ?? null })),
  }
}

function serverText(info: ServerInfo, address: string | null): ServerText {
  const { server, uptime, hits, misses, hitRatio, memory, maxMemory, keys, clients, evictions, nodes, cluster } = info
  return {
    address,
    server: String(server).slice(0, 200),
    isUp: info.isUp !== false,
    uptime: told(uptime),
    hits: told(hits),
    misses: told(misses),
    hitRatio: told(hitRatio),
    memory: told(memory),
    maxMemory: told(maxMemory),
    keys: told(keys),
    clients: told(clients),
    evictions: told(evictions),
    nodes: Object.entries(nodes)
      .slice(0, MOST_NODES)
      .map(([name, node]) => serverText(node, name)),
    cluster: cluster === undefined ? null : clusterText(cluster),
  }
}
