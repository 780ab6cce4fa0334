import type { Informs, ServerInfo } from '../../level.ts'
import { silentServer } from '../silent-server.ts'
import type { MemcachedNode } from './memcached-node.ts'

/** What the servers tell about themselves: `stats` of each node. */
export class ServerStatistics implements Informs {
  readonly #nodes: readonly MemcachedNode[]

  constructor(nodes: readonly MemcachedNode[]) {
    this.#nodes = nodes
  }

  /** A node that does not answer is told as not `isUp`; rejected if none does. */
  async info(): Promise<ServerInfo> {
    const told = await Promise.allSettled(this.#nodes.map((node) => node.ask('stats\r\n')))
    const infos = told.map((one) => (one.status === 'fulfilled' ? infoOf(one.value.stats ?? new Map()) : UNKNOWN))
    const [first] = told
    if (told.every((one) => one.status === 'rejected') && first?.status === 'rejected') throw first.reason
    if (infos.length === 1) return infos[0]!
    const known = infos.filter((info) => info !== UNKNOWN)
    return {
      ...totals(known),
      server: [...new Set(known.map(({ server }) => server))].join(', '),
      nodes: Object.fromEntries(this.#nodes.map(({ name }, n) => [name, infos[n]!])),
    }
  }
}

const UNKNOWN: ServerInfo = silentServer('memcached')

function infoOf(stats: ReadonlyMap<string, string>): ServerInfo {
  const number = (name: string) => {
    const value = Number(stats.get(name) ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
  const uptime = number('uptime')
  return {
    server: `memcached ${stats.get('version') ?? ''}`.trimEnd(),
    uptime: uptime && uptime * 1000,
    ...ratio(number('get_hits'), number('get_misses')),
    memory: number('bytes'),
    maxMemory: number('limit_maxbytes'),
    keys: number('curr_items'),
    clients: number('curr_connections'),
    evictions: number('evictions'),
    nodes: {},
  }
}

function totals(infos: readonly ServerInfo[]): Omit<ServerInfo, 'server' | 'nodes'> {
  const sum = (one: (info: ServerInfo) => number | undefined) =>
    infos.reduce<number | undefined>(
      (total, info) => (total === undefined ? one(info) : total + (one(info) ?? 0)),
      undefined,
    )
  const uptimes = infos.flatMap(({ uptime }) => uptime ?? [])
  return {
    uptime: uptimes.length === 0 ? undefined : Math.min(...uptimes),
    ...ratio(
      sum(({ hits }) => hits),
      sum(({ misses }) => misses),
    ),
    memory: sum(({ memory }) => memory),
    maxMemory: sum(({ maxMemory }) => maxMemory),
    keys: sum(({ keys }) => keys),
    clients: sum(({ clients }) => clients),
    evictions: sum(({ evictions }) => evictions),
  }
}

function ratio(hits: number | undefined, misses: number | undefined): Pick<ServerInfo, 'hits' | 'misses' | 'hitRatio'> {
  const requests = (hits ?? 0) + (misses ?? 0)
  return { hits, misses, hitRatio: requests === 0 ? undefined : (hits ?? 0) / requests }
}
