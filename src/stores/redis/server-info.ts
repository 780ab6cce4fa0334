import type { ClusterInfo, ServerInfo } from '../../level.ts'
import type { InTime } from '../ledger.ts'
import { silentServer } from '../silent-server.ts'
import { clusterInfo } from './cluster-info.ts'
import type { Master } from './connection.ts'
import { textOf } from './replies.ts'

/**
 * What the servers tell of themselves: all added up, and for a cluster each by itself. A master that does not answer
 * is told as not `isUp`; rejected if none does.
 */
export async function serverInfo(masters: readonly Master[], isCluster: boolean, inTime: InTime): Promise<ServerInfo> {
  const ask = async (master: Master) => infoIn(textOf(await inTime(master.send(['INFO']))))
  const asked = masters.map(ask)
  // Of the first that answers, at once: one that hangs takes most of the time there is.
  const view = isCluster ? inTime(viewOf(masters, asked)).catch(() => undefined) : undefined
  const told = await Promise.allSettled(asked)
  const [first] = told
  if (first?.status === 'rejected' && !told.some(({ status }) => status === 'fulfilled')) throw first.reason
  const infos = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (!isCluster && told.length === 1) return infos[0]!
  const nodes: Record<string, ServerInfo> = Object.create(null)
  for (const [n, { address }] of masters.entries()) {
    const one = told[n]!
    nodes[address] = one.status === 'fulfilled' ? one.value : SILENT
  }
  const hits = sum(infos, 'hits')
  const misses = sum(infos, 'misses')
  return {
    server: infos[0]?.server ?? 'redis cluster',
    uptime: most(infos, 'uptime'),
    hits,
    misses,
    hitRatio: ratio(hits, misses),
    memory: sum(infos, 'memory'),
    maxMemory: sum(infos, 'maxMemory'),
    keys: sum(infos, 'keys'),
    clients: sum(infos, 'clients'),
    evictions: sum(infos, 'evictions'),
    nodes: Object.freeze(nodes),
    cluster: await view,
  }
}

async function viewOf(
  masters: readonly Master[],
  asked: readonly Promise<unknown>[],
): Promise<ClusterInfo | undefined> {
  return clusterInfo(await Promise.any(masters.map((master, n) => asked[n]!.then(() => master))))
}

const SILENT: ServerInfo = silentServer('redis')

/** One server, from what `INFO` answers. */
function infoIn(text: string): ServerInfo {
  const rows = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf(':')
    if (at > 0) rows.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  const number = (name: string) => {
    const text = rows.get(name)
    const value = Number(text)
    // An empty text would be 0.
    return text && Number.isFinite(value) ? value : undefined
  }
  const hits = number('keyspace_hits')
  const misses = number('keyspace_misses')
  const isValkey = rows.get('server_name') === 'valkey'
  const version = (isValkey ? rows.get('valkey_version') : undefined) ?? rows.get('redis_version') ?? ''
  const maxMemory = number('maxmemory')
  return {
    server: `${isValkey ? 'valkey' : 'redis'} ${version}`.trim(),
    uptime: times(number('uptime_in_seconds'), 1000),
    hits,
    misses,
    hitRatio: ratio(hits, misses),
    memory: number('used_memory'),
    // 0 is how Redis says that there is no bound.
    maxMemory: maxMemory === 0 ? undefined : maxMemory,
    keys: keysIn(rows),
    clients: number('connected_clients'),
    evictions: number('evicted_keys'),
    nodes: {},
  }
}

function keysIn(rows: ReadonlyMap<string, string>): number {
  let keys = 0
  for (const [name, value] of rows) if (/^db\d+$/.test(name)) keys += Number(/^keys=(\d{1,15})\b/.exec(value)?.[1] ?? 0)
  return keys
}

function ratio(hits: number | undefined, misses: number | undefined): number | undefined {
  return hits === undefined || misses === undefined || hits + misses === 0 ? undefined : hits / (hits + misses)
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor
}

type Numbers = { [K in keyof ServerInfo]-?: ServerInfo[K] extends number | undefined ? K : never }[keyof ServerInfo]

function sum(infos: readonly ServerInfo[], name: Numbers): number | undefined {
  const values = infos.map((info) => info[name])
  return values.every((value) => value !== undefined) && values.length > 0
    ? values.reduce((a, b) => a + b, 0)
    : undefined
}

function most(infos: readonly ServerInfo[], name: Numbers): number | undefined {
  const values = infos.map((info) => info[name]).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : Math.max(...values)
}
