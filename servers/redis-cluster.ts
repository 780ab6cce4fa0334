import { setTimeout as pause } from 'node:timers/promises'
import { isFree } from './free-port.ts'
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts'

export interface ClusterOptions extends Pick<RedisOptions, 'detached'> {
  /** Default: 3. */
  readonly masters?: number
  /** Replicas of each master. Default: 1. */
  readonly replicas?: number
  /** Milliseconds after which a silent node counts as down. Default: 2000. */
  readonly nodeTimeout?: number
  /** Further arguments of every `redis-server`. */
  readonly args?: readonly string[]
}

/** A Redis Cluster of one's own on the loopback. */
export interface RedisCluster {
  /** Of all nodes: those that began as masters first. */
  readonly ports: readonly number[]
  readonly nodes: readonly RedisServer[]
  /** The nodes that began as masters, in the order of their slots. */
  readonly masters: readonly RedisServer[]
  /** The node that is the master of a slot now, as the nodes that can be asked see it. */
  masterOf(slot: number): Promise<RedisServer>
  /** Resolves once every node that answers sees all slots served. */
  whole(): Promise<void>
  close(): Promise<void>
}

const SLOTS = 16_384

/** Starts it within about 3 seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const { masters: many = 3, replicas = 1, nodeTimeout = 2000, detached = false } = options
  const ports = await portsWithBus(many * (1 + replicas))
  const args = [
    ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
    ...['--cluster-node-timeout', String(nodeTimeout), '--cluster-replica-validity-factor', '0'],
    ...['--repl-diskless-sync-delay', '0', ...(options.args ?? [])],
  ]
  const starts = await Promise.allSettled(ports.map((port) => startRedis({ port, args, detached })))
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  const failure = starts.find((start) => start.status === 'rejected')
  if (failure !== undefined) {
    await Promise.all(nodes.map((node) => node.close()))
    throw failure.reason
  }
  const masters = nodes.slice(0, many)
  const cluster: RedisCluster = {
    ports,
    nodes,
    masters,
    masterOf: (slot) => masterOf(nodes, slot),
    whole: () => until(async () => (await Promise.all(nodes.map(isWhole))).every(Boolean)),
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()))
    },
  }
  try {
    await join(nodes, masters)
    await cluster.whole()
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

async function join(nodes: readonly RedisServer[], masters: readonly RedisServer[]): Promise<void> {
  await Promise.all(
    masters.map((node, n) => {
      const first = Math.ceil((n * SLOTS) / masters.length)
      const last = Math.ceil(((n + 1) * SLOTS) / masters.length) - 1
      return node.command('CLUSTER', 'ADDSLOTSRANGE', first, last)
    }),
  )
  await Promise.all(nodes.map((node, n) => node.command('CLUSTER', 'SET-CONFIG-EPOCH', n + 1)))
  await Promise.all(nodes.slice(1).map((node) => node.command('CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port)))
  await until(async () => (await Promise.all(nodes.map(known))).every((count) => count === nodes.length))
  const ids = await Promise.all(masters.map((node) => node.command('CLUSTER', 'MYID')))
  await Promise.all(
    nodes.slice(masters.length).map(async (node, n) => {
      await until(() =>
        node.command('CLUSTER', 'REPLICATE', ids[n % masters.length]!).then(
          () => true,
          () => false,
        ),
      )
      await until(async () => /master_link_status:up/.test(await node.command('INFO', 'replication')))
    }),
  )
}

async function known(node: RedisServer): Promise<number> {
  const lines = (await node.command('CLUSTER', 'NODES')).trim().split('\n')
  return lines.filter((line) => !/handshake|noaddr/.test(line)).length
}

/** A node that does not answer is not asked: it was killed or frozen on purpose. */
async function isWhole(node: RedisServer): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO').catch(() => undefined)
  return info === undefined || (/cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info))
}

/** A node of a cluster, as another one sees it. */
export interface SeenNode {
  readonly port: number
  readonly role: 'master' | 'replica'
  readonly isFailing: boolean
  /** First and last slot of each range it serves. */
  readonly slots: readonly (readonly [number, number])[]
}

/** What a node says that the cluster is like: the answer to `CLUSTER NODES`. */
export function nodesIn(table: string): SeenNode[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ')
      const port = Number(/:(\d+)@/.exec(address)?.[1])
      if (!(port > 0)) return []
      const slots = ranges
        .filter((range) => !range.startsWith('['))
        .map((range): [number, number] => {
          const [first, last = first] = range.split('-').map(Number)
          return [first!, last!]
        })
      return [{ port, role: /master/.test(flags) ? 'master' : 'replica', isFailing: /fail/.test(flags), slots }]
    })
}

/** The port of the master of a slot that is taken for alive. */
export function masterIn(seen: readonly SeenNode[], slot: number): number | undefined {
  const isOwner = ({ role, isFailing, slots }: SeenNode): boolean =>
    role === 'master' && !isFailing && slots.some(([first, last]) => slot >= first && slot <= last)
  return seen.find(isOwner)?.port
}

async function masterOf(nodes: readonly RedisServer[], slot: number): Promise<RedisServer> {
  for (const node of nodes) {
    const owner = masterIn(nodesIn(await node.command('CLUSTER', 'NODES').catch(() => '')), slot)
    const master = nodes.find(({ port }) => port === owner)
    if (master !== undefined) return master
  }
  throw new Error(`no node knows the master of slot ${slot}`)
}

/** A node's bus listens on its port + 10000; both lie below the ports that outgoing connections take. */
async function portsWithBus(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = 10_000 + (process.pid % 1000) * 12; ports.length < count; port++) {
    if (port > 22_700) port = 10_000
    if ((await isFree(port)) && (await isFree(port + 10_000))) ports.push(port)
  }
  return ports
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('the cluster did not form within 30 seconds')
    await pause(20)
  }
}
