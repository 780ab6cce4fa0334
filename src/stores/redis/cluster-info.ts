import type { ClusterInfo, ClusterNode } from '../../level.ts'
import type { Master } from './connection.ts'
import { textOf } from './replies.ts'

/** A cluster has at most 16,384 masters; a longer list is no list of nodes. */
const MOST_NODES = 100_000

/** How one of the nodes sees the cluster; `undefined` where it does not tell. */
export async function clusterInfo(master: Master): Promise<ClusterInfo | undefined> {
  try {
    const [info, nodes] = await Promise.all([master.send(['CLUSTER', 'INFO']), master.send(['CLUSTER', 'NODES'])])
    return clusterIn(textOf(info), textOf(nodes))
  } catch {
    // Who may not ask (ACL) still gets everything else.
    return undefined
  }
}

/** What `CLUSTER INFO` and `CLUSTER NODES` say. */
export function clusterIn(info: string, nodes: string): ClusterInfo {
  const rows = nodes
    .split('\n')
    .slice(0, MOST_NODES)
    .map((line) => line.trim().split(' '))
    .filter((parts) => parts.length >= 8)
  const addresses = new Map(rows.map(([id, address]) => [id!, addressIn(address!)]))
  return {
    state: field(info, 'cluster_state') ?? 'unknown',
    slots: Number(/^\d{1,5}$/.exec(field(info, 'cluster_slots_ok') ?? '') ?? 0),
    nodes: rows.map((parts) => nodeIn(parts, addresses)),
  }
}

function nodeIn(parts: readonly string[], addresses: ReadonlyMap<string, string>): ClusterNode {
  const [, address, flags, master, , , , link, ...slots] = parts
  const kinds = new Set(flags!.split(','))
  const isFailing = ['fail', 'fail?', 'handshake', 'noaddr'].some((kind) => kinds.has(kind))
  return {
    address: addressIn(address!),
    role: kinds.has('master') ? 'master' : 'replica',
    master: addresses.get(master!),
    slots: slots.reduce((sum, range) => sum + slotsIn(range), 0),
    isUp: !isFailing && (kinds.has('myself') || link === 'connected'),
  }
}

/** `host:port@bus,name` → `host:port`. */
function addressIn(text: string): string {
  return text.replace(/[@,].*$/, '')
}

/** `0-5460` or `7`; what is moving (`[7->-id]`) counts where it lies. */
function slotsIn(range: string): number {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? []
  return first === undefined ? 0 : Math.max(0, Number(last) - Number(first) + 1)
}

function field(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) if (line.startsWith(`${name}:`)) return line.slice(name.length + 1).trim()
  return undefined
}
