import type { JSX } from 'preact'
import type { ClusterNodeText, ClusterText, ServerText } from '../../../src/dashboard/protocol.ts'
import { amount, bytes, lasting, percent } from './words.ts'

/** One server behind a level: what it says of itself, and what its cluster says of it. */
interface Row {
  readonly address: string
  readonly isUp: boolean
  /** `undefined` for a server that is in no cluster of Redis. */
  readonly role: string | undefined
  /** `undefined` where it was not asked, as replicas are not, or is not there. */
  readonly server: ServerText | undefined
}

const SLOTS = 16_384

/** How many nodes of a level answer, of how many. */
export function answering(server: ServerText): { readonly up: number; readonly all: number } {
  const rows = rowsOf(server)
  return { up: rows.filter(({ isUp }) => isUp).length, all: rows.length }
}

/** The servers of a level, and how they stand. */
export function Servers({ server }: { server: ServerText }): JSX.Element {
  const rows = rowsOf(server)
  const hasRoles = rows.some(({ role }) => role !== undefined)
  return (
    <>
      {server.cluster !== null && <Cluster cluster={server.cluster} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" aria-label="Servers, as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Server</th>
              <th>State</th>
              {hasRoles && <th>Role</th>}
              <th>Up for</th>
              <th>Keys</th>
              <th>Memory</th>
              <th>Hit ratio</th>
              <th>Evicted</th>
              <th>Clients</th>
              <th>Version</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ address, isUp, role, server }, n) => (
              <tr key={n}>
                <th scope="row">{address}</th>
                <td>
                  <Standing isWell={isUp}>{isUp ? 'up' : 'down'}</Standing>
                </td>
                {hasRoles && <td>{role}</td>}
                <td>{lasting(server?.uptime)}</td>
                <td>{amount(server?.keys)}</td>
                <td>
                  {bytes(server?.memory)}
                  {server?.maxMemory ? ` of ${bytes(server.maxMemory)}` : ''}
                </td>
                <td>{percent(server?.hitRatio)}</td>
                <td>{amount(server?.evictions)}</td>
                <td>{amount(server?.clients)}</td>
                <td>{isUp ? (server?.server ?? '–') : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

/** A word on how something stands, with a sign before it: not by colour alone. */
export function Standing({ isWell, children }: { isWell: boolean; children: string }): JSX.Element {
  return (
    <span class={`state${isWell ? '' : ' bad'}`}>
      <span aria-hidden="true">{isWell ? '✓' : '✕'}</span> {children}
    </span>
  )
}

function Cluster({ cluster: { state, slots } }: { cluster: ClusterText }): JSX.Element {
  return (
    <p class="cluster">
      <Standing isWell={state === 'ok' && slots >= SLOTS}>{`cluster state ${state}`}</Standing>
      {` · ${whole(slots)} of ${whole(SLOTS)} slots are served`}
    </p>
  )
}

/** Of a cluster of Redis all nodes, each master before its replicas; otherwise the servers that were asked. */
function rowsOf(server: ServerText): readonly Row[] {
  const asked = server.nodes.length === 0 ? [server] : server.nodes
  const nodes = inOrder(server.cluster?.nodes ?? [])
  const rows = nodes.map((node): Row => {
    const own = asked.find(({ address }) => address === node.address)
    return { address: node.address, isUp: node.isUp && own?.isUp !== false, role: roleOf(node), server: own }
  })
  const others = asked.filter(({ address }) => !nodes.some((node) => node.address === address))
  // The whole, where a cluster is told and no node of it was.
  const unlisted = nodes.length > 0 && server.nodes.length === 0 ? [] : others
  return [
    ...rows,
    ...unlisted.map((each) => ({ address: each.address ?? '', isUp: each.isUp, role: undefined, server: each })),
  ]
}

function inOrder(nodes: readonly ClusterNodeText[]): readonly ClusterNodeText[] {
  const masters = nodes.filter(({ role }) => role === 'master')
  const under = (address: string): readonly ClusterNodeText[] =>
    nodes.filter(({ role, master }) => role === 'replica' && master === address)
  const known = masters.flatMap((master) => [master, ...under(master.address)])
  return [...known, ...nodes.filter((node) => !known.includes(node))]
}

function roleOf({ role, master, slots }: ClusterNodeText): string {
  if (role === 'replica') return master === null ? 'replica' : `replica of ${master}`
  return `master of ${slots === 0 ? 'no' : whole(slots)} slots`
}

/** One slot that is missing counts. */
function whole(n: number): string {
  return n.toLocaleString('en')
}
